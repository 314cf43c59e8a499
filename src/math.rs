//! Logarithms and powers that the compiler can turn into vector code: the
//! library's are calls, one number at a time, and would take most of the time
//! of a factorisation. For positive, normal numbers; relative errors stay below
//! 4e-7 (logarithm, absolute near 1) and 2e-5 (powers, at the ends of the range).

/// x = 2^e m with m from √½ to √2: e and ln m.
#[inline(always)]
fn split(x: f32) -> (f32, f32) {
    const ROOT_HALF: u32 = std::f32::consts::FRAC_1_SQRT_2.to_bits();
    let bits = x.to_bits();
    let exponent = (bits.wrapping_sub(ROOT_HALF) as i32) >> 23;
    let t = f32::from_bits(bits.wrapping_sub((exponent << 23) as u32)) - 1.0;
    // ln (1 + t) = t - t²/2 + t³ P(t), with the P whose largest relative error
    // over this range is least (found by reweighted least squares): 3e-8.
    let tail = 0.149_147_69 + t * (-0.142_674_86 + t * 0.087_004_31);
    let series =
        0.333_339_1 + t * (-0.250_013_38 + t * (0.199_630_64 + t * (-0.165_775_85 + t * tail)));
    let square = t * t;
    (exponent as f32, t + (square * t * series - 0.5 * square))
}

/// log₂ x.
#[inline(always)]
pub fn log2(x: f32) -> f32 {
    let (exponent, ln) = split(x);
    exponent + ln * std::f32::consts::LOG2_E
}

/// ln x.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    let (exponent, ln) = split(x);
    exponent * std::f32::consts::LN_2 + ln
}

/// 2^y, for results that are normal numbers; beyond, the nearest of those.
#[inline(always)]
pub fn exp2(y: f32) -> f32 {
    let y = y.clamp(-126.0, 127.0);
    // Added, this leaves no bits behind the point: the low bits are the whole
    // number, which a conversion to `i32` would keep from becoming vector code.
    const NO_FRACTION: f32 = 1.5 * (1 << 23) as f32;
    let shifted = y + NO_FRACTION;
    let whole = shifted - NO_FRACTION;
    // Taylor series of e^z, |z| ≤ ln 2 / 2.
    let z = (y - whole) * std::f32::consts::LN_2;
    let tail = 1.0 / 24.0 + z * (1.0 / 120.0 + z * (1.0 / 720.0 + z * (1.0 / 5040.0)));
    let series = 1.0 + z * (1.0 + z * (0.5 + z * (1.0 / 6.0 + z * tail)));
    series * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// x^p.
#[inline(always)]
pub fn pow(x: f32, p: f32) -> f32 {
    exp2(p * log2(x))
}

/// x^p as the engine computes it, within 1e-5. Its bits are part of the engine's output,
/// so it stays apart from [`pow`], whose bits are part of the dictionaries.
#[inline(always)]
pub fn engine_pow(x: f32, p: f32) -> f32 {
    engine_exp2(p * engine_log2(x))
}

/// Logarithm to base 2 of a normal float; about -127 for less.
#[inline(always)]
fn engine_log2(x: f32) -> f32 {
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
fn engine_exp2(x: f32) -> f32 {
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
    fn agree_with_the_library() {
        for i in -4000..4000 {
            let x = 2.0_f32.powf(i as f32 * 0.0101) * 1.0003;
            assert!((log2(x) - x.log2()).abs() < 4e-7 * x.log2().abs().max(1.0), "log2 {x}");
            for p in [-2.0, -1.3, -0.5, 0.25, 0.7, 1.0] {
                let exact = f64::from(x).powf(f64::from(p));
                assert!((f64::from(pow(x, p)) / exact - 1.0).abs() < 2e-5, "{x}^{p}");
            }
        }
    }
}
