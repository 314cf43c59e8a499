//! Masks: which share of every bin belongs to which source. This is the one
//! place where opinions on it are weighed.

use super::kernels;

/// A share this small of the loudest model is given to every source alike (or
/// to the rest, where there is one), so that shares are defined, and sum to 1,
/// where no model has anything.
const FALLBACK: f32 = 1e-12;

/// Turns source models into shares: `M_s = V_s^p / Σ V^p`, in place.
///
/// `models`: sources × `bins`. `rest`: the source that takes what no model
/// explains. Returns nothing but shares that sum to 1 in every bin.
pub fn shares(models: &mut [f32], bins: usize, exponent: f32, rest: Option<usize>) {
    kernels::power(models, exponent);
    normalise(models, bins, rest);
}

/// Weighs several opinions: the shares become `Π_o (M_o)^(w_o)`, normalised (a
/// logarithmic opinion pool). `shares` holds the first opinion, of weight
/// `1 - weight`; `other` the second. Both sources × `bins`.
pub fn pool(shares: &mut [f32], other: &[f32], weight: f32, bins: usize, rest: Option<usize>) {
    for (share, other) in shares.iter_mut().zip(other) {
        let logarithm = (1.0 - weight) * share.max(1e-9).ln() + weight * other.max(1e-9).ln();
        *share = logarithm.exp();
    }
    normalise(shares, bins, rest);
}

fn normalise(values: &mut [f32], bins: usize, rest: Option<usize>) {
    let sources = values.len() / bins;
    let peak = values.iter().copied().fold(0.0, f32::max);
    let floor = (peak * FALLBACK).max(1e-30);
    for bin in 0..bins {
        match rest {
            Some(rest) => values[rest * bins + bin] += floor,
            None => (0..sources).for_each(|s| values[s * bins + bin] += floor),
        }
        let sum: f32 = (0..sources).map(|s| values[s * bins + bin]).sum();
        (0..sources).for_each(|s| values[s * bins + bin] /= sum);
    }
}
