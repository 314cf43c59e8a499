//! Whether the balance between the channels moves, seen in the bands alone: nothing has to be
//! known about the sources or their positions, so this works from the first tenth of a second.
//!
//! Where sources stay in place and only their levels change, each band's ratio of the channels
//! changes in its own way: not at all where one source plays alone, and up or down as sources
//! come and go. Where the balance moves, all bands change alike, and go on changing.

/// The ratios of the channels are compared over steps of this length. Shorter ones see more of
/// the random changes where sources overlap, longer ones miss fast movement.
const STEP_S: f32 = 0.02;

/// Time constant of the mean over steps.
const MEMORY_S: f32 = 0.5;

/// Added to the weight by which that mean is divided, so that one step is not enough.
const MIN_WEIGHT: f32 = 0.1;

/// Smallest fraction of a band's power in a channel, so that ratios are defined.
const MIN_PART: f32 = 1e-6;

/// Mean square of changes (as [`change`] returns them) that counts as little: 0.4 dB in a step.
const LITTLE: f32 = 2e-3;

/// Follows the changes that the bands share.
#[derive(Clone, Debug)]
pub struct Sway {
    memory: f32,
    /// Frames in a step, and those that the current one has so far.
    frames_per_step: usize,
    frames: usize,
    /// Power of each band in each channel, in the current step and in the one before.
    now: [Vec<f32>; 2],
    before: [Vec<f32>; 2],
    /// Mean change of the bands in the last step.
    last: f32,
    /// Running sum of the steps' shared fractions, and of their weights.
    shared: f32,
    weight: f32,
}

impl Sway {
    pub fn new(bands: usize, hop_s: f32) -> Self {
        let frames_per_step = ((STEP_S / hop_s).ceil() as usize).max(1);
        let zeros = || [vec![0.0; bands], vec![0.0; bands]];
        Self {
            memory: (-hop_s * frames_per_step as f32 / MEMORY_S).exp(),
            frames_per_step,
            frames: 0,
            now: zeros(),
            before: zeros(),
            last: 0.0,
            shared: 0.0,
            weight: 0.0,
        }
    }

    pub fn reset(&mut self) {
        self.frames = 0;
        self.now.iter_mut().chain(&mut self.before).for_each(|powers| powers.fill(0.0));
        self.last = 0.0;
        self.shared = 0.0;
        self.weight = 0.0;
    }

    /// Takes in the power of each band in both channels, of one frame.
    pub fn observe(&mut self, powers: [&[f32]; 2]) {
        for (sums, powers) in self.now.iter_mut().zip(powers) {
            sums.iter_mut().zip(powers).for_each(|(sum, power)| *sum += power);
        }
        self.frames += 1;
        if self.frames == self.frames_per_step {
            self.frames = 0;
            self.compare();
            std::mem::swap(&mut self.now, &mut self.before);
            self.now.iter_mut().for_each(|powers| powers.fill(0.0));
        }
    }

    /// Compares a complete step with the one before.
    fn compare(&mut self) {
        let (mut weights, mut sum, mut squares) = (0.0, 0.0, 0.0);
        let [left, right] = &self.now;
        let [left_before, right_before] = &self.before;
        let bands = left.iter().zip(right).zip(left_before.iter().zip(right_before));
        for ((&left, &right), (&left_before, &right_before)) in bands {
            // Amplitude: with powers, a single loud band would count as all of them.
            let weight = (left + right).min(left_before + right_before).sqrt();
            if weight > 0.0 {
                let change = change([left_before, right_before], [left, right]);
                weights += weight;
                sum += weight * change;
                squares += weight * change * change;
            }
        }
        if weights <= 0.0 {
            self.last = 0.0;
            return;
        }
        let mean = sum / weights;
        // A source that comes in can change all bands alike, but once, and not step after step.
        let goes_on = mean * self.last > 0.0;
        let shared = if goes_on { mean.abs().min(self.last.abs()) } else { 0.0 };
        self.last = mean;
        // A fraction of each step, rather than of all changes: one jump would hide the others.
        let fraction = shared * shared / (squares / weights + LITTLE);
        self.shared = self.shared * self.memory + fraction * (1.0 - self.memory);
        self.weight = self.weight * self.memory + 1.0 - self.memory;
    }

    /// How much of the recent change is shared by all bands and goes on, 0 to 1.
    pub fn extent(&self) -> f32 {
        self.shared / (self.weight + MIN_WEIGHT)
    }
}

/// How the ratio of the channels' powers changes: tanh(d / 2) for a change of its logarithm by d,
/// which limits what a single band can add.
fn change(before: [f32; 2], now: [f32; 2]) -> f32 {
    let parts = |[left, right]: [f32; 2]| {
        let both = left + right;
        [left / both + MIN_PART, right / both + MIN_PART]
    };
    let ([left_before, right_before], [left, right]) = (parts(before), parts(now));
    let (to_left, to_right) = (left * right_before, right * left_before);
    (to_left - to_right) / (to_left + to_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOP_S: f32 = 0.01;
    const BANDS: usize = 40;

    /// The largest extent over three seconds in which band `b` has, at time t, the powers
    /// `powers(b, t)`.
    fn max_extent(powers: impl Fn(usize, f32) -> [f32; 2]) -> f32 {
        let mut sway = Sway::new(BANDS, HOP_S);
        let mut max = 0.0_f32;
        for frame in 0..300 {
            let t = frame as f32 * HOP_S;
            let [left, right] = [0, 1].map(|c| (0..BANDS).map(|b| powers(b, t)[c]).collect());
            let (left, right): (Vec<f32>, Vec<f32>) = (left, right);
            sway.observe([&left, &right]);
            max = max.max(sway.extent());
        }
        max
    }

    /// Power of a note that is struck every 0.3 s, at a time of its own for each number.
    fn struck(number: usize, t: f32) -> f32 {
        let since = (t + 0.13 * number as f32) % 0.3;
        1e-4 + (-since / 0.1).exp()
    }

    #[test]
    fn a_balance_that_sways_is_found() {
        let swaying = |b: usize, t: f32| {
            let gain = 10f32.powf((std::f32::consts::TAU * 2.0 * t).sin());
            [struck(b, t) * gain, struck(b, t) / gain]
        };
        let extent = max_extent(swaying);
        assert!(extent > 0.5, "{extent}");
        // At any loudness.
        let quiet = max_extent(|b, t| swaying(b, t).map(|power| 1e-20 * power));
        assert!((quiet - extent).abs() < 1e-3, "{quiet} {extent}");
    }

    #[test]
    fn sources_that_come_and_go_on_both_sides_are_no_sway() {
        let extent = max_extent(|b, t| {
            // Band by band, another mixture of a source on the left and one on the right.
            let (one, other) = (struck(0, t), struck(1, t));
            let part = (b + 1) as f32 / (BANDS + 1) as f32;
            let (one, other) = (one * part, other * (1.0 - part));
            [0.9 * one + 0.1 * other, 0.1 * one + 0.9 * other]
        });
        // Where positions would no longer count (`SWAY` in `movement.rs`).
        assert!(extent < 0.13, "{extent}");
        assert_eq!(max_extent(|b, t| [struck(b, t); 2]), 0.0);
        assert_eq!(max_extent(|_, _| [0.0; 2]), 0.0);
    }
}
