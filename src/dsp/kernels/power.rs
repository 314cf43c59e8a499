//! Powers, without calls to a mathematics library: those are not vectorised and
//! differ from machine to machine.

/// Raises every value, 0 or more, to `exponent`. Multiples of a quarter between
/// 1 and 2 go through square roots and are exact but for rounding; others are
/// within 1e-5. To be compiled into a loop.
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
        values.iter_mut().for_each(|x| *x = exp2(exponent * log2(*x)));
    }
}

/// Logarithm to base 2 of a normal float; about -127 for less.
#[inline(always)]
fn log2(x: f32) -> f32 {
    // Mantissa between √½ and √2.
    const ROOT_HALF: i32 = 0x3f35_04f3;
    let bits = x.to_bits() as i32 - ROOT_HALF;
    let exponent = bits >> 23;
    let mantissa = f32::from_bits(((bits & 0x007f_ffff) + ROOT_HALF) as u32);
    // log₂ m = 2/ln 2 · artanh((m-1)/(m+1)), by its series.
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let t2 = t * t;
    let series = 2.885_39 + t2 * (0.961_796_7 + t2 * (0.577_078 + t2 * 0.412_198_6));
    exponent as f32 + t * series
}

/// 2 to the power of `x`, between the smallest and the largest normal float.
#[inline(always)]
fn exp2(x: f32) -> f32 {
    let x = x.clamp(-126.0, 127.0);
    // Adding 1.5 · 2²³ rounds to whole numbers and leaves them in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let rounded = x + ROUND;
    let f = x - (rounded - ROUND);
    // Taylor's series of 2^f, |f| ≤ ½.
    let series = 1.0
        + f * (std::f32::consts::LN_2
            + f * (0.240_226_5
                + f * (0.055_504_11
                    + f * (0.009_618_129 + f * (0.001_333_355_8 + f * 0.000_154_035_3)))));
    series * f32::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23))
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
