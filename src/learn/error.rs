//! Possible problems with a request to learn.

use multiversion::multiversion;
use ndarray::ArrayView2;

use super::Cancelled;

/// Why nothing was learned.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FactorizeError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("the spectrogram has no frames: give at least one window of sound")]
    NoFrames,
    #[error("0 components were asked for: ask for at least 1")]
    NoComponents,
    #[error(
        "{components} components were asked for, but there are only {frames} frames: \
         ask for at most {frames}, or give more sound"
    )]
    TooManyComponents { components: usize, frames: usize },
    #[error("the sound is silent: every magnitude is 0; give a clip in which something sounds")]
    AllSilent,
    #[error(
        "{matrix} holds {value} at row {row}, column {column}: all entries must be finite \
         and at least 0; repair or cut the samples that it came from"
    )]
    BadEntry { matrix: &'static str, row: usize, column: usize, value: f32 },
    #[error(
        "{matrix} is {} × {}, expected {} × {}: both must come from the same frames and components",
        actual.0, actual.1, expected.0, expected.1
    )]
    Shape { matrix: &'static str, expected: (usize, usize), actual: (usize, usize) },
    #[error("{fixed} of {components} columns are to stay as they are: at most all of them can")]
    TooManyFixed { fixed: usize, components: usize },
}

/// Checks the magnitudes `v` (bins × frames) from which `components` are to be learned.
pub(super) fn check_spectrogram(
    v: ArrayView2<f32>,
    components: usize,
) -> Result<(), FactorizeError> {
    let frames = v.ncols();
    if v.is_empty() {
        return Err(FactorizeError::NoFrames);
    }
    if components == 0 {
        return Err(FactorizeError::NoComponents);
    }
    if components > frames {
        return Err(FactorizeError::TooManyComponents { components, frames });
    }
    check_entries("v", v)?;
    if v.iter().all(|&x| x == 0.0) {
        return Err(FactorizeError::AllSilent);
    }
    Ok(())
}

/// Checks that a matrix is finite and non-negative.
pub(super) fn check_entries(
    matrix: &'static str,
    entries: ArrayView2<f32>,
) -> Result<(), FactorizeError> {
    // In the order of memory: spectrograms may have their columns there one after another.
    if entries.as_slice_memory_order().is_some_and(all_good) {
        return Ok(());
    }
    match entries.indexed_iter().find(|(_, x)| !is_good(x)) {
        Some(((row, column), &value)) => {
            Err(FactorizeError::BadEntry { matrix, row, column, value })
        }
        None => Ok(()),
    }
}

fn is_good(x: &f32) -> bool {
    // Every comparison with NaN is false.
    *x >= 0.0 && *x <= f32::MAX
}

/// Does not stop at the first bad entry, so that it can be vectorised.
#[multiversion(targets = "simd")]
fn all_good(entries: &[f32]) -> bool {
    entries.iter().fold(true, |good, x| good & is_good(x))
}

/// Checks the shape of a matrix.
pub(super) fn check_shape(
    matrix: &'static str,
    entries: ArrayView2<f32>,
    expected: (usize, usize),
) -> Result<(), FactorizeError> {
    let actual = entries.dim();
    if actual == expected {
        Ok(())
    } else {
        Err(FactorizeError::Shape { matrix, expected, actual })
    }
}
