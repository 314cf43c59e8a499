//! Products of row-major matrices on the calling thread, with `faer`. Parallelism is left
//! to the caller, so that no sum depends on it.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::{Array2, ArrayView2, CowArray, Ix2, s};
use rayon::prelude::*;

/// A view of a row-major matrix. `entries` may be longer than needed.
pub fn matrix(entries: &[f32], rows: usize, columns: usize) -> MatRef<'_, f32> {
    MatRef::from_row_major_slice(&entries[..rows * columns], rows, columns)
}

/// Mutable version of [`matrix`].
pub fn matrix_mut(entries: &mut [f32], rows: usize, columns: usize) -> MatMut<'_, f32> {
    MatMut::from_row_major_slice_mut(&mut entries[..rows * columns], rows, columns)
}

/// A matrix view of an array whose rows are contiguous.
pub fn matrix_of(array: &Array2<f32>) -> MatRef<'_, f32> {
    matrix(array.as_slice().expect("row-major"), array.nrows(), array.ncols())
}

/// `out` = a b.
pub fn multiply(out: MatMut<f32>, a: MatRef<f32>, b: MatRef<f32>) {
    matmul(out, Accum::Replace, a, b, 1.0, Par::Seq);
}

/// `out` += `factor` · a b.
pub fn add_product(out: MatMut<f32>, factor: f32, a: MatRef<f32>, b: MatRef<f32>) {
    matmul(out, Accum::Add, a, b, factor, Par::Seq);
}

/// The array itself if its rows are contiguous, otherwise a copy.
pub fn row_major(array: ArrayView2<f32>) -> CowArray<f32, Ix2> {
    if array.is_standard_layout() {
        CowArray::from(array)
    } else {
        CowArray::from(transposed(array.t()))
    }
}

/// Transposed copy: the rows of `array` become columns.
pub fn transposed(array: ArrayView2<f32>) -> Array2<f32> {
    // As many numbers as fit in a cache line, in both directions.
    const BLOCK: usize = 16;
    let (rows, columns) = array.dim();
    let mut out = Array2::zeros((columns, rows));
    if rows == 0 {
        return out;
    }
    let blocks = out.as_slice_mut().expect("own layout").par_chunks_mut(BLOCK * rows);
    blocks.enumerate().with_min_len(BLOCK).for_each(|(block, out)| {
        let taken = block * BLOCK..block * BLOCK + out.len() / rows;
        for (row, all) in array.rows().into_iter().enumerate() {
            match all.as_slice() {
                Some(all) => put(&mut out[row..], rows, &all[taken.clone()]),
                None => put(&mut out[row..], rows, all.slice(s![taken.clone()])),
            }
        }
    });
    out
}

/// Writes `values` at every `step`-th place of `out`.
fn put<'a>(out: &mut [f32], step: usize, values: impl IntoIterator<Item = &'a f32>) {
    out.iter_mut().step_by(step).zip(values).for_each(|(out, x)| *out = *x);
}
