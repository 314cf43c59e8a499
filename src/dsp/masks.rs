//! Masks: each source's portion of every bin.

use super::kernels::{self, Lanes};

/// Relative to the loudest bin: this much is added to every source (or only to the rest, if
/// there is one), so that masks are defined and sum to 1 where all models are 0.
const FALLBACK: f32 = 1e-12;

/// The smallest sum of models used as a divisor.
const SMALLEST_SUM: f32 = 1e-30;

/// The power to which models are raised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Power {
    /// Models are multiplied by this first.
    pub scale: f32,
    pub exponent: f32,
}

/// Converts the models of the sources to masks, `M_s = V_s^p / Σ V^p`, in place.
///
/// `models`: sources × mask bins, all scaled down by the same factor; the masks sum to 1 in
/// every one. `rest`: the source that gets what no model explains. `sum` is scratch with
/// the size of one source's model.
pub fn from_models(models: &mut [Lanes], power: Power, rest: Option<usize>, sum: &mut [Lanes]) {
    let floor = kernels::Floor { of_peak: FALLBACK, least: SMALLEST_SUM };
    kernels::normalise(models, power.scale, power.exponent, floor, rest, sum);
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

    fn power(exponent: f32) -> Power {
        Power { scale: 1.0, exponent }
    }

    #[test]
    fn masks_are_powers_of_the_models_and_sum_to_one() {
        let mut values = models();
        from_models(&mut values, power(1.5), None, &mut [Lanes::default()]);
        for (mask, expected) in first_two(&values).iter().zip([1.0 / 9.0, 0.5, 8.0 / 9.0, 0.5]) {
            assert!((mask - expected).abs() < 1e-6, "{values:?}");
        }
    }

    #[test]
    fn what_no_model_explains_goes_to_the_rest() {
        let mut values = models();
        from_models(&mut values, power(1.0), Some(0), &mut [Lanes::default()]);
        assert_eq!([values[0][1], values[1][1]], [1.0, 0.0]);
    }
}
