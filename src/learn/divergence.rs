//! β-divergence: the distance of W H from V, and the update terms that reduce it.
//!
//! Definitions as in Févotte & Idier, "Algorithms for nonnegative matrix
//! factorization with the β-divergence", Neural Computation 23(9), 2011:
//! β = 2 is half the squared Euclidean distance, 1 the generalised
//! Kullback-Leibler divergence and 0 the Itakura-Saito divergence.

use multiversion::multiversion;
use ndarray::{ArrayView2, Axis};

use super::arithmetic::pointwise::{replace_and_sum, sum_of};
use super::arithmetic::product::{matrix, matrix_mut, multiply, row_major};
use super::progress::stop_unless;
use super::{Cancelled, Progress};
use crate::divergence::Divergence;
use crate::math::{ln, pow};

/// Rows multiplied at a time.
const BLOCK: usize = 64;

impl Divergence {
    /// Σ d_β(V | W H), with `v` bins × frames, `w` bins × components and `h` components ×
    /// frames. Entries below a small floor are raised to it: in `v` only where the
    /// divergence of 0 is infinite (β = 0), in W H always. Terms are single-precision: for
    /// an almost exact fit, the rounding error is about 1e-7 of Σ V^β.
    pub fn value(self, v: ArrayView2<f32>, w: ArrayView2<f32>, h: ArrayView2<f32>) -> f64 {
        self.value_above(floor(v), v, w, h, &mut |_| true)
            .unwrap_or_else(|_| unreachable!("not stopped"))
    }

    /// [`value`](Self::value) with a known floor, unless `progress` stops it.
    pub(super) fn value_above(
        self,
        floor: f32,
        v: ArrayView2<f32>,
        w: ArrayView2<f32>,
        h: ArrayView2<f32>,
        progress: Progress,
    ) -> Result<f64, Cancelled> {
        let (w, h) = (row_major(w), row_major(h));
        let (components, frames) = h.dim();
        let h = matrix(h.as_slice().expect("row-major"), components, frames);
        let mut model = vec![0.0; BLOCK * frames];
        let mut row_of_v = vec![0.0; frames];
        let mut sum = 0.0;
        let blocks = v.axis_chunks_iter(Axis(0), BLOCK).zip(w.axis_chunks_iter(Axis(0), BLOCK));
        let count = blocks.len();
        for (place, (v, w)) in blocks.enumerate() {
            stop_unless(progress(place as f32 / count as f32))?;
            let w = matrix(w.to_slice().expect("row-major"), v.nrows(), components);
            multiply(matrix_mut(&mut model, v.nrows(), frames), w, h);
            for (v, model) in v.rows().into_iter().zip(model.chunks_exact(frames.max(1))) {
                row_of_v.iter_mut().zip(v).for_each(|(out, x)| *out = self.floored(*x, floor));
                sum += self.value_of(&row_of_v, model, floor);
            }
        }
        Ok(sum.max(0.0))
    }

    /// An entry of V with the floor applied where needed.
    pub(super) fn floored(self, v: f32, floor: f32) -> f32 {
        if self == Divergence::ItakuraSaito { v.max(floor) } else { v }
    }

    /// Σ d_β(v | x) over equally long slices.
    pub(super) fn value_of(self, v: &[f32], x: &[f32], floor: f32) -> f64 {
        match self {
            Divergence::KullbackLeibler => kullback_leibler(v, x, floor),
            Divergence::Euclidean => euclidean(v, x),
            Divergence::ItakuraSaito => itakura_saito(v, x, floor),
            Divergence::Beta(beta) => general(v, x, beta, floor),
        }
    }

    /// Replaces W H by the factors of the update: v·x^(β-2), for the numerator, in `x`, and
    /// x^(β-1), for the denominator, in `power` (not written for β = 1, where it is 1).
    pub(super) fn weights(self, v: &[f32], x: &mut [f32], power: &mut [f32], floor: f32) {
        match self {
            Divergence::KullbackLeibler => ratio_weights(v, x, floor),
            Divergence::ItakuraSaito => inverse_weights(v, x, power, floor),
            _ => {
                power_weights(v, x, power, self.beta(), floor);
            }
        }
    }

    /// [`weights`](Self::weights), and Σ d_β(v | x) minus the [`constant`](Self::constant).
    pub(super) fn valued_weights(
        self,
        v: &[f32],
        x: &mut [f32],
        power: &mut [f32],
        floor: f32,
    ) -> f64 {
        match self {
            Divergence::Beta(beta) => power_weights(v, x, power, beta, floor),
            Divergence::KullbackLeibler => valued_ratio_weights(v, x, floor),
            Divergence::ItakuraSaito => valued_inverse_weights(v, x, power, floor),
            Divergence::Euclidean => {
                let value = euclidean(v, x);
                self.weights(v, x, power, floor);
                value
            }
        }
    }

    /// Constant terms, which depend on V alone.
    pub(super) fn constant(self, v: &[f32]) -> f64 {
        match self {
            Divergence::Euclidean => euclidean(v, &vec![0.0; v.len()]),
            Divergence::Beta(beta) => powers(v, beta) / f64::from(beta * (beta - 1.0)),
            _ => 0.0,
        }
    }
}

/// The level below which an entry counts as 0: the `f32` epsilon for a V with a mean of 1,
/// so that results do not depend on the loudness of a clip.
pub fn floor(v: ArrayView2<f32>) -> f32 {
    let sum: f64 = v.iter().map(|&x| f64::from(x)).sum();
    (f64::from(f32::EPSILON) * sum / v.len().max(1) as f64).max(1e-30) as f32
}

