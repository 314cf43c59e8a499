//! How much of a recording the sources of a dictionary leave unexplained: little if they play
//! alone, much if anything else plays too.

use ndarray::ArrayView2;

use super::clips::audible_spectra;
use super::nmf::options::{Descent, NmfOptions};
use super::nmf::semi_supervised;
use super::recording::Recording;
use super::{FactorizeError, Progress};
use crate::dictionary::Dictionary;
use crate::divergence::Divergence;

/// Updates of the activations; more would hardly change the result.
const ITERATIONS: usize = 15;

/// The Kullback-Leibler divergence of the recordings' magnitudes from the sources' model of them
/// (W fixed), as a fraction of the magnitudes' sum. It can be above 1. The rest and
/// transposed copies are not used: with them, nearly everything could be explained.
///
/// At most `max_frames` of the recordings' frames, evenly spread, are analysed.
///
/// # Errors
/// If the recordings are silent or there is no source, or the callback asks to stop.
pub fn unexplained(
    dictionary: &Dictionary,
    recordings: &[&dyn Recording],
    max_frames: usize,
    progress: Progress,
) -> Result<f32, FactorizeError> {
    let reading: Progress = &mut |fraction| progress(fraction * 0.5);
    let v = audible_spectra(recordings, &dictionary.frames, max_frames, reading)?.v;
    let mut sources = dictionary.clone();
    sources.remove_rest();
    unexplained_by(v.view(), sources.w.view(), &mut |fraction| progress(0.5 + fraction * 0.5))
}

/// The same for `v`, bins × frames, and `w`, bins × components.
pub(super) fn unexplained_by(
    v: ArrayView2<f32>,
    w: ArrayView2<f32>,
    progress: Progress,
) -> Result<f32, FactorizeError> {
    let options = NmfOptions {
        divergence: Divergence::KullbackLeibler,
        descent: Descent::Fast,
        iterations: ITERATIONS,
        tolerance: 0.0,
        ..NmfOptions::default()
    };
    let factors = semi_supervised(v, w, 0, &options, progress)?;
    Ok(fraction_of(v, factors.objective.last().copied().unwrap_or_default()))
}

/// A divergence from `v` as a fraction of the sum of `v`.
pub(super) fn fraction_of(v: ArrayView2<f32>, divergence: f64) -> f32 {
    let sum = v.fold(0.0, |sum, &x| sum + f64::from(x));
    (divergence / sum) as f32
}

/// Approximate work of [`unexplained_by`], in multiplications.
pub(super) fn work(bins: f32, frames: f32, components: f32) -> f32 {
    ITERATIONS as f32 * bins * frames * 3.0 * components
}
