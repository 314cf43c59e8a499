//! One multiplicative update of one factor, in parallel and without allocating.
//!
//! V ≈ W H says the same as Vᵀ ≈ Hᵀ Wᵀ, so one function updates either factor:
//! the `left` one, rows × components, beside the `right` one, columns ×
//! components, of a matrix rows × columns. Rows of `left` do not depend on each
//! other, so they are updated in blocks of a fixed size, and the bytes that
//! come out do not depend on how many threads there are.

use std::sync::Mutex;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};
use rayon::prelude::*;

use super::divergence::Divergence;

/// Rows that one thread updates at a time: few enough that their products stay
/// in the second-level cache.
const BLOCK: usize = 64;

/// Entries that have fallen this low are set to 0, before they become denormal
/// and slow.
const VANISHED: f32 = 1e-20;

/// Keeps a quotient finite where numerator and denominator are both 0.
const TINY: f32 = 1e-30;

/// Updates factors of matrices of one size for one divergence.
pub(super) struct Updater {
    divergence: Divergence,
    floor: f32,
    /// The part of the divergence that depends on V alone.
    constant: f64,
    columns: usize,
    components: usize,
    gram: Array2<f32>,
    sums: Vec<f32>,
    buffers: Mutex<Vec<Buffers>>,
}

/// Room for the products of one block.
struct Buffers {
    model: Vec<f32>,
    power: Vec<f32>,
    numerator: Vec<f32>,
    denominator: Vec<f32>,
}

impl Updater {
    /// For factors of `v` with so many components; `floor` as
    /// [`super::divergence::floor`].
    pub fn new(divergence: Divergence, floor: f32, v: &Array2<f32>, components: usize) -> Self {
        let rows = v.as_slice().expect("row-major").chunks(v.ncols());
        Self {
            divergence,
            floor,
            constant: rows.map(|row| divergence.constant(row)).sum(),
            columns: v.nrows().max(v.ncols()),
            components,
            gram: Array2::zeros((components, components)),
            sums: vec![0.0; components],
            buffers: Mutex::new(Vec::new()),
        }
    }

    /// Updates all columns of `left` but the first `fixed`. Where `valued`, the
    /// answer is the divergence before the update.
    pub fn update(
        &mut self,
        v: &Array2<f32>,
        left: &mut Array2<f32>,
        right: &Array2<f32>,
        fixed: usize,
        valued: bool,
    ) -> f64 {
        match self.divergence {
            Divergence::Euclidean => {
                general_mat_mul(1.0, &right.t(), right, 0.0, &mut self.gram);
            }
            Divergence::KullbackLeibler => {
                self.sums.fill(0.0);
                for row in right.rows() {
                    self.sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                }
            }
            _ => {}
        }
        let (columns, components) = (v.ncols(), left.ncols());
        let rows = v.as_slice().expect("row-major").par_chunks(BLOCK * columns);
        let blocks = left.as_slice_mut().expect("row-major").par_chunks_mut(BLOCK * components);
        let values: Vec<f64> = blocks
            .zip(rows)
            .map(|(left, v)| {
                let mut buffers = self.take_buffers();
                let v =
                    ArrayView2::from_shape((v.len() / columns, columns), v).expect("whole rows");
                let left = ArrayViewMut2::from_shape((v.nrows(), components), left)
                    .expect("as many rows as v");
                let value = match self.divergence {
                    Divergence::Euclidean => {
                        self.euclidean_block(v, left, right, fixed, valued, &mut buffers)
                    }
                    _ => self.block(v, left, right, fixed, valued, &mut buffers),
                };
                self.buffers.lock().expect("no panic while held").push(buffers);
                value
            })
            .collect();
        self.constant + values.iter().sum::<f64>()
    }

