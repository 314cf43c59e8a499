//! Changes of the positions that were learned: the balance of the whole input jumps or sways, or
//! a source moves. Where positions no longer hold, a filter that relies on them does more harm
//! than one mask for both channels.

use super::sway::Sway;
use crate::dsp::kernels::Covariance;
use crate::math::{exp2, log2};

/// Of a ratio of powers.
const DB_PER_OCTAVE: f32 = 10.0 * std::f32::consts::LOG10_2;

/// Time constant of the recent covariances.
const RECENT_S: f32 = 0.08;

/// The same for the whole input. Shorter, so that a balance that sways is followed closely.
const RECENT_INPUT_S: f32 = 0.05;

/// A source plays if it has at least this fraction of the recent power.
const PLAYS: f32 = 0.05;

/// Smallest fraction of the power in a channel, so that ratios are defined.
const MIN_PART: f32 = 1e-6;

/// A jump that takes at least this much from one channel of every source that plays, for this
/// long, has moved all of them together; the sources may differ in it by this fraction of it.
const JUMP_DB: f32 = 8.0;
const JUMP_FOR_S: f32 = 0.1;
const JUMP_SPREAD: f32 = 0.5;

/// Time constant of the mean squares of differences between recent and learned positions.
const MEMORY_S: f32 = 0.5;

/// Larger differences count as this one: a single one, where sound begins, is soon forgotten.
const MAX_DB: f32 = 12.0;

/// RMS of the difference, of a source and of all that play together, up to which a position
/// holds, and from which on it says nothing.
const SOURCE_DB: [f32; 2] = [4.0, 8.0];
const COMMON_DB: [f32; 2] = [1.0, 2.0];

/// While positions are learned for the first time, over this long, differences may be this many
/// times larger.
const FIRST_S: f32 = 2.0;
const FIRST_FACTOR: f32 = 2.0;

/// Over the same time, RMS of the difference in which all that play agree. Two or more sources
/// rarely agree by chance, so much less is enough: otherwise, a balance that sways from the start
/// is noticed only after it has cost 2 to 12 dB for most of a second.
const TOGETHER_DB: [f32; 2] = [0.5, 1.0];

/// Extent of a [`Sway`] up to which positions hold, and from which on they say nothing. Panned
/// and recorded mixes whose sources stay in place stay below 0.1, but for moments.
const SWAY: [f32; 2] = [0.07, 0.13];

/// Smallest weight by which that mean square is divided, so that one frame is not enough.
const MIN_WEIGHT: f32 = 0.1;

/// Sound whose power exceeds all before by this factor is the first: what was before was noise.
const FIRST_SOUND: f32 = 1e3;

/// Follows how the recent covariances of the sources differ from the learned ones. A position is
/// the ratio of the power in the left to that in the right channel, in dB.
#[derive(Clone, Debug)]
pub struct Movement {
    memory: f32,
    recent_memory: f32,
    recent_input_memory: f32,
    /// Running covariances over [`RECENT_S`], and over [`RECENT_INPUT_S`].
    recent: Vec<Covariance>,
    recent_input: Covariance,
    /// Mean squares of the differences, in dB².
    source_db2: Vec<f32>,
    common_db2: f32,
    together_db2: f32,
    sway: Sway,
    /// The weight of all differences in these means, which begin at 0.
    weight: f32,
    /// The fraction of [`FIRST_S`] that has been heard, and what a frame adds to it.
    known: f32,
    known_per_frame: f32,
    /// The largest power of the input so far.
    loudest: f32,
    /// Whether this frame has the first sound, whose positions have not been learned yet.
    is_first: bool,
    /// Frames that have shown a jump, and how many it takes.
    frames_apart: usize,
    jump_after_frames: usize,
}

