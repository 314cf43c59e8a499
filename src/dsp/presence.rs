//! Whether a source sounds at all.
//!
//! The activations of a source that is silent are never 0: it is given a part of what only
//! resembles it. Within one frame this cannot be told from a source that plays softly, but over
//! seconds it can: without the model of a source that plays, the input is explained worse by
//! about as much as that model contains; without one that does not, hardly worse, because it
//! stands where the others have too much or would do as well. Sources that are hardly needed
//! for their level get smaller masks. All masks of a bin still sum to 1.

use super::kernels::{self, Aligned, LANES, Lanes, Use};
use super::mask_bins::MaskBins;
use crate::math::{exp2, log2};

/// What a source that does not sound loses, in dB.
const MIN_GAIN_DB: f32 = -30.0;

/// Gain in dB = `NEED_DB` · (fraction of its model that is needed) + `LEVEL_DB` · (level of its
/// model relative to the input, in dB) + `OFFSET_DB`, between `MIN_GAIN_DB` and 0. From a logistic
/// regression of sources that play and of the same sources taken out of the mixture, on the
/// sets of docs/quality.md.
const NEED_DB: f32 = 93.0;
const LEVEL_DB: f32 = 1.48;
const OFFSET_DB: f32 = -13.0;

/// Time constants of the two averages. The larger gain counts: the long average keeps a source
/// out that is mistaken for another now and then, the short one lets a source that begins to
/// play through.
const AVERAGING_S: [f32; 2] = [2.0, 0.25];

/// The shortest time between two updates.
const INTERVAL_S: f32 = 0.02;

/// Frames whose power is this far below the recent one say nothing about what plays.
const PAUSE: f32 = 1e-4;

/// Running averages, up to a common factor.
#[derive(Clone, Debug)]
struct RunningAverages {
    /// What is kept per update.
    keep: f32,
    /// Σ v².
    power: f32,
    uses: Vec<Use>,
}

impl RunningAverages {
    /// All averages alike, so that no gain changes.
    fn fade(&mut self) {
        self.power *= self.keep;
        for of in &mut self.uses {
            of.needed *= self.keep;
            of.magnitude *= self.keep;
            of.power *= self.keep;
        }
    }

    fn gain_db(&self, source: usize) -> f32 {
        let of = self.uses[source];
        if of.magnitude <= 0.0 || of.power <= 0.0 || self.power <= 0.0 {
            return 0.0;
        }
        let level_db = 10.0 * std::f32::consts::LOG10_2 * log2(of.power / self.power);
        NEED_DB * of.needed / of.magnitude + LEVEL_DB * level_db + OFFSET_DB
    }
}

/// The weights of the sources' models, from what the last seconds needed of them.
#[derive(Clone, Debug)]
pub struct Presence {
    /// Frames from one update to the next, and until the next.
    interval_frames: usize,
    until_update: usize,
    averages: [RunningAverages; 2],
    /// Exponent of the masks.
    mask_exponent: f32,
    weights: Vec<f32>,
    /// In bands: the input, the models of the sources, and the sum of those.
    input: Aligned<f32>,
    models: Aligned<f32>,
    all: Aligned<f32>,
}

/// What an update is computed from.
pub struct Observation<'a> {
    /// The input's magnitudes in bands, one per channel or one for both.
    pub v: &'a [&'a [Lanes]],
    /// The gain of each source in each of these, or one for all sources.
    pub gains: &'a [[f32; 2]],
    /// Sources × mask bins, divided by [`kernels::LIFT`], and what they have been multiplied by.
    pub models: &'a [Lanes],
    pub factors: &'a [f32],
    /// This source is always present.
    pub rest: Option<usize>,
}

impl Presence {
    pub fn new(sources: usize, bands: usize, hop_s: f32, mask_exponent: f32) -> Self {
        let interval_frames = ((INTERVAL_S / hop_s) as usize).max(1);
        let keep = |averaging_s: f32| (-hop_s * interval_frames as f32 / averaging_s).exp();
        let uses = vec![Use::default(); sources];
        let average = |s| RunningAverages { keep: keep(s), power: 0.0, uses: uses.clone() };
        let size = kernels::groups(bands);
        Self {
            interval_frames,
            until_update: 0,
            averages: AVERAGING_S.map(average),
            mask_exponent,
            weights: vec![1.0; sources],
            input: Aligned::new(size),
            models: Aligned::new(sources * size),
            all: Aligned::new(size),
        }
    }

    /// Forgets what has been heard: every source is present.
    pub fn reset(&mut self) {
        self.until_update = 0;
        for average in &mut self.averages {
            average.power = 0.0;
            average.uses.fill(Use::default());
        }
        self.weights.fill(1.0);
    }

    /// What the models of the sources are to be multiplied by, 0 to 1.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Takes a frame into account, if it is time for an update.
    pub fn observe(&mut self, seen: &Observation, mask_bins: &MaskBins) {
        if self.until_update > 0 {
            self.until_update -= 1;
            return;
        }
        self.until_update = self.interval_frames - 1;
        self.sum_up(seen, mask_bins);
        let power = kernels::power(&self.input);
        let long = &self.averages[0];
        let is_pause = power <= PAUSE * long.power * (1.0 - long.keep);
        // In pauses too, so that a passage that stays this soft counts in the end.
        self.averages.iter_mut().for_each(RunningAverages::fade);
        if is_pause {
            return;
        }
        let size = self.input.len();
        for (source, model) in self.models.chunks_exact(size).enumerate() {
            let now = kernels::use_of(&self.input, &self.all, model);
            for average in &mut self.averages {
                let of = &mut average.uses[source];
                of.needed += now.needed;
                of.magnitude += now.magnitude;
                of.power += now.power;
            }
        }
        self.averages.iter_mut().for_each(|average| average.power += power);
        for (source, weight) in self.weights.iter_mut().enumerate() {
            let gains_db = self.averages.each_ref().map(|average| average.gain_db(source));
            let gain_db = gains_db[0].max(gains_db[1]).clamp(MIN_GAIN_DB, 0.0);
            // Of the mask, which follows from a power of the model.
            let octaves = gain_db / (20.0 * std::f32::consts::LOG10_2) / self.mask_exponent;
            *weight = if Some(source) == seen.rest { 1.0 } else { exp2(octaves) };
        }
    }

