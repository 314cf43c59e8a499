//! One multiplicative update of one factor, in parallel and without allocating.
//!
//! V ≈ W H is equivalent to Vᵀ ≈ Hᵀ Wᵀ, so one function updates either factor: `left` (rows
//! × components), with `right` (columns × components), for a matrix of rows × columns. Rows
//! of `left` do not depend on each other, so they are updated in blocks of a fixed size,
//! and the result is bit-identical for any number of threads.

use std::sync::Mutex;

use faer::MatRef;
use multiversion::multiversion;
use ndarray::Array2;

use super::hals;
use crate::divergence::Divergence;
use crate::learn::arithmetic::product::{add_product, matrix, matrix_mut, matrix_of, multiply};
use crate::learn::groups::map_in_groups;
use crate::learn::progress::stop_unless;
use crate::learn::{Cancelled, GoOn, Progress};
use crate::math::pow;

/// Rows that one thread updates at a time, and columns multiplied at a time: few enough for
/// their products to stay in the caches.
const BLOCK: usize = 64;
const STRIP: usize = 256;

/// Entries below this are set to 0 before they become denormal and slow.
const VANISHED: f32 = 1e-20;

/// Keeps a quotient finite where numerator and denominator are both 0.
const TINY: f32 = 1e-30;

/// Cost of the weights of an entry, in multiplications; powers, the slowest, take as long.
const WEIGHING: usize = 32;

/// How a factor is updated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Move {
    /// Multiplies by the quotient of the divergence's update, to this power: 1 if the
    /// divergence must never rise, up to 2 for larger steps.
    Multiply(f32),
    /// Sets each component in turn to the minimum of the distance; for β = 2.
    Project,
}

/// One update of the `left` factor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Update {
    pub by: Move,
    /// Number of leading columns that stay unchanged.
    pub fixed: usize,
    /// Whether the divergence before the update is summed.
    pub valued: bool,
}

/// Updates factors of matrices of one size for one divergence.
pub(super) struct Updater {
    divergence: Divergence,
    floor: f32,
    /// The part of the divergence that depends on V alone.
    constant: f64,
    components: usize,
    /// Of the right factor R: RᵀR for β = 2, Rᵀ1 for β = 1.
    gram: Vec<f32>,
    sums: Vec<f32>,
    buffers: Mutex<Vec<Buffers>>,
}

/// Scratch memory for the products of one block.
struct Buffers {
    model: Vec<f32>,
    power: Vec<f32>,
    numerator: Vec<f32>,
    denominator: Vec<f32>,
}

impl Updater {
    /// For factors of `v` with this number of components; `floor` as in
    /// [`crate::learn::divergence::floor`].
    pub fn new(
        divergence: Divergence,
        floor: f32,
        v: &Array2<f32>,
        components: usize,
        go_on: GoOn,
    ) -> Result<Self, Cancelled> {
        let mut constant = 0.0;
        for (place, row) in v.as_slice().expect("row-major").chunks(v.ncols()).enumerate() {
            stop_unless(!place.is_multiple_of(BLOCK) || go_on())?;
            constant += divergence.constant(row);
        }
        Ok(Self {
            divergence,
            floor,
            constant,
            components,
            gram: vec![0.0; components * components],
            sums: vec![0.0; components],
            buffers: Mutex::new(Vec::new()),
        })
    }

    /// Updates the columns of `left` that are not fixed. Returns the divergence before the
    /// update, if requested.
    pub fn update(
        &mut self,
        v: &Array2<f32>,
        left: &mut Array2<f32>,
        right: &Array2<f32>,
        update: Update,
        progress: Progress,
    ) -> Result<f64, Cancelled> {
        self.prepare(right);
        let (columns, components) = (v.ncols(), self.components);
        let rows = v.as_slice().expect("row-major").chunks(BLOCK * columns);
        let blocks = left.as_slice_mut().expect("row-major").chunks_mut(BLOCK * components);
        let right = matrix_of(right);
        let update_block = |(left, v): (&mut [f32], &[f32])| {
            let mut buffers = self.take_buffers();
            let value = match self.divergence {
                Divergence::Euclidean => self.euclidean_block(v, left, right, update, &mut buffers),
                _ => self.block(v, left, right, update, &mut buffers),
            };
            self.buffers.lock().expect("no panic while held").push(buffers);
            value
        };
        // Two products, and the weights of every entry.
        let cost = BLOCK * columns * (2 * components + WEIGHING);
        let values = map_in_groups(blocks.zip(rows).collect(), cost, update_block, progress)?;
        Ok(self.constant + values.iter().sum::<f64>())
    }

    /// Prepares what all blocks need of the right factor.
    fn prepare(&mut self, right: &Array2<f32>) {
        match self.divergence {
            Divergence::Euclidean => {
                let gram = matrix_mut(&mut self.gram, self.components, self.components);
                let right = matrix_of(right);
                multiply(gram, right.transpose(), right);
            }
            Divergence::KullbackLeibler => {
                self.sums.fill(0.0);
                for row in right.rows() {
                    self.sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                }
            }
            _ => {}
        }
    }

