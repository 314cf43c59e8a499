//! The normal equations of projection onto delayed copies of references: `G c = d`, where G
//! holds the inner products of all copies and is factored once.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::cholesky::llt::solve::{solve_in_place, solve_in_place_scratch};
use faer::{Mat, MatMut, Par};

use super::TAPS;

/// Below this fraction of a reference's energy, the smallest eigenvalue is determined by
/// rounding. 16-bit audio stays above 1e-8.
const SMALLEST_EIGENVALUE: f64 = 1e-12;

/// Added to the diagonal in that case, as if every reference had white noise 110 dB below
/// it: enough to mask rounding errors, while a factor of a hundred up or down changes
/// scores by only some hundredths of a decibel.
const LOADING: f64 = 1e-11;

/// `G = L Lᵀ` of unit-energy signals, L on and below the diagonal.
///
/// Row and column `i · TAPS + p` stand for signal i delayed by p samples.
pub(super) struct Gram {
    l: Mat<f64>,
}

impl Gram {
    /// Factors the matrix of inner products of `signals` (indices into `products`), each
    /// delayed by 0 to `TAPS - 1` samples.
    ///
    /// `products[i][j][lag] = Σ_n x_i(n) x_j(n - lag)`, for signals of unit
    /// energy.
    ///
    /// References without energy in some band (low-passed before a float file was written,
    /// pure tones) make the matrix singular. Their scores are then those of the loaded
    /// matrix. `None` if that is singular too.
    pub fn new(products: &[Vec<Vec<f64>>], signals: &[usize]) -> Option<Self> {
        let plain = factor(inner_products(products, signals));
        let plain = plain.map(|l| Self { l });
        plain.filter(|gram| gram.smallest_eigenvalue() > SMALLEST_EIGENVALUE).or_else(|| {
            let mut g = inner_products(products, signals);
            (0..g.nrows()).for_each(|k| g[(k, k)] += LOADING);
            factor(g).map(|l| Self { l })
        })
    }

    /// Replaces `d` by `c`.
    pub fn solve(&self, d: &mut [f64]) {
        let scratch = solve_in_place_scratch::<f64>(d.len(), 1, Par::Seq);
        solve_in_place(
            self.l.as_ref(),
            MatMut::from_column_major_slice_mut(d, self.l.nrows(), 1),
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
        );
    }

    /// Accurate to a factor of about two, by inverse iteration.
    fn smallest_eigenvalue(&self) -> f64 {
        let no_pattern = |k: usize| (k * k % 1009) as f64 - 504.0;
        let mut x: Vec<f64> = (0..self.l.nrows()).map(no_pattern).collect();
        let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
        for _ in 0..3 {
            let scale = norm(&x).recip();
            x.iter_mut().for_each(|x| *x *= scale);
            self.solve(&mut x);
        }
        norm(&x).recip()
    }

    /// Fraction of each signal's energy that no filtering of the earlier signals explains.
    pub fn own_fractions(&self) -> impl Iterator<Item = f64> {
        (0..self.l.nrows()).step_by(TAPS).map(|row| self.l[(row, row)].powi(2))
    }

    /// Fraction of the energy of signal `i` that each earlier signal explains, beyond what
    /// those before it do.
    pub fn explained_fractions(&self, i: usize) -> impl Iterator<Item = f64> {
        let fraction = move |k: usize| self.l[(i * TAPS, k)].powi(2);
        (0..i).map(move |j| (j * TAPS..(j + 1) * TAPS).map(fraction).sum())
    }
}

/// The lower triangle of G.
fn inner_products(products: &[Vec<Vec<f64>>], signals: &[usize]) -> Mat<f64> {
    let size = signals.len() * TAPS;
    let mut g = Mat::<f64>::zeros(size, size);
    for (j, &column_signal) in signals.iter().enumerate() {
        for q in 0..TAPS {
            let column = g.col_as_slice_mut(j * TAPS + q);
            for (i, &row_signal) in signals.iter().enumerate().skip(j) {
                let later = &products[row_signal][column_signal];
                let earlier = &products[column_signal][row_signal];
                let (before, after) = column[i * TAPS..(i + 1) * TAPS].split_at_mut(q);
                before.iter_mut().rev().zip(&later[1..]).for_each(|(g, x)| *g = *x);
                after.iter_mut().zip(earlier).for_each(|(g, x)| *g = *x);
            }
        }
    }
    g
}

/// Cholesky factor, unless rounding makes it fail.
fn factor(mut g: Mat<f64>) -> Option<Mat<f64>> {
    let scratch = cholesky_in_place_scratch::<f64>(g.nrows(), Par::Seq, Default::default());
    let mut memory = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut memory);
    cholesky_in_place(g.as_mut(), Default::default(), Par::Seq, stack, Default::default()).ok()?;
    Some(g)
}
