//! The frames of a spectrogram scaled to sum 1, without a scaled copy.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

/// Frames that one thread goes through at a time.
const BLOCK: usize = 256;

/// x_t = v_t / Σ v_t; a silent frame stays 0.
pub(super) struct ScaledFrames<'a> {
    v: ArrayView2<'a, f32>,
    sums: Vec<f64>,
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
        let invert = |sum: f64| if sum > 0.0 { 1.0 / sum } else { 0.0 };
        let scales: Vec<f64> = sums.iter().copied().map(invert).collect();
        squares.iter_mut().zip(&scales).for_each(|(square, scale)| *square *= scale * scale);
        Self { v, sums, scales, squares }
    }

    /// ‖x_t‖² of every frame.
    pub fn squares(&self) -> &[f64] {
        &self.squares
    }

    /// Σ v_t of every frame.
    pub fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// x_t.
    pub fn frame(&self, t: usize) -> Vec<f64> {
        self.v.column(t).iter().map(|&x| f64::from(x) * self.scales[t]).collect()
    }

    /// ⟨x_t, x_j⟩ for every frame t.
    pub fn products_with(&self, j: usize) -> Array1<f64> {
        self.products(&self.frame(j))
    }

    /// ⟨x_t, y⟩ for every frame t.
    pub fn products(&self, y: &[f64]) -> Array1<f64> {
        let mut products = Array1::zeros(self.v.ncols());
        let blocks: Vec<_> = products
            .as_slice_mut()
            .expect("own layout")
            .chunks_mut(BLOCK)
            .zip(self.v.axis_chunks_iter(Axis(1), BLOCK))
            .collect();
        blocks.into_par_iter().for_each(|(products, v)| {
            for (row, y) in v.rows().into_iter().zip(y) {
                products.iter_mut().zip(row).for_each(|(p, x)| *p += f64::from(*x) * y);
            }
        });
        products.iter_mut().zip(&self.scales).for_each(|(p, scale)| *p *= scale);
        products
    }
}

/// ⟨x_i, x_j⟩ of all pairs of scaled frames, a few rows at a time.
pub(super) struct Similarities<'a> {
    v: ArrayView2<'a, f32>,
    scales: Vec<f32>,
    /// All of them, where there are few enough.
    kept: Option<Array2<f32>>,
}

impl<'a> Similarities<'a> {
    /// Up to so many frames, all similarities are kept: 64 MiB.
    const MOST_KEPT: usize = 4096;

    pub fn new(frames: &ScaledFrames<'a>) -> Self {
        let v = frames.v;
        let scales = frames.scales.iter().map(|&scale| scale as f32).collect();
        let mut similarities = Self { v, scales, kept: None };
        if v.ncols() <= Self::MOST_KEPT {
            let mut kept = Array2::zeros((v.ncols(), v.ncols()));
            let blocks: Vec<_> = kept.axis_chunks_iter_mut(Axis(0), BLOCK).enumerate().collect();
            blocks.into_par_iter().for_each(|(block, mut rows)| {
                let start = block * BLOCK;
                let end = start + rows.nrows();
                rows.assign(&similarities.computed(start..end));
            });
            similarities.kept = Some(kept);
        }
        similarities
    }

    /// Rows `range` of frames × frames.
    pub fn rows(&self, range: Range<usize>) -> Array2<f32> {
        match &self.kept {
            Some(kept) => kept.slice(s![range, ..]).to_owned(),
            None => self.computed(range),
        }
    }

    fn computed(&self, range: Range<usize>) -> Array2<f32> {
        let mut rows = Array2::zeros((range.len(), self.v.ncols()));
        general_mat_mul(1.0, &self.v.slice(s![.., range.clone()]).t(), &self.v, 0.0, &mut rows);
        for (mut row, scale) in rows.rows_mut().into_iter().zip(&self.scales[range]) {
            row.iter_mut().zip(&self.scales).for_each(|(x, other)| *x *= scale * other);
        }
        rows
    }
}