    /// Numerator (v ∘ x^(β-2)) R and denominator x^(β-1) R with x = L Rᵀ, computed in
    /// strips of columns.
    fn block(
        &self,
        v: &[f32],
        left: &mut [f32],
        right: MatRef<f32>,
        update: Update,
        buffers: &mut Buffers,
    ) -> f64 {
        let (columns, components) = (right.nrows(), self.components);
        let (rows, free) = (left.len() / components, components - update.fixed);
        let Buffers { model, power, numerator, denominator } = buffers;
        numerator.fill(0.0);
        denominator.fill(0.0);
        let mut value = 0.0;
        for first in (0..columns).step_by(STRIP) {
            let width = STRIP.min(columns - first);
            let right = right.subrows(first, width);
            multiply(
                matrix_mut(model, rows, width),
                matrix(left, rows, components),
                right.transpose(),
            );
            let lines = v.chunks_exact(columns).map(|v| &v[first..first + width]);
            let lines = lines.zip(model.chunks_exact_mut(width)).zip(power.chunks_exact_mut(width));
            for ((v, x), power) in lines {
                if update.valued {
                    value += self.divergence.valued_weights(v, x, power, self.floor);
                } else {
                    self.divergence.weights(v, x, power, self.floor);
                }
            }
            let right = right.subcols(update.fixed, free);
            let product = |sums: &mut [f32], of: &[f32]| {
                let sums = matrix_mut(sums, rows, components).subcols_mut(update.fixed, free);
                add_product(sums, 1.0, matrix(of, rows, width), right);
            };
            product(numerator, model);
            if self.divergence != Divergence::KullbackLeibler {
                product(denominator, power);
            }
        }
        let Move::Multiply(relaxation) = update.by else { unreachable!("for β = 2 only") };
        let exponent = relaxation * self.divergence.exponent();
        if self.divergence == Divergence::KullbackLeibler {
            let rows = denominator.chunks_exact_mut(components);
            rows.for_each(|row| row.copy_from_slice(&self.sums));
        }
        scale(left, [numerator, denominator], components, update.fixed, exponent);
        value
    }

    /// Numerator V R and denominator L RᵀR: the product L Rᵀ is never formed.
    fn euclidean_block(
        &self,
        v: &[f32],
        left: &mut [f32],
        right: MatRef<f32>,
        update: Update,
        buffers: &mut Buffers,
    ) -> f64 {
        let (columns, components) = (right.nrows(), self.components);
        let rows = left.len() / components;
        let Buffers { numerator, denominator, .. } = buffers;
        multiply(matrix_mut(numerator, rows, components), matrix(v, rows, columns), right);
        let gram = matrix(&self.gram, components, components);
        if update.valued || update.by != Move::Project {
            let left = matrix(left, rows, components);
            multiply(matrix_mut(denominator, rows, components), left, gram);
        }
        let terms = left.iter().zip(&*numerator).zip(&*denominator);
        let value = terms.map(|((l, n), d)| f64::from(*l) * (f64::from(*d) - 2.0 * f64::from(*n)));
        let value = if update.valued { value.sum::<f64>() / 2.0 } else { 0.0 };
        match update.by {
            Move::Project => hals::project(left, numerator, &self.gram, update.fixed),
            Move::Multiply(relaxation) => {
                scale(left, [numerator, denominator], components, update.fixed, relaxation);
            }
        }
        value
    }

    fn take_buffers(&self) -> Buffers {
        let spare = self.buffers.lock().expect("no panic while held").pop();
        spare.unwrap_or_else(|| {
            let model = if self.divergence == Divergence::Euclidean { 0 } else { BLOCK * STRIP };
            Buffers {
                model: vec![0.0; model],
                power: vec![0.0; model],
                numerator: vec![0.0; BLOCK * self.components],
                denominator: vec![0.0; BLOCK * self.components],
            }
        })
    }
}

/// left ∘ (numerator / denominator)^exponent in the columns of `left` from `fixed` on; rows
/// of all three have the same length.
#[multiversion(targets = "simd")]
fn scale(
    left: &mut [f32],
    [numerator, denominator]: [&[f32]; 2],
    columns: usize,
    fixed: usize,
    exponent: f32,
) {
    let parts = numerator.chunks_exact(columns).zip(denominator.chunks_exact(columns));
    for (left, (numerator, denominator)) in left.chunks_exact_mut(columns).zip(parts) {
        let quotients = numerator[fixed..].iter().zip(&denominator[fixed..]);
        let quotients = quotients.map(|(n, d)| n / d.max(TINY));
        let parts = left[fixed..].iter_mut().zip(quotients);
        let scaled = |x: f32, factor: f32| if x * factor < VANISHED { 0.0 } else { x * factor };
        if exponent == 1.0 {
            parts.for_each(|(x, quotient)| *x = scaled(*x, quotient));
        } else if exponent == 0.5 {
            parts.for_each(|(x, quotient)| *x = scaled(*x, quotient.sqrt()));
        } else {
            parts.for_each(|(x, quotient)| {
                // Clamped to the range of `pow`.
                *x = scaled(*x, pow(quotient.clamp(TINY, 1.0 / TINY), exponent));
            });
        }
    }
}
