//! Masks: which share of every bin belongs to which source. This is the one
//! place where opinions on it are weighed.

use super::kernels::{self, Lanes};

/// A share this small of the loudest bin is given to every source alike (or
/// to the rest, where there is one), so that shares are defined, and sum to 1,
/// where no model has anything.
const FALLBACK: f32 = 1e-12;

/// Turns source models into shares: `M_s = V_s^p / Σ V^p`, in place.
///
/// `models`: sources × bins, all small by the same `scale`. `rest`: the source that takes
/// what no model explains.
/// Returns nothing but shares that sum to 1 in every bin. `sum` is scratch, as long as the model of a source.
pub fn from_models(
    models: &mut [Lanes],
    (scale, exponent): (f32, f32),
    rest: Option<usize>,
    sum: &mut [Lanes],
) {
    kernels::normalise(models, (scale, exponent), (FALLBACK, 1e-30), rest, sum);
}

/// Weighs a second opinion in, whoever made it: `shares ← (1 - weight) · shares + weight · other`
/// (a linear opinion pool), which sums to 1 where both do. Both sources × bins.
pub fn pool(shares: &mut [Lanes], other: &[Lanes], weight: f32) {
    for (share, other) in shares.as_flattened_mut().iter_mut().zip(other.as_flattened()) {
        *share += weight * (other - *share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Models 1 : 4 and 0 : 0 in the first two bins.
    fn models() -> Vec<Lanes> {
        let mut values = vec![Lanes::default(); 2];
        values[0][0] = 1.0;
        values[1][0] = 4.0;
        values
    }

    fn first_two(values: &[Lanes]) -> [f32; 4] {
        [values[0][0], values[0][1], values[1][0], values[1][1]]
    }

    #[test]
    fn shares_are_powers_of_the_models_and_sum_to_one() {
        let mut values = models();
        from_models(&mut values, (1.0, 1.5), None, &mut [Lanes::default()]);
        for (share, expected) in first_two(&values).iter().zip([1.0 / 9.0, 0.5, 8.0 / 9.0, 0.5]) {
            assert!((share - expected).abs() < 1e-6, "{values:?}");
        }
    }

    #[test]
    fn what_no_model_explains_goes_to_the_rest() {
        let mut values = models();
        from_models(&mut values, (1.0, 1.0), Some(0), &mut [Lanes::default()]);
        assert_eq!([values[0][1], values[1][1]], [1.0, 0.0]);
    }

    #[test]
    fn a_second_opinion_counts_by_its_weight() {
        let mut first = models();
        from_models(&mut first, (1.0, 1.0), None, &mut [Lanes::default()]);
        let mut second = models();
        [second[0][0], second[0][1], second[1][0], second[1][1]] = [1.0, 0.2, 0.0, 0.8];
        pool(&mut first, &second, 0.25);
        for (share, expected) in first_two(&first).iter().zip([0.4, 0.425, 0.6, 0.575]) {
            assert!((share - expected).abs() < 1e-6, "{first:?}");
        }
    }
}
