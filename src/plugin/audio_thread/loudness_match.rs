//! The gain at which the bypassed input is as loud as the output, so that the louder of the two
//! does not seem to be the better one.
//!
//! Both are measured while the engine runs, bypassed or not: K-weighted mean squares of blocks
//! of 100 ms, added over the last 3 s (the short-term loudness of EBU Tech 3341). Everything
//! happens at samples, not at the host's blocks.

use super::controls::Controls;
use super::k_weighting::{KWeighting, loudness_lufs};

/// Blocks per second.
const BLOCKS_PER_S: u32 = 10;

/// Blocks that are compared: 3 s.
const WINDOW: usize = 30;

/// Blocks that must have sounded before the gain follows them: 0.4 s, the standard's shortest.
const MIN_BLOCKS: usize = 4;

/// Blocks without use after a change of what is heard: the engine is late by its latency, and
/// its frames are long.
const UNSETTLED_BLOCKS: usize = 3;

/// Softer blocks are silence: the absolute gate of BS.1770-5.
const SILENCE_LUFS: f64 = -70.0;

/// The smallest gain, -40 dB. The largest is 1: comparing must never play louder than the input.
const MIN_GAIN: f64 = 0.01;

/// Duration of a change of the gain.
const GLIDE_S: f32 = 0.03;

/// The input and the output.
const BOTH: usize = 2;

/// Measures input and output, and follows with the gain.
pub struct LoudnessMatch {
    is_on: bool,
    /// For each channel those of input and output.
    filters: [[KWeighting; BOTH]; 2],
    block_samples: usize,
    /// Samples of the present block so far, and sums of their squares.
    measured_samples: usize,
    sums: [f64; BOTH],
    window: Window,
    /// What was heard last.
    heard: Option<Controls>,
    /// Whether the gain is to be applied to the input at all.
    applies: bool,
    gain: Glide,
    /// The gain at every sample of the player's block.
    gains: Vec<f32>,
}

impl LoudnessMatch {
    /// For blocks of up to `max_samples`.
    pub fn new(sample_rate_hz: u32, max_samples: usize) -> Self {
        let filter = KWeighting::new(sample_rate_hz);
        Self {
            is_on: false,
            filters: [[filter.clone(), filter.clone()], [filter.clone(), filter]],
            block_samples: (sample_rate_hz / BLOCKS_PER_S).max(1) as usize,
            measured_samples: 0,
            sums: [0.0; BOTH],
            window: Window::default(),
            heard: None,
            applies: false,
            gain: Glide::new((GLIDE_S * sample_rate_hz as f32) as usize),
            gains: vec![1.0; max_samples],
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.forget();
        self.gain.settle_at(1.0);
    }

    fn forget(&mut self) {
        self.filters.iter_mut().flatten().for_each(KWeighting::reset);
        self.measured_samples = 0;
        self.sums = [0.0; BOTH];
        self.window = Window::default();
        self.heard = None;
    }

    /// Begins a block of the player. If it returns true, [`LoudnessMatch::measure`] wants every
    /// sample of every channel, each followed by [`LoudnessMatch::advance`]; otherwise the gain
    /// is 1 throughout, and nothing has to be computed.
    pub fn begin(&mut self, controls: &Controls) -> bool {
        if controls.matches_loudness != self.is_on {
            self.is_on = controls.matches_loudness;
            self.forget();
        }
        if !self.is_on && self.gain.value == 1.0 && self.gain.left == 0 {
            self.gains.fill(1.0);
            return false;
        }
        if self.heard.is_some_and(|heard| !heard.plays_like(controls)) {
            self.restart();
        }
        self.heard = Some(*controls);
        // Input that is mixed into the output is left alone; where there is none, the gain is
        // ready for the switch.
        self.applies = self.is_on && (controls.bypassed || controls.wet == 1.0);
        self.follow();
        true
    }

    /// The output is another one from now on: earlier measurements do not count any more.
    pub fn restart(&mut self) {
        self.window.restarts = true;
    }

    /// Takes in a sample of a channel.
    #[inline]
    pub fn measure(&mut self, channel: usize, input: f32, output: f32) {
        if self.is_on {
            let filters = self.filters[channel].iter_mut().zip([input, output]);
            for ((filter, x), sum) in filters.zip(&mut self.sums) {
                *sum += filter.next(x).powi(2);
            }
        }
    }

    /// Ends sample `i` of the player's block.
    #[inline]
    pub fn advance(&mut self, i: usize) {
        self.gains[i] = self.gain.next();
        self.measured_samples += 1;
        if self.measured_samples == self.block_samples {
            let mean_squares = self.sums.map(|sum| sum / self.block_samples as f64);
            self.window.push(mean_squares);
            self.filters.iter_mut().flatten().for_each(KWeighting::end_decays);
            self.measured_samples = 0;
            self.sums = [0.0; BOTH];
            self.follow();
        }
    }

    /// The gain of the dry input at sample `i` of the player's block.
    #[inline]
    pub fn gain(&self, i: usize) -> f32 {
        self.gains[i]
    }

    /// The gain for the bypassed input, as measured so far; 1 while the option is off.
    pub fn matching_gain(&self) -> f32 {
        if self.is_on { self.window.gain } else { 1.0 }
    }

    fn follow(&mut self) {
        self.gain.go_to(if self.applies { self.window.gain } else { 1.0 });
    }
}

/// The last blocks in which both sounded.
struct Window {
    /// Mean squares of input and output.
    blocks: [[f64; BOTH]; WINDOW],
    next: usize,
    count: usize,
    /// Blocks left to pass over.
    unsettled: usize,
    /// Whether what is heard has changed since the window began.
    restarts: bool,
    /// The newest result.
    gain: f32,
}

impl Default for Window {
    fn default() -> Self {
        let blocks = [[0.0; BOTH]; WINDOW];
        Self { blocks, next: 0, count: 0, unsettled: 0, restarts: false, gain: 1.0 }
    }
}

impl Window {
    /// Takes in a block. In silence, the gain stays.
    fn push(&mut self, block: [f64; BOTH]) {
        // Only once there is a result: otherwise steady automation would keep it from any.
        if self.restarts && self.count >= MIN_BLOCKS {
            (self.count, self.next, self.restarts) = (0, 0, false);
            self.unsettled = UNSETTLED_BLOCKS;
        }
        if self.unsettled > 0 {
            self.unsettled -= 1;
            return;
        }
        let [input, output] = block;
        // An instrument that pauses leaves less than the smallest gain could follow.
        let sounds = output >= input * MIN_GAIN * MIN_GAIN;
        if !sounds || !block.iter().all(|block| loudness_lufs(*block) >= SILENCE_LUFS) {
            return;
        }
        self.blocks[self.next] = block;
        self.next = (self.next + 1) % WINDOW;
        self.count = (self.count + 1).min(WINDOW);
        if self.count >= MIN_BLOCKS {
            let sum = |which: usize| -> f64 {
                self.blocks[..self.count].iter().map(|block| block[which]).sum()
            };
            self.gain = (sum(1) / sum(0)).sqrt().clamp(MIN_GAIN, 1.0) as f32;
        }
    }
}

/// A gain that moves to its target in a straight line.
struct Glide {
    value: f32,
    target: f32,
    step: f32,
    /// Samples left to the target.
    left: usize,
    length: usize,
}

impl Glide {
    fn new(length: usize) -> Self {
        Self { value: 1.0, target: 1.0, step: 0.0, left: 0, length: length.max(1) }
    }