#[multiversion(targets = "simd")]
fn ratio_weights(v: &[f32], x: &mut [f32], floor: f32) {
    for (x, v) in x.iter_mut().zip(v) {
        *x = v / x.max(floor);
    }
}

#[multiversion(targets = "simd")]
fn valued_ratio_weights(v: &[f32], x: &mut [f32], floor: f32) -> f64 {
    replace_and_sum(v, x, |v, x| {
        let ratio = v / x.max(floor);
        (ratio, kullback_leibler_term(v, x, ratio))
    })
}

#[multiversion(targets = "simd")]
fn inverse_weights(v: &[f32], x: &mut [f32], power: &mut [f32], floor: f32) {
    for ((x, v), power) in x.iter_mut().zip(v).zip(power) {
        *power = 1.0 / x.max(floor);
        *x = v * *power * *power;
    }
}

#[multiversion(targets = "simd")]
fn valued_inverse_weights(v: &[f32], x: &mut [f32], power: &mut [f32], floor: f32) -> f64 {
    for ((x, v), power) in x.iter_mut().zip(v).zip(&mut *power) {
        *power = 1.0 / x.max(floor);
        *x = v * *power;
    }
    replace_and_sum(power, x, |inverse, ratio| (ratio * inverse, itakura_saito_term(ratio)))
}

/// Sums the terms of d_β(v | x) that contain x.
#[multiversion(targets = "simd")]
fn power_weights(v: &[f32], x: &mut [f32], power: &mut [f32], beta: f32, floor: f32) -> f64 {
    const STRIP: usize = 256;
    let mut terms = [0.0; STRIP];
    let mut sum = 0.0;
    let strips = v.chunks(STRIP).zip(x.chunks_mut(STRIP)).zip(power.chunks_mut(STRIP));
    for ((v, x), power) in strips {
        let terms = &mut terms[..v.len()];
        for (((x, v), power), term) in x.iter_mut().zip(v).zip(power).zip(&mut *terms) {
            let model = x.max(floor);
            *power = pow(model, beta - 1.0);
            *term = ((beta - 1.0) * model - beta * v) * *power;
            *x = v * *power / model;
        }
        sum += sum_of(terms, terms, |term, _| term);
    }
    sum / f64::from(beta * (beta - 1.0))
}

/// Σ v^β.
#[multiversion(targets = "simd")]
fn powers(v: &[f32], beta: f32) -> f64 {
    sum_of(v, v, |v, _| if v > 0.0 { pow(v, beta) } else { 0.0 })
}

#[multiversion(targets = "simd")]
fn kullback_leibler(v: &[f32], x: &[f32], floor: f32) -> f64 {
    sum_of(v, x, |v, x| kullback_leibler_term(v, x, v / x.max(floor)))
}

#[inline(always)]
fn kullback_leibler_term(v: f32, x: f32, ratio: f32) -> f32 {
    // The smallest normal number replaces 0, whose term is 0 · ln 0 = 0.
    v * ln(ratio.max(f32::MIN_POSITIVE)) - v + x
}

#[multiversion(targets = "simd")]
fn euclidean(v: &[f32], x: &[f32]) -> f64 {
    sum_of(v, x, |v, x| 0.5 * (v - x) * (v - x))
}

#[multiversion(targets = "simd")]
fn itakura_saito(v: &[f32], x: &[f32], floor: f32) -> f64 {
    sum_of(v, x, |v, x| itakura_saito_term(v / x.max(floor)))
}

#[inline(always)]
fn itakura_saito_term(ratio: f32) -> f32 {
    ratio - ln(ratio) - 1.0
}

#[multiversion(targets = "simd")]
fn general(v: &[f32], x: &[f32], beta: f32, floor: f32) -> f64 {
    let scale = 1.0 / (beta * (beta - 1.0));
    sum_of(v, x, |v, x| {
        let x = x.max(floor);
        let v_power = if v > 0.0 { pow(v, beta) } else { 0.0 };
        (v_power + ((beta - 1.0) * x - beta * v) * pow(x, beta - 1.0)) * scale
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    /// d_β(v | x) as Févotte & Idier define it.
    fn defined(beta: f64, v: f64, x: f64) -> f64 {
        if beta == 0.0 {
            v / x - (v / x).ln() - 1.0
        } else if beta == 1.0 {
            if v > 0.0 { v * (v / x).ln() - v + x } else { x }
        } else {
            (v.powf(beta) + (beta - 1.0) * x.powf(beta) - beta * v * x.powf(beta - 1.0))
                / (beta * (beta - 1.0))
        }
    }

    #[test]
    fn value_is_the_sum_of_the_definition() {
        let v = array![[0.0, 3.0, 1e-3], [2.0, 0.5, 40.0]];
        let (w, h) = (array![[1.0, 0.2], [0.3, 2.0]], array![[1.0, 0.0, 7.0], [0.5, 2.0, 3.0]]);
        let floor = f64::from(floor(v.view()));
        let model: Array2<f32> = w.dot(&h);
        for beta in [0.0, 0.3, 0.5, 1.0, 1.5, 1.9, 2.0] {
            let value = Divergence::from_beta(beta).unwrap().value(v.view(), w.view(), h.view());
            let beta = f64::from(beta);
            let expected: f64 = v
                .iter()
                .map(|&v| if beta == 0.0 { f64::from(v).max(floor) } else { f64::from(v) })
                .zip(&model)
                .map(|(v, &x)| defined(beta, v, f64::from(x)))
                .sum();
            assert!((value / expected - 1.0).abs() < 1e-6, "{beta}: {value}, {expected}");
        }
    }
}