    /// Numerator (v ∘ x^(β-2)) R and denominator x^(β-1) R with x = L Rᵀ.
    fn block(
        &self,
        v: ArrayView2<f32>,
        mut left: ArrayViewMut2<f32>,
        right: &Array2<f32>,
        fixed: usize,
        valued: bool,
        buffers: &mut Buffers,
    ) -> f64 {
        let (rows, columns) = v.dim();
        let free = left.ncols() - fixed;
        let mut model = view(&mut buffers.model, rows, columns);
        let mut power = view(&mut buffers.power, rows, columns);
        let mut numerator = view(&mut buffers.numerator, rows, free);
        let mut denominator = view(&mut buffers.denominator, rows, free);
        general_mat_mul(1.0, &left, &right.t(), 0.0, &mut model);
        let mut value = 0.0;
        for ((v, mut x), mut power) in
            v.rows().into_iter().zip(model.rows_mut()).zip(power.rows_mut())
        {
            let (v, x) = (v.to_slice().expect("row-major"), x.as_slice_mut().expect("row-major"));
            let power = power.as_slice_mut().expect("row-major");
            if valued {
                value += self.divergence.valued_weights(v, x, power, self.floor);
            } else {
                self.divergence.weights(v, x, power, self.floor);
            }
        }
        let right = right.slice(s![.., fixed..]);
        general_mat_mul(1.0, &model, &right, 0.0, &mut numerator);
        if self.divergence == Divergence::KullbackLeibler {
            for mut row in denominator.rows_mut() {
                row.iter_mut().zip(&self.sums[fixed..]).for_each(|(out, sum)| *out = *sum);
            }
        } else {
            general_mat_mul(1.0, &power, &right, 0.0, &mut denominator);
        }
        scale(
            &mut left.slice_mut(s![.., fixed..]),
            &numerator,
            &denominator,
            self.divergence.exponent(),
        );
        value
    }

    /// Numerator V R and denominator L RᵀR: the product L Rᵀ is never formed.
    fn euclidean_block(
        &self,
        v: ArrayView2<f32>,
        mut left: ArrayViewMut2<f32>,
        right: &Array2<f32>,
        fixed: usize,
        valued: bool,
        buffers: &mut Buffers,
    ) -> f64 {
        let mut numerator = view(&mut buffers.numerator, v.nrows(), left.ncols());
        let mut denominator = view(&mut buffers.denominator, v.nrows(), left.ncols());
        general_mat_mul(1.0, &v, right, 0.0, &mut numerator);
        general_mat_mul(1.0, &left, &self.gram, 0.0, &mut denominator);
        let mut value = 0.0;
        if valued {
            for ((l, n), d) in left.iter().zip(&numerator).zip(&denominator) {
                value += f64::from(*l) * (f64::from(*d) - 2.0 * f64::from(*n));
            }
            value /= 2.0;
        }
        scale(
            &mut left.slice_mut(s![.., fixed..]),
            &numerator.slice_mut(s![.., fixed..]),
            &denominator.slice_mut(s![.., fixed..]),
            1.0,
        );
        value
    }

    fn take_buffers(&self) -> Buffers {
        let spare = self.buffers.lock().expect("no panic while held").pop();
        spare.unwrap_or_else(|| {
            let large = if self.divergence == Divergence::Euclidean { 0 } else { self.columns };
            Buffers {
                model: vec![0.0; BLOCK * large],
                power: vec![0.0; BLOCK * large],
                numerator: vec![0.0; BLOCK * self.components],
                denominator: vec![0.0; BLOCK * self.components],
            }
        })
    }
}

fn view(buffer: &mut [f32], rows: usize, columns: usize) -> ArrayViewMut2<'_, f32> {
    ArrayViewMut2::from_shape((rows, columns), &mut buffer[..rows * columns]).expect("large enough")
}

fn scale(
    left: &mut ArrayViewMut2<f32>,
    numerator: &ArrayViewMut2<f32>,
    denominator: &ArrayViewMut2<f32>,
    exponent: f32,
) {
    for ((left, n), d) in left.iter_mut().zip(numerator).zip(denominator) {
        let quotient = n / d.max(TINY);
        let factor = if exponent == 1.0 {
            quotient
        } else if exponent == 0.5 {
            quotient.sqrt()
        } else {
            quotient.powf(exponent)
        };
        let scaled = *left * factor;
        *left = if scaled < VANISHED { 0.0 } else { scaled };
    }
}
