//! Successive non-negative projection: spectra that are frames of the sound
//! itself.
//!
//! Gillis, "Successive nonnegative projection algorithm for robust nonnegative
//! blind source separation", SIAM Journal on Imaging Sciences 7(2), 2014. Run
//! on the frames scaled to sum 1, so that loud frames do not win by loudness.

use ndarray::ArrayView2;

use super::error::{LearnError, check_spectrogram};
use super::hull::Hull;
use super::{Cancelled, Progress};

/// Residuals (squared) this close to the largest are ties; then the frame that
/// was longest before projection is taken, as in Gillis's own code.
const TIE: f64 = 1e-6;

/// Indices of the frames (columns of `v`, bins × frames) picked, in the order
/// in which they were picked. Fewer than `components` where those explain all
/// frames to 1e-6. Needs memory for frames × components numbers beside `v`.
pub fn snpa(
    v: ArrayView2<f32>,
    components: usize,
    progress: Progress,
) -> Result<Vec<usize>, LearnError> {
    check_spectrogram(v, components)?;
    Ok(pick(v, components, progress)?)
}

/// [`snpa`] for a spectrogram that has been checked.
pub(super) fn pick(
    v: ArrayView2<f32>,
    components: usize,
    progress: Progress,
) -> Result<Vec<usize>, Cancelled> {
    let mut hull = Hull::new(v, components);
    while hull.picked().len() < components && !hull.explains_all() {
        if !progress(hull.picked().len() as f32 / components as f32) {
            return Err(Cancelled);
        }
        let next = largest(hull.residuals(), hull.frames().squares());
        hull.add(next);
        hull.project();
    }
    Ok(hull.into_picked())
}

/// The frame with the largest residual, both given as squared lengths.
pub(super) fn largest(residuals: &[f64], squares: &[f64]) -> usize {
    let most = residuals.iter().copied().fold(0.0, f64::max);
    let mut best = None::<usize>;
    for (t, residual) in residuals.iter().enumerate() {
        if most - residual <= TIE * most && best.is_none_or(|b| squares[t] > squares[b]) {
            best = Some(t);
        }
    }
    best.unwrap_or(0)
}
