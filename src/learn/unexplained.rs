//! How much of a recording the sources of a dictionary leave unexplained: little if they play
//! alone, much if anything else plays too.

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
/// At most `most_frames` of the recordings' frames, evenly spread, are analysed.
///
/// # Errors
/// If the recordings are silent or there is no source, or the callback asks to stop.
pub fn unexplained(
    dictionary: &Dictionary,
    recordings: &[&dyn Recording],
    most_frames: usize,
    progress: Progress,
) -> Result<f32, FactorizeError> {
    let reading: Progress = &mut |share| progress(share * 0.5);
    let v = audible_spectra(recordings, &dictionary.frames, most_frames, reading)?.v;
    let mut sources = dictionary.clone();
    sources.remove_rest();
    let options = NmfOptions {
        divergence: Divergence::KullbackLeibler,
        descent: Descent::Fast,
        iterations: ITERATIONS,
        tolerance: 0.0,
        ..NmfOptions::default()
    };
    let factors = semi_supervised(v.view(), sources.w.view(), 0, &options, &mut |share| {
        progress(0.5 + share * 0.5)
    })?;
    let divergence = factors.objective.last().copied().unwrap_or_default();
    let sum: f64 = v.iter().map(|&x| f64::from(x)).sum();
    Ok((divergence / sum) as f32)
}