    fn settle_at(&mut self, value: f32) {
        (self.value, self.target, self.left) = (value, value, 0);
    }

    fn go_to(&mut self, target: f32) {
        if target != self.target {
            self.target = target;
            self.left = self.length;
            self.step = (target - self.value) / self.length as f32;
        }
    }

    #[inline]
    fn next(&mut self) -> f32 {
        match self.left {
            0 => {}
            1 => (self.value, self.left) = (self.target, 0),
            _ => {
                self.value += self.step;
                self.left -= 1;
            }
        }
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: f64 = 0.1;

    /// A window after `count` blocks in which the output had `ratio` of the input's power.
    fn after(count: usize, ratio: f64) -> Window {
        let mut window = Window::default();
        (0..count).for_each(|_| window.push([LOUD, LOUD * ratio]));
        window
    }

    #[test]
    fn the_gain_is_the_ratio_over_three_seconds() {
        assert_eq!(after(MIN_BLOCKS - 1, 0.01).gain, 1.0, "too little to tell");
        assert!((after(MIN_BLOCKS, 0.01).gain - 0.1).abs() < 1e-6);
        let mut window = after(WINDOW, 0.01);
        (0..WINDOW / 2).for_each(|_| window.push([LOUD, LOUD * 0.03]));
        assert!((window.gain - 0.02f32.sqrt()).abs() < 1e-6, "half of the window is older");
        (0..WINDOW / 2).for_each(|_| window.push([LOUD, LOUD * 0.03]));
        assert!((window.gain - 0.03f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn the_input_is_never_made_louder() {
        assert_eq!(after(WINDOW, 4.0).gain, 1.0);
    }

    #[test]
    fn silence_and_pauses_change_nothing() {
        let mut window = after(WINDOW, 0.01);
        let gain = window.gain;
        // All are below -70 LUFS, or an output far below the smallest gain.
        for block in [[0.0, 0.0], [1e-8, 1e-9], [LOUD, 0.0], [LOUD, LOUD * 0.9e-4]] {
            (0..2 * WINDOW).for_each(|_| window.push(block));
            assert_eq!(window.gain, gain, "{block:?}");
        }
        window.push([f64::NAN, f64::NAN]);
        assert_eq!(window.gain, gain);
    }

    #[test]
    fn a_change_of_the_output_starts_again() {
        let mut window = after(WINDOW, 1.0);
        window.restarts = true;
        for i in 0..UNSETTLED_BLOCKS + MIN_BLOCKS {
            assert_eq!(window.gain, 1.0, "after {i} blocks");
            window.push([LOUD, LOUD * if i < UNSETTLED_BLOCKS { 1.0 } else { 0.01 }]);
        }
        assert!((window.gain - 0.1).abs() < 1e-6, "nothing older counts");
        // A fader that is always moving does not keep it from measuring.
        for _ in 0..UNSETTLED_BLOCKS + MIN_BLOCKS {
            window.restarts = true;
            window.push([LOUD, LOUD * 0.04]);
        }
        assert!((window.gain - 0.2).abs() < 1e-6);
    }

    #[test]
    fn the_gain_moves_in_a_line_and_arrives() {
        let mut glide = Glide::new(100);
        glide.go_to(0.1);
        let gains: Vec<f32> = (0..150).map(|_| glide.next()).collect();
        assert!((gains[49] - 0.55).abs() < 1e-4);
        assert!(gains[99..].iter().all(|gain| *gain == 0.1));
        glide.go_to(1.0);
        assert_eq!((0..100).map(|_| glide.next()).last(), Some(1.0));
    }
}
