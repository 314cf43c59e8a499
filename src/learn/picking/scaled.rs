//! The frames of a spectrogram, stored one after another, and their products when scaled to
//! sum 1.

use std::ops::Range;

use multiversion::multiversion;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;

use crate::learn::arithmetic::product::{matrix, matrix_mut, matrix_of, multiply, transposed};
use crate::learn::groups::map_in_groups;
use crate::learn::{Cancelled, GoOn};

/// Frames that one thread processes at a time.
const BLOCK: usize = 256;

/// x_t = v_t / Σ v_t; a silent frame stays 0.
pub(super) struct ScaledFrames {
    /// v_t, frames × bins.
    frames: Array2<f32>,
    sums: Vec<f64>,
    /// 1 / Σ v_t, 0 for a silent frame.
    scales: Vec<f64>,
    squares: Vec<f64>,
}

impl ScaledFrames {
    pub fn new(v: ArrayView2<f32>) -> Self {
        let frames = transposed(v);
        let rows: Vec<_> = frames.outer_iter().collect();
        let measure = |frame: &ndarray::ArrayView1<f32>| measure(frame.as_slice().expect("a row"));
        let (sums, squares): (Vec<f64>, Vec<f64>) = rows.par_iter().map(measure).unzip();
        let invert = |&sum: &f64| if sum > 0.0 { 1.0 / sum } else { 0.0 };
        let scales: Vec<f64> = sums.iter().map(invert).collect();
        let squares = squares.iter().zip(&scales).map(|(x, scale)| x * scale * scale).collect();
        Self { frames, sums, scales, squares }
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
        self.frames.row(t).iter().map(|&x| f64::from(x) * self.scales[t]).collect()
    }

    /// ⟨x_t, y⟩.
    pub fn product(&self, t: usize, y: &[f64]) -> f64 {
        self.scales[t] * dot(self.frames.row(t).as_slice().expect("a row"), y)
    }

    /// ⟨x_t, x_j⟩ for every frame t.
    pub fn products_with(&self, j: usize) -> Array1<f64> {
        self.products(&self.frame(j))
    }

    /// ⟨x_t, y⟩ for every frame t.
    pub fn products(&self, y: &[f64]) -> Array1<f64> {
        (0..self.frames.nrows())
            .into_par_iter()
            .with_min_len(BLOCK)
            .map(|t| self.product(t, y))
            .collect::<Vec<f64>>()
            .into()
    }
}

/// Σ x and Σ x².
#[multiversion(targets = "simd")]
fn measure(x: &[f32]) -> (f64, f64) {
    const LANES: usize = 16;
    let mut sums = [0.0; LANES];
    let mut squares = [0.0; LANES];
    for x in x.chunks(LANES) {
        for ((x, sum), square) in x.iter().zip(&mut sums).zip(&mut squares) {
            let x = f64::from(*x);
            *sum += x;
            *square += x * x;
        }
    }
    (sums.iter().sum(), squares.iter().sum())
}

#[multiversion(targets = "simd")]
fn dot(x: &[f32], y: &[f64]) -> f64 {
    const LANES: usize = 32;
    let mut sums = [0.0; LANES];
    let (x_lanes, y_lanes) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    let rest = x_lanes.remainder().iter().zip(y_lanes.remainder());
    let rest: f64 = rest.map(|(x, y)| f64::from(*x) * y).sum();
    for (x, y) in x_lanes.zip(y_lanes) {
        for lane in 0..LANES {
            sums[lane] += f64::from(x[lane]) * y[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// ⟨x_i, x_j⟩ of all pairs of scaled frames, a few rows at a time.
pub(super) struct Similarities {
    /// All of them, if there are few enough.
    kept: Option<Array2<f32>>,
}

impl Similarities {
    /// Up to this many frames, all similarities are kept (64 MiB).
    const MAX_KEPT: usize = 4096;

    /// Rows that one thread computes at a time.
    const BLOCK: usize = 16;

    pub fn new(frames: &ScaledFrames, go_on: GoOn) -> Result<Self, Cancelled> {
        let count = frames.scales.len();
        if count > Self::MAX_KEPT {
            return Ok(Self { kept: None });
        }
        let mut kept = Array2::zeros((count, count));
        let blocks = kept.axis_chunks_iter_mut(Axis(0), Self::BLOCK).enumerate().collect();
        let compute = |(block, mut rows): (usize, ArrayViewMut2<f32>)| {
            let start = block * Self::BLOCK;
            let end = start + rows.nrows();
            rows.assign(&computed(frames, start..end));
        };
        let cost = Self::BLOCK * count * frames.frames.ncols();
        map_in_groups(blocks, cost, compute, &mut |_| go_on())?;
        Ok(Self { kept: Some(kept) })
    }

    /// Cost of one similarity in [`rows`](Self::rows), in multiplications.
    pub fn cost(&self, frames: &ScaledFrames) -> usize {
        if self.kept.is_some() { 1 } else { frames.frames.ncols() }
    }

    /// Rows `range` of frames × frames.
    pub fn rows(&self, frames: &ScaledFrames, range: Range<usize>) -> Array2<f32> {
        match &self.kept {
            Some(kept) => kept.slice(s![range, ..]).to_owned(),
            None => computed(frames, range),
        }
    }
}

fn computed(frames: &ScaledFrames, range: Range<usize>) -> Array2<f32> {
    let (count, bins) = frames.frames.dim();
    let all = frames.frames.as_slice().expect("row-major");
    let some = matrix(&all[range.start * bins..], range.len(), bins);
    let mut rows = vec![0.0; range.len() * count];
    multiply(
        matrix_mut(&mut rows, range.len(), count),
        some,
        matrix_of(&frames.frames).transpose(),
    );
    let scales: Vec<f32> = frames.scales.iter().map(|&scale| scale as f32).collect();
    for (row, scale) in rows.chunks_exact_mut(count).zip(&scales[range.clone()]) {
        row.iter_mut().zip(&scales).for_each(|(x, other)| *x *= scale * other);
    }
    Array2::from_shape_vec((range.len(), count), rows).expect("so many rows")
}
