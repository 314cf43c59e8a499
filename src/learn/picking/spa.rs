//! Successive projection: the predecessor of SNPA, without sign constraints.
//!
//! Araújo et al., "The successive projections algorithm for variable selection in
//! spectroscopic multicomponent analysis", Chemometrics and Intelligent Laboratory Systems
//! 57(2), 2001: the frame with the longest residual is picked, and all residuals are
//! projected orthogonally to it. Equivalent to QR with column pivoting, on frames scaled to
//! sum 1.

use ndarray::ArrayView2;

use super::scaled::ScaledFrames;
use super::{largest, pick_each};
use crate::learn::Progress;
use crate::learn::error::{FactorizeError, check_spectrogram};

/// A residual shorter than this fraction of the longest frame (squared) is rounding error.
const EXPLAINED: f64 = 1e-12;

/// Indices of the picked frames (columns of `v`, bins × frames), in picking order. Fewer
/// than `components` if those span all frames.
pub fn spa(
    v: ArrayView2<f32>,
    components: usize,
    progress: Progress,
) -> Result<Vec<usize>, FactorizeError> {
    check_spectrogram(v, components)?;
    let frames = ScaledFrames::new(v);
    let longest = frames.squares().iter().copied().fold(0.0, f64::max);
    let mut residuals = frames.squares().to_vec();
    let mut directions: Vec<Vec<f64>> = Vec::with_capacity(components);
    let picked = pick_each(components, progress, |_| {
        let next = largest(&residuals, frames.squares());
        if residuals[next] <= EXPLAINED * longest {
            return Ok(None);
        }
        // Residual lengths follow from the products with the new direction
        // alone (Pythagoras), so no matrix of residuals is needed.
        let direction = new_direction(frames.frame(next), &directions);
        let along = frames.products(&direction);
        residuals.iter_mut().zip(&along).for_each(|(r, a)| *r = (*r - a * a).max(0.0));
        residuals[next] = 0.0;
        directions.push(direction);
        Ok(Some(next))
    })?;
    Ok(picked)
}

/// The part of `frame` orthogonal to the existing directions, scaled to length 1.
fn new_direction(mut frame: Vec<f64>, directions: &[Vec<f64>]) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    // Twice is enough (Kahan): the second pass removes the first one's rounding error.
    for direction in directions.iter().chain(directions) {
        let along = dot(&frame, direction);
        frame.iter_mut().zip(direction).for_each(|(x, d)| *x -= along * d);
    }
    let length = dot(&frame, &frame).sqrt();
    frame.iter_mut().for_each(|x| *x /= length);
    frame
}
