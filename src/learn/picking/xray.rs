//! Conical hull: frames that others are non-negative sums of.
//!
//! Kumar, Sindhwani & Kambadur, "Fast conical hull algorithms for
//! near-separable non-negative matrix factorization", ICML 2013, with the
//! selection that they call `max`: of the frames outside the cone of those
//! picked, the farthest, i, names the ray to pick, argmax_j R_iᵀ v_j / pᵀ v_j,
//! where p is all ones. Which is farthest is measured on the frames as they
//! are, so a loud frame has more of a say than in SNPA.

use ndarray::ArrayView2;

use super::hull::Hull;
use super::{largest, pick_each};
use crate::learn::Progress;
use crate::learn::error::{FactorizeError, check_spectrogram};

/// Indices of the frames (columns of `v`, bins × frames) picked, in the order
/// in which they were picked. Fewer than `components` where their cone holds
/// all frames.
pub fn xray(
    v: ArrayView2<f32>,
    components: usize,
    progress: Progress,
) -> Result<Vec<usize>, FactorizeError> {
    check_spectrogram(v, components)?;
    let mut hull = Hull::new(v, components);
    let picked = pick_each(components, progress, || {
        let farthest = (!hull.explains_all()).then(|| farthest(&hull))?;
        let ray = extreme_ray(&hull, farthest)?;
        hull.add(ray);
        hull.project_on_cone();
        Some(ray)
    })?;
    Ok(picked)
}

/// The frame with the longest residual, not scaled.
fn farthest(hull: &Hull) -> usize {
    let unscaled = |squares: &[f64]| -> Vec<f64> {
        squares.iter().zip(hull.frames().sums()).map(|(square, sum)| square * sum * sum).collect()
    };
    largest(&unscaled(hull.residuals()), &unscaled(hull.frames().squares()))
}

/// The frame, not picked yet, that residual `i` points to most.
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
