//! Non-negative least squares: the activations of given spectra.

use ndarray::{Array2, ArrayView2, Axis, linalg::general_mat_mul, s};

use super::active_set::{self, ActiveSet};
use crate::learn::error::{FactorizeError, check_entries, check_shape};
use crate::learn::groups::map_in_groups;
use crate::learn::{Cancelled, Progress};

/// Frames that one thread solves at a time.
const BLOCK: usize = 32;

/// The `h` ≥ 0 (components × frames) that minimises ‖v - w h‖ in every frame, with `v` bins
/// × frames and `w` bins × components. If columns of `w` are linearly dependent, returns
/// one of many such `h`.
///
/// Solved by active sets on the Gram matrix (Lawson & Hanson 1974; Bro & de Jong 1997), in
/// `f64`: no remaining slope along a column exceeds 1e-10 of the product of the column's
/// and the frame's lengths.
pub fn nnls(
    v: ArrayView2<f32>,
    w: ArrayView2<f32>,
    progress: Progress,
) -> Result<Array2<f32>, FactorizeError> {
    check_entries("v", v)?;
    check_entries("w", w)?;
    check_shape("w", w, (v.nrows(), w.ncols()))?;
    Ok(solve(v, w, progress)?)
}

/// [`nnls`] for matrices that are already checked.
pub fn solve(
    v: ArrayView2<f32>,
    w: ArrayView2<f32>,
    progress: Progress,
) -> Result<Array2<f32>, Cancelled> {
    let (frames, components) = (v.ncols(), w.ncols());
    let mut h = Array2::zeros((components, frames));
    if components == 0 {
        return Ok(h);
    }
    let w = w.mapv(f64::from);
    let gram = w.t().dot(&w);
    let starts: Vec<usize> = (0..frames).step_by(BLOCK).collect();
    let solve = |start: usize| {
        let end = (start + BLOCK).min(frames);
        solve_block(v.slice(s![.., start..end]), w.view(), gram.view())
    };
    let cost = BLOCK * (w.nrows() * components + active_set::cost(components));
    let blocks = map_in_groups(starts, cost, solve, progress)?;
    for (place, block) in blocks.iter().enumerate() {
        let start = place * BLOCK;
        let mut out = h.slice_mut(s![.., start..start + block.nrows()]);
        out.zip_mut_with(&block.t(), |out, x| *out = *x as f32);
    }
    Ok(h)
}

/// Activations of a few frames, frames × components.
fn solve_block(v: ArrayView2<f32>, w: ArrayView2<f64>, gram: ArrayView2<f64>) -> Array2<f64> {
    let mut b = Array2::zeros((v.ncols(), w.ncols()));
    general_mat_mul(1.0, &v.t().mapv(f64::from), &w, 0.0, &mut b);
    let mut h = Array2::zeros(b.dim());
    let mut active = ActiveSet::new(w.ncols());
    for (b, mut h) in b.axis_iter(Axis(0)).zip(h.axis_iter_mut(Axis(0))) {
        active.solve(gram, b.to_slice().expect("row-major"), h.as_slice_mut().expect("row-major"));
    }
    h
}
