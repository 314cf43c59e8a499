//! The upper limit for ratio masks: masks made from the true stems.

use ndarray::{Array2, Zip};
use rayon::prelude::*;

use super::EvalError;
use super::frames::MaskingFrames;
use super::stem::check_finite;

/// Separates `mixture` with the masks `|S_i|^exponent / Σ_j |S_j|^exponent` of the true
/// `stems`, and returns one estimate per stem, in their order: the ideal ratio mask with
/// exponent 1, the Wiener-like one with exponent 2.
///
/// Frames are centred and zero-padded, with periodic root-Hann windows for analysis and
/// synthesis. The estimates are as long as the mixture and sum to it; where all stems are
/// silent, each gets an equal part.
///
/// # Errors
/// If there is no stem, lengths differ, a sample is not finite, the exponent is not above
/// 0, or the frame size is not even or not from 4 to 2^20 samples, or the hop is not from 1
/// to half of that.
pub fn oracle_separate(
    stems: &[Vec<f32>],
    mixture: &[f32],
    fft_size: usize,
    hop: usize,
    exponent: f32,
) -> Result<Vec<Vec<f32>>, EvalError> {
    let frames = MaskingFrames::new(fft_size, hop, mixture.len())?;
    check(stems, mixture, exponent)?;
    let weight = |stem: &Vec<f32>| frames.analyse(stem).mapv(|x| x.norm().powf(exponent));
    let mut masks: Vec<Array2<f32>> = stems.par_iter().map(weight).collect();
    let mut total = Array2::<f32>::zeros(masks[0].dim());
    masks.iter().for_each(|weight| total += weight);
    let equal = 1.0 / stems.len() as f32;
    let spectra = frames.analyse(mixture);
    let separate = |mask: &mut Array2<f32>| {
        Zip::from(&mut *mask).and(&total).for_each(|mask, &total| {
            *mask = if total > 0.0 { *mask / total } else { equal };
        });
        frames.synthesise(Zip::from(&spectra).and(&*mask).map_collect(|x, m| x * m).view())
    };
    Ok(masks.par_iter_mut().map(separate).collect())
}

fn check(stems: &[Vec<f32>], mixture: &[f32], exponent: f32) -> Result<(), EvalError> {
    if stems.is_empty() {
        return Err(EvalError::NoReferences);
    }
    if !(exponent.is_finite() && exponent > 0.0) {
        let actual = exponent.to_string();
        return Err(EvalError::Setting { what: "the exponent", expected: "above 0", actual });
    }
    check_finite("the mixture", mixture)?;
    for (i, stem) in stems.iter().enumerate() {
        let name = format!("stem {}", i + 1);
        let (actual, expected) = (stem.len(), mixture.len());
        if actual != expected {
            let other = "the mixture".to_string();
            return Err(EvalError::Length { name, actual, other, expected });
        }
        check_finite(&name, stem)?;
    }
    Ok(())
}
