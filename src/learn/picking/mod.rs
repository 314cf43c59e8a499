//! Methods that pick spectrogram columns as the dictionary, one file each, and the code
//! that they share.

pub mod greedy;
mod hull;
mod hull_projection;
mod lazy_hull;
mod scaled;
pub mod snpa;
pub mod spa;
pub mod xray;

use crate::learn::progress::stop_unless;
use crate::learn::{Cancelled, GoOn, Progress};

/// Squared lengths this close to the largest are ties.
pub(super) const TIE: f64 = 1e-6;

/// Calls `next` for one frame after another, until there are `most` or it finds none. `next`
/// calls its argument between groups of work.
pub(super) fn pick_each(
    most: usize,
    progress: Progress,
    mut next: impl FnMut(GoOn) -> Result<Option<usize>, Cancelled>,
) -> Result<Vec<usize>, Cancelled> {
    let mut picked = Vec::with_capacity(most);
    while picked.len() < most {
        let fraction = picked.len() as f32 / most as f32;
        stop_unless(progress(fraction))?;
        match next(&mut || progress(fraction))? {
            Some(t) => picked.push(t),
            None => break,
        }
    }
    Ok(picked)
}

/// The frame with the largest residual, both given as squared lengths. Ties go to the frame
/// that was longest originally, as in Gillis's own code.
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
