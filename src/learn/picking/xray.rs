//! Conical hull: frames of which the others are non-negative sums.
//!
//! Kumar, Sindhwani & Kambadur, "Fast conical hull algorithms for near-separable
//! non-negative matrix factorization", ICML 2013, with the selection that they call `max`:
//! of the frames outside the cone of those picked, the farthest, i, determines the ray to
//! pick, argmax_j R_iᵀ v_j / pᵀ v_j, where p is all ones. The distance is measured on
//! unscaled frames, so loud frames have more influence than in SNPA.

use ndarray::ArrayView2;

use super::hull::Hull;
use super::{largest, pick_each};
use crate::learn::Progress;
use crate::learn::error::{FactorizeError, check_spectrogram};

/// Indices of the picked frames (columns of `v`, bins × frames), in picking order. Fewer
/// than `components` if their cone already holds all frames.
pub fn xray(
    v: ArrayView2<f32>,
    components: usize,
    progress: Progress,
) -> Result<Vec<usize>, FactorizeError> {
    check_spectrogram(v, components)?;
    let mut hull = Hull::new(v, components);
    let picked = pick_each(components, progress, |go_on| {
        let farthest = (!hull.explains_all()).then(|| farthest(&hull));
        let Some(ray) = farthest.and_then(|farthest| extreme_ray(&hull, farthest)) else {
            return Ok(None);
        };
        hull.add(ray);
        hull.project_on_cone(go_on)?;
        Ok(Some(ray))
    })?;
    Ok(picked)
}

/// The frame with the longest residual, unscaled.
fn farthest(hull: &Hull) -> usize {
    let unscaled = |squares: &[f64]| -> Vec<f64> {
        squares.iter().zip(hull.frames().sums()).map(|(square, sum)| square * sum * sum).collect()
    };
    largest(&unscaled(hull.residuals()), &unscaled(hull.frames().squares()))
}

/// The frame, not yet picked, that best matches the direction of residual `i`.
fn extreme_ray(hull: &Hull, i: usize) -> Option<usize> {
    let count = hull.picked().len();
    let h = hull.h().row(i);
    let along = |(j, product): (usize, &f64)| {
        let explained: f64 =
            hull.products().row(j).iter().zip(&h).take(count).map(|(p, h)| p * h).sum();
        (j, product - explained)
    };
    let products = hull.frames().products_with(i);
    products
        .iter()
        .enumerate()
        .map(along)
        .filter(|(j, along)| *along > 0.0 && !hull.picked().contains(j))
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(j, _)| j)
}