impl Movement {
    pub fn new(sources: usize, bands: usize, hop_s: f32) -> Self {
        Self {
            memory: (-hop_s / MEMORY_S).exp(),
            recent_memory: (-hop_s / RECENT_S).exp(),
            recent_input_memory: (-hop_s / RECENT_INPUT_S).exp(),
            recent: vec![[0.0; 3]; sources],
            recent_input: [0.0; 3],
            source_db2: vec![0.0; sources],
            common_db2: 0.0,
            together_db2: 0.0,
            sway: Sway::new(bands, hop_s),
            weight: 0.0,
            known: 0.0,
            known_per_frame: hop_s / FIRST_S,
            loudest: 0.0,
            is_first: false,
            frames_apart: 0,
            jump_after_frames: (JUMP_FOR_S / hop_s).ceil() as usize,
        }
    }

    pub fn reset(&mut self) {
        self.recent.fill([0.0; 3]);
        self.recent_input = [0.0; 3];
        self.source_db2.fill(0.0);
        self.common_db2 = 0.0;
        self.together_db2 = 0.0;
        self.sway.reset();
        self.weight = 0.0;
        self.known = 0.0;
        self.loudest = 0.0;
        self.frames_apart = 0;
    }

    /// Takes in a frame's covariance of the input; comes before those of the sources.
    pub fn observe_input(&mut self, frame: Covariance) {
        let power = trace(&frame);
        self.is_first = power > FIRST_SOUND * self.loudest;
        if self.is_first {
            self.reset();
        }
        self.loudest = self.loudest.max(power);
        add(&mut self.recent_input, self.recent_input_memory, frame);
    }

    /// Takes in the power of each band in both channels, of the same frame; comes after
    /// [`Movement::observe_input`].
    pub fn observe_bands(&mut self, powers: [&[f32]; 2]) {
        self.sway.observe(powers);
    }

    /// Takes in a frame's covariance of a source.
    pub fn observe(&mut self, source: usize, frame: Covariance) {
        add(&mut self.recent[source], self.recent_memory, frame);
    }

    /// Compares the recent covariances with the learned ones (each of trace 1). If the balance of
    /// the whole input has jumped, returns by what the power of the left channel has been
    /// multiplied in relation to the right one.
    pub fn compare(&mut self, learned: &[Covariance]) -> Option<f32> {
        if self.is_first {
            return None;
        }
        let all: f32 = self.recent.iter().map(trace).sum();
        let (mut playing, mut weights, mut mean_db) = (0, 0.0, 0.0);
        let (mut min_db, mut max_db) = (f32::INFINITY, f32::NEG_INFINITY);
        let sources = self.recent.iter().zip(learned).zip(&mut self.source_db2);
        for ((recent, before), mean_square) in sources {
            let weight = trace(recent);
            if weight <= PLAYS * all {
                continue;
            }
            let power = |channel: usize| recent[channel] + MIN_PART * weight;
            let moved = (power(0) * before[1]) / (power(1) * before[0]);
            let moved_db = DB_PER_OCTAVE * log2(moved);
            *mean_square = averaged(*mean_square, moved_db, self.memory);
            (playing, weights, mean_db) =
                (playing + 1, weights + weight, mean_db + weight * moved_db);
            (min_db, max_db) = (min_db.min(moved_db), max_db.max(moved_db));
        }
        if weights <= 0.0 {
            self.frames_apart = 0;
            return None;
        }
        self.known = (self.known + self.known_per_frame).min(1.0);
        mean_db /= weights;
        self.common_db2 = averaged(self.common_db2, mean_db, self.memory);
        let together_db = if playing > 1 { nearest_to_zero(min_db, max_db) } else { 0.0 };
        self.together_db2 = averaged(self.together_db2, together_db, self.memory);
        self.weight = self.weight * self.memory + 1.0 - self.memory;
        let apart = playing > 1
            && mean_db.abs() >= JUMP_DB
            && max_db - min_db <= JUMP_SPREAD * mean_db.abs();
        self.frames_apart = if apart { self.frames_apart + 1 } else { 0 };
        if self.frames_apart < self.jump_after_frames.max(1) {
            return None;
        }
        self.frames_apart = 0;
        Some(exp2(mean_db / DB_PER_OCTAVE))
    }

