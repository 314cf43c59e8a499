//! Powers without calls to a mathematics library, which are not vectorised and differ
//! between machines.

use crate::math::engine_pow;

/// Raises every value, 0 or more, to `exponent`. Multiples of a quarter between 1 and 2 use
/// square roots and are exact except for rounding; others are within 1e-5. Meant to be
/// inlined into a loop.
#[inline(always)]
pub fn positive_power(values: &mut [f32], exponent: f32) {
    if exponent == 1.0 {
    } else if exponent == 1.25 {
        values.iter_mut().for_each(|x| *x *= x.sqrt().sqrt());
    } else if exponent == 1.5 {
        values.iter_mut().for_each(|x| *x *= x.sqrt());
    } else if exponent == 1.75 {
        for x in values {
            let root = x.sqrt();
            *x *= root * root.sqrt();
        }
    } else if exponent == 2.0 {
        values.iter_mut().for_each(|x| *x *= *x);
    } else {
        values.iter_mut().for_each(|x| *x = engine_pow(*x, exponent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_powers() {
        for exponent in [1.0, 1.25, 1.5, 1.75, 2.0, 1.8, 0.6] {
            let mut values: Vec<f32> = (-300..300).map(|i| 1.07f32.powi(i)).collect();
            let exact: Vec<f64> =
                values.iter().map(|x| f64::from(*x).powf(f64::from(exponent))).collect();
            positive_power(&mut values, exponent);
            for (value, exact) in values.iter().zip(exact) {
                assert!((f64::from(*value) - exact).abs() <= 1e-5 * exact, "{value} {exact}");
            }
            let mut zero = [0.0f32];
            positive_power(&mut zero, exponent);
            assert!(zero[0].abs() < 1e-20);
        }
    }
}
