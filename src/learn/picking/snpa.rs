//! Successive non-negative projection: spectra that are frames of the sound
//! itself.
//!
//! Gillis, "Successive nonnegative projection algorithm for robust nonnegative
//! blind source separation", SIAM Journal on Imaging Sciences 7(2), 2014. Run
//! on the frames scaled to sum 1, so that loud frames do not win by loudness.

use ndarray::ArrayView2;

use super::lazy_hull::LazyHull;
use super::pick_each;
use crate::learn::error::{FactorizeError, check_spectrogram};
use crate::learn::{Cancelled, Progress};

/// Indices of the frames (columns of `v`, bins × frames) picked, in the order
/// in which they were picked. Fewer than `components` where those explain all
/// frames to 1e-6. Needs memory for a copy of `v` and for 2 × frames ×
/// components numbers.
pub fn snpa(
    v: ArrayView2<f32>,
    components: usize,
    progress: Progress,
) -> Result<Vec<usize>, FactorizeError> {
    check_spectrogram(v, components)?;
    Ok(pick(v, components, progress)?)
}

/// [`snpa`] for a spectrogram that has been checked.
pub fn pick(
    v: ArrayView2<f32>,
    components: usize,
    progress: Progress,
) -> Result<Vec<usize>, Cancelled> {
    let mut hull = LazyHull::new(v);
    pick_each(components, progress, || {
        let next = hull.farthest()?;
        hull.add(next);
        Some(next)
    })
}
