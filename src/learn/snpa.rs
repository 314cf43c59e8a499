//! Successive non-negative projection: spectra that are frames of the sound
//! itself.
//!
//! Gillis, "Successive nonnegative projection algorithm for robust nonnegative
//! blind source separation", SIAM Journal on Imaging Sciences 7(2), 2014. Run
//! on the frames scaled to sum 1, so that loud frames do not win by loudness.
//! Needs memory for frames × components numbers beside V.

use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use rayon::prelude::*;

use super::error::{LearnError, check_spectrogram};
use super::scaled::ScaledFrames;
use super::simplex::{HullProjection, eigenvalue_bound};
use super::{Cancelled, Progress};

/// Frames that one thread projects at a time.
const BLOCK: usize = 64;

/// Residuals (squared) this close to the largest are ties; then the frame that
/// was longest before projection is taken, as in Gillis's own code.
const TIE: f64 = 1e-6;

/// Picking ends when the largest residual is this share of the longest frame:
/// the frames taken explain all others.
const EXPLAINED: f64 = 1e-6;

/// Indices of the frames (columns of `v`, bins × frames) picked, in the order
/// in which they were picked. Fewer than `components` where those explain all
/// frames.
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
    let frames = ScaledFrames::new(v);
    let longest = frames.squares().iter().copied().fold(0.0, f64::max);
    let mut residuals = frames.squares().to_vec();
    let mut picked: Vec<usize> = Vec::with_capacity(components);
    // Frames × components: ⟨x_t, w_k⟩ and the coordinates of each projection.
    let mut products = Array2::<f64>::zeros((v.ncols(), components));
    let mut h = Array2::<f64>::zeros((v.ncols(), components));
    while picked.len() < components {
        if !progress(picked.len() as f32 / components as f32) {
            return Err(Cancelled);
        }
        let next = largest(&residuals, frames.squares());
        picked.push(next);
        products.column_mut(picked.len() - 1).assign(&frames.products_with(next));
        h.row_mut(next).fill(0.0);
        h[[next, picked.len() - 1]] = 1.0;
        project(&picked, &products, h.view_mut(), frames.squares(), &mut residuals);
        let left = residuals.iter().copied().fold(0.0, f64::max);
        if (left / longest).sqrt() <= EXPLAINED {
            break;
        }
    }
    Ok(picked)
}

/// Projects every frame on the hull of the picked ones and the origin.
fn project(
    picked: &[usize],
    products: &Array2<f64>,
    mut h: ArrayViewMut2<f64>,
    squares: &[f64],
    residuals: &mut [f64],
) {
    let (count, width) = (picked.len(), products.ncols());
    let gram: Vec<f64> = picked
        .iter()
        .flat_map(|&t| products.row(t).iter().copied().take(count).collect::<Vec<_>>())
        .collect();
    let step = 1.0 / eigenvalue_bound(&gram, count);
    let products = products.as_slice().expect("row-major");
    h.as_slice_mut()
        .expect("row-major")
        .par_chunks_mut(BLOCK * width)
        .zip(products.par_chunks(BLOCK * width))
        .zip(residuals.par_chunks_mut(BLOCK))
        .zip(squares.par_chunks(BLOCK))
        .for_each(|(((h, products), residuals), squares)| {
            let mut projection = HullProjection::new(count);
            let rows = h.chunks_exact_mut(width).zip(products.chunks_exact(width));
            for (((h, b), residual), square) in rows.zip(residuals).zip(squares) {
                let (h, b) = (&mut h[..count], &b[..count]);
                projection.solve(&gram, b, step, h);
                *residual = distance(&gram, b, h, *square);
            }
        });
}

/// ‖x - W h‖², from the Gram matrix.
fn distance(gram: &[f64], b: &[f64], h: &[f64], square: f64) -> f64 {
    let explained: f64 = gram
        .chunks_exact(h.len())
        .zip(h)
        .zip(b)
        .map(|((row, h_k), b)| {
            let product: f64 = row.iter().zip(h).map(|(g, h)| g * h).sum();
            h_k * (product - 2.0 * b)
        })
        .sum();
    (square + explained).max(0.0)
}

fn largest(residuals: &[f64], squares: &[f64]) -> usize {
    let most = residuals.iter().copied().fold(0.0, f64::max);
    let mut best = None::<usize>;
    for (t, residual) in residuals.iter().enumerate() {
        if most - residual <= TIE * most && best.is_none_or(|b| squares[t] > squares[b]) {
            best = Some(t);
        }
    }
    best.expect("there is a frame")
}