    /// The channels together, in bands.
    fn sum_up(&mut self, seen: &Observation, mask_bins: &MaskBins) {
        let size = self.input.len();
        self.input.fill([0.0; LANES]);
        seen.v.iter().for_each(|v| kernels::add(v, 1.0, &mut self.input));
        self.all.fill([0.0; LANES]);
        let fine = seen.models.len() / seen.factors.len().max(1);
        let sources = seen.models.chunks_exact(fine.max(1)).zip(seen.factors);
        for (s, (model, factor)) in sources.enumerate() {
            let gain = seen.gains.get(s).unwrap_or(&seen.gains[0]);
            let gain: f32 = gain[..seen.v.len()].iter().sum();
            let pooled = &mut self.models[s * size..(s + 1) * size];
            mask_bins.pool(model.as_flattened(), pooled.as_flattened_mut());
            kernels::scale(pooled, gain * kernels::LIFT / factor);
            kernels::add(pooled, 1.0, &mut self.all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::bands::Bands;
    use crate::frames::{FrameSettings, Mode};

    const HOP_S: f32 = 0.023;
    const SECOND: usize = 44;

    /// Two sources, the second of which is the rest if `rest`, observed for a number of frames.
    /// Models and input: the first and second bin, the same in every frame.
    fn weights_after(frames: usize, v: [f32; 2], models: [[f32; 2]; 2], rest: bool) -> [f32; 2] {
        let bands = Bands::new(&FrameSettings::new(Mode::Quality, 44_100));
        let mut presence = Presence::new(2, bands.count(), HOP_S, 1.5);
        observe(&mut presence, &bands, frames, v, models, rest);
        [presence.weights()[0], presence.weights()[1]]
    }

    fn observe(
        presence: &mut Presence,
        bands: &Bands,
        frames: usize,
        v: [f32; 2],
        models: [[f32; 2]; 2],
        rest: bool,
    ) {
        let bins = kernels::groups(FrameSettings::new(Mode::Quality, 44_100).bins());
        let mut lifted = vec![[0.0; LANES]; 2 * bins];
        for (s, model) in models.iter().enumerate() {
            for (bin, x) in model.iter().enumerate() {
                lifted[s * bins][bin] = x / kernels::LIFT;
            }
        }
        let mut input = vec![[0.0; LANES]; kernels::groups(bands.count())];
        input[0][..2].copy_from_slice(&v);
        for _ in 0..frames {
            let seen = Observation {
                v: &[&input],
                gains: &[[1.0; 2]],
                models: &lifted,
                factors: &[1.0; 2],
                rest: rest.then_some(1),
            };
            presence.observe(&seen, &MaskBins::new(bands));
        }
    }

    #[test]
    fn a_source_that_is_needed_stays_and_one_that_is_not_goes() {
        // The second model is soft, and half of it stands where the first has enough.
        let (v, models) = ([1.0, 0.1], [[1.0, 0.08], [0.02, 0.02]]);
        let [first, second] = weights_after(SECOND, v, models, false);
        assert_eq!(first, 1.0);
        let gone = 10f32.powf(MIN_GAIN_DB / 20.0 / 1.5);
        assert!((second / gone - 1.0).abs() < 1e-3, "{second}");
        assert_eq!(weights_after(SECOND, v, models, true), [1.0; 2], "the rest stays");
        // As soft, but needed for all of it.
        let models = [[1.0, 0.08], [0.0, 0.02]];
        assert!(weights_after(SECOND, v, models, false)[1] > second * 1.5);
    }

    #[test]
    fn a_source_that_begins_to_play_far_below_what_was_is_back() {
        let bands = Bands::new(&FrameSettings::new(Mode::Quality, 44_100));
        let mut presence = Presence::new(2, bands.count(), HOP_S, 1.5);
        observe(&mut presence, &bands, 9 * SECOND, [1.0, 0.0], [[1.0, 0.0], [0.02, 0.0]], false);
        assert!(presence.weights()[1] < 0.3);
        // Softer by 60 dB: a pause at first.
        let (v, models) = ([1e-3, 1e-3], [[1e-3, 0.0], [2e-5, 1e-3]]);
        observe(&mut presence, &bands, SECOND / 2, v, models, false);
        assert!(presence.weights()[1] < 0.3);
        observe(&mut presence, &bands, 15 * SECOND, v, models, false);
        assert_eq!(presence.weights(), [1.0; 2]);
    }

    #[test]
    fn a_source_that_begins_to_play_is_back_at_once() {
        let bands = Bands::new(&FrameSettings::new(Mode::Quality, 44_100));
        let mut presence = Presence::new(2, bands.count(), HOP_S, 1.5);
        observe(&mut presence, &bands, 60 * SECOND, [1.0, 0.0], [[1.0, 0.0], [0.02, 0.0]], false);
        assert!(presence.weights()[1] < 0.3);
        observe(&mut presence, &bands, 2, [1.0, 1.0], [[1.0, 0.0], [0.02, 1.0]], false);
        assert_eq!(presence.weights(), [1.0; 2]);
    }
}