    /// How little the learned position of a source can be relied on, 0 to 1.
    pub fn doubt(&self, source: usize) -> f32 {
        let first = FIRST_FACTOR + (1.0 - FIRST_FACTOR) * self.known;
        let own = ramp(self.source_db2[source].sqrt() / first, SOURCE_DB);
        let common = ramp(self.common_db2.sqrt() / first, COMMON_DB);
        let together_db = (self.together_db2 / self.weight.max(MIN_WEIGHT)).sqrt();
        // Fades over the second half of that time.
        let together = ramp(together_db, TOGETHER_DB) * (2.0 - 2.0 * self.known).min(1.0);
        own.max(common).max(together).max(ramp(self.sway.extent(), SWAY))
    }

    /// The input's recent covariance, with trace 1; `None` if it is silent.
    pub fn recent_input(&self) -> Option<Covariance> {
        let trace = trace(&self.recent_input);
        (trace > f32::MIN_POSITIVE).then(|| self.recent_input.map(|part| part / trace))
    }
}

fn add(sum: &mut Covariance, memory: f32, frame: Covariance) {
    for (sum, part) in sum.iter_mut().zip(frame) {
        *sum = *sum * memory + part;
    }
}

/// The running mean square of differences, with one more.
fn averaged(mean_square: f32, difference_db: f32, memory: f32) -> f32 {
    let new = difference_db.clamp(-MAX_DB, MAX_DB);
    mean_square * memory + new * new * (1.0 - memory)
}

fn trace(covariance: &Covariance) -> f32 {
    covariance[0] + covariance[1]
}

/// The value from `min` to `max` that is nearest to 0; never panics, unlike `clamp`.
fn nearest_to_zero(min: f32, max: f32) -> f32 {
    0.0_f32.max(min).min(max)
}

/// 0 up to the first limit, 1 from the second on.
fn ramp(x: f32, [from, to]: [f32; 2]) -> f32 {
    ((x - from) / (to - from)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOP_S: f32 = 0.01;

    /// The covariance of a signal whose power in the left channel is this fraction.
    fn at(left: f32) -> Covariance {
        [left, 1.0 - left, 0.9 * (left * (1.0 - left)).sqrt()]
    }

    /// Two sources that have been learned at the first pair of positions and play at others for
    /// a number of frames: the movement, and the jump if there was one.
    fn played(learned: [f32; 2], now: [f32; 2], frames: usize) -> (Movement, Option<f32>) {
        let mut movement = Movement::new(2, 1, HOP_S);
        let mut jump = None;
        for _ in 0..frames {
            let [first, second] = now.map(at);
            movement.observe_input([0, 1, 2].map(|i| first[i] + second[i]));
            movement.observe(0, first);
            movement.observe(1, second);
            jump = jump.or(movement.compare(&learned.map(at)));
        }
        (movement, jump)
    }

    #[test]
    fn positions_that_hold_are_relied_on() {
        let (movement, jump) = played([0.8, 0.3], [0.8, 0.3], 100);
        assert_eq!((movement.doubt(0), movement.doubt(1), jump), (0.0, 0.0, None));
    }

    #[test]
    fn a_jump_of_all_sources_is_found_after_a_tenth_of_a_second() {
        // By 10 dB to the right.
        let moved = |left: f32| left / (left + 10.0 * (1.0 - left));
        let (learned, now) = ([0.8, 0.3], [moved(0.8), moved(0.3)]);
        assert_eq!(played(learned, now, 9).1, None);
        let jump = played(learned, now, 11).1.unwrap();
        assert!((jump - 0.1).abs() < 0.002, "{jump}");
        // Only one of them.
        assert_eq!(played(learned, [moved(0.8), 0.3], 100).1, None);
    }

    #[test]
    fn a_source_that_moves_is_doubted() {
        let (movement, _) = played([0.5, 0.5], [0.95, 0.5], 200);
        assert!(movement.doubt(0) > 0.9, "{}", movement.doubt(0));
    }
}
