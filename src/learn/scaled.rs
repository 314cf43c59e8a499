//! The frames of a spectrogram scaled to sum 1, without a scaled copy.

use ndarray::{Array1, ArrayView2, Axis};
use rayon::prelude::*;

/// Frames that one thread goes through at a time.
const BLOCK: usize = 256;

/// x_t = v_t / Σ v_t; a silent frame stays 0.
pub(super) struct ScaledFrames<'a> {
    v: ArrayView2<'a, f32>,
    /// 1 / Σ v_t, 0 for a silent frame.
    scales: Vec<f64>,
    squares: Vec<f64>,
}

impl<'a> ScaledFrames<'a> {
    pub fn new(v: ArrayView2<'a, f32>) -> Self {
        let mut sums = vec![0.0; v.ncols()];
        let mut squares = vec![0.0; v.ncols()];
        for row in v.rows() {
            for ((x, sum), square) in row.iter().zip(&mut sums).zip(&mut squares) {
                let x = f64::from(*x);
                *sum += x;
                *square += x * x;
            }
        }
        let scales: Vec<f64> =
            sums.into_iter().map(|sum| if sum > 0.0 { 1.0 / sum } else { 0.0 }).collect();
        squares.iter_mut().zip(&scales).for_each(|(square, scale)| *square *= scale * scale);
        Self { v, scales, squares }
    }

    /// ‖x_t‖² of every frame.
    pub fn squares(&self) -> &[f64] {
        &self.squares
    }

    /// ⟨x_t, x_j⟩ for every frame t.
    pub fn products_with(&self, j: usize) -> Array1<f64> {
        let frame: Vec<f64> =
            self.v.column(j).iter().map(|&x| f64::from(x) * self.scales[j]).collect();
        let mut products = Array1::zeros(self.v.ncols());
        let blocks: Vec<_> = products
            .as_slice_mut()
            .expect("own layout")
            .chunks_mut(BLOCK)
            .zip(self.v.axis_chunks_iter(Axis(1), BLOCK))
            .collect();
        blocks.into_par_iter().for_each(|(products, v)| {
            for (row, x_j) in v.rows().into_iter().zip(&frame) {
                products.iter_mut().zip(row).for_each(|(p, x)| *p += f64::from(*x) * x_j);
            }
        });
        products.iter_mut().zip(&self.scales).for_each(|(p, scale)| *p *= scale);
        products
    }
}
