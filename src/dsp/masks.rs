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

/// Weighs a second opinion in, whoever made it: `shares ← (1 - weight) · shares + weight · other`
/// (a linear opinion pool), which sums to 1 where both do. Both sources × bins.
pub fn pool(shares: &mut [f32], other: &[f32], weight: f32) {
    for (share, other) in shares.iter_mut().zip(other) {
        *share += weight * (other - *share);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two bins; models 1 : 4 and 0 : 0.
    const MODELS: [f32; 4] = [1.0, 0.0, 4.0, 0.0];

    #[test]
    fn shares_are_powers_of_the_models_and_sum_to_one() {
        let mut values = MODELS;
        shares(&mut values, 2, 1.5, None);
        for (share, expected) in values.iter().zip([1.0 / 9.0, 0.5, 8.0 / 9.0, 0.5]) {
            assert!((share - expected).abs() < 1e-6, "{values:?}");
        }
    }

    #[test]
    fn what_no_model_explains_goes_to_the_rest() {
        let mut values = MODELS;
        shares(&mut values, 2, 1.0, Some(0));
        assert_eq!([values[1], values[3]], [1.0, 0.0]);
    }

    #[test]
    fn a_second_opinion_counts_by_its_weight() {
        let mut first = MODELS;
        shares(&mut first, 2, 1.0, None);
        let second = [1.0, 0.2, 0.0, 0.8];
        pool(&mut first, &second, 0.25);
        for (share, expected) in first.iter().zip([0.4, 0.425, 0.6, 0.575]) {
            assert!((share - expected).abs() < 1e-6, "{first:?}");
        }
    }
}
