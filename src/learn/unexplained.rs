//! How much of a clip the sources of a dictionary leave unexplained: little if they play
//! alone, much if anything else plays too.

use ndarray::{Array2, ArrayView2, Axis};

use super::clips::audible_spectra;
use super::nmf::options::{Descent, NmfOptions};
use super::nmf::semi_supervised;
use super::{FactorizeError, Progress};
use crate::dictionary::Dictionary;
use crate::divergence::Divergence;

/// Updates of the activations; more would hardly change the result.
const ITERATIONS: usize = 15;

/// The Kullback-Leibler divergence of the clips' magnitudes from the sources' model of them
/// (W fixed), as a fraction of the magnitudes' sum. It can be above 1. The rest and
/// transposed copies are not used: with them, nearly everything could be explained.
///
/// `clips`: channels of equal length, at the dictionary's sample rate. At most
/// `most_frames` of their frames, evenly spread, are analysed.
///
/// # Errors
/// If the clips are silent or there is no source, or the callback asks to stop.
pub fn unexplained(
    dictionary: &Dictionary,
    clips: &[&[Vec<f32>]],
    most_frames: usize,
    progress: Progress,
) -> Result<f32, FactorizeError> {
    let spectra = audible_spectra(clips, &dictionary.frames);
    let v = spread(spectra.view(), most_frames);
    let mut sources = dictionary.clone();
    sources.remove_rest();
    let options = NmfOptions {
        divergence: Divergence::KullbackLeibler,
        descent: Descent::Fast,
        iterations: ITERATIONS,
        tolerance: 0.0,
        ..NmfOptions::default()
    };
    let factors = semi_supervised(v.view(), sources.w.view(), 0, &options, progress)?;
    let divergence = factors.objective.last().copied().unwrap_or_default();
    let sum: f64 = v.iter().map(|&x| f64::from(x)).sum();
    Ok((divergence / sum) as f32)
}

fn spread(v: ArrayView2<f32>, most: usize) -> Array2<f32> {
    let count = v.ncols().min(most);
    let places: Vec<usize> = (0..count).map(|place| place * v.ncols() / count).collect();
    v.select(Axis(1), &places)
}
