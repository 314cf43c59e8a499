//! Successive non-negative projection: spectra that are frames of the audio itself.
//!
//! Gillis, "Successive nonnegative projection algorithm for robust nonnegative blind source
//! separation", SIAM Journal on Imaging Sciences 7(2), 2014. Applied to frames scaled to
//! sum 1, so that loudness alone does not decide.

use ndarray::ArrayView2;

use super::lazy_hull::LazyHull;
use super::pick_each;
use crate::learn::error::{FactorizeError, check_spectrogram};
use crate::learn::{Cancelled, Progress};

/// Indices of the picked frames (columns of `v`, bins × frames), in picking order. Fewer
/// than `components` if those explain all frames to within 1e-6. Needs memory for a copy of
/// `v` and for 2 × frames × components numbers.
///
/// ```
/// use unbraid::learn::{snpa};
/// use unbraid::ndarray::array;
///
/// // Frame 1 is the sum of the others.
/// let v = array![[1.0, 1.0, 0.0], [0.0, 2.0, 2.0]];
/// let mut picked = snpa(v.view(), 2, &mut |_| true)?;
/// picked.sort();
/// assert_eq!(picked, [0, 2]);
/// # Ok::<(), unbraid::learn::FactorizeError>(())
/// ```
///
/// # Errors
/// As [`factorize`](crate::learn::factorize).
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
    pick_each(components, progress, |go_on| {
        let next = hull.farthest(go_on)?;
        if let Some(next) = next {
            hull.add(next);
        }
        Ok(next)
    })
}
