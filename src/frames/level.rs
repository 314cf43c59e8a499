//! Which samples are valid, and the levels at which spectra can be squared and summed.

/// Louder samples are limited to this, so that gains and sums of sources stay finite.
const MAX_SAMPLE: f32 = power_of_two(100);

/// Frames with a sample beyond this are scaled down. It is above every integer format, so that
/// no recording is scaled in one passage and not in another.
pub const MAX_LEVEL: f32 = power_of_two(32);

/// The peak of a frame that is scaled down, leaving room for louder ones.
const SCALED: f32 = power_of_two(16);

/// A scale that makes frames softer than this no longer suits.
const MIN_LEVEL: f32 = 1.0 / power_of_two(24);

/// The sample if it is valid: silence in place of what is not finite.
pub fn valid(x: f32) -> f32 {
    if x.is_finite() { x.clamp(-MAX_SAMPLE, MAX_SAMPLE) } else { 0.0 }
}

/// The power of two by which a frame with this peak is divided, so that squared magnitudes and
/// their sums stay far from the largest float: 1 for all but absurd levels. The `current` one
/// is kept as long as it suits.
pub fn divisor(peak: f32, current: f32) -> f32 {
    let scaled = peak / current;
    let suits = scaled < MAX_LEVEL && (current == 1.0 || peak == 0.0 || scaled >= MIN_LEVEL);
    if suits {
        current
    } else if peak < MAX_LEVEL {
        1.0
    } else {
        f32::from_bits(peak.to_bits() & EXPONENT) / SCALED
    }
}

/// The exponent of a positive float; the other bits of a power of two are 0.
const EXPONENT: u32 = 0x7f80_0000;

const fn power_of_two(exponent: u32) -> f32 {
    f32::from_bits((127 + exponent) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_level_is_brought_into_range_by_a_power_of_two() {
        for exponent in -149..=127 {
            let peak = 1.7 * 2f32.powi(exponent);
            let from_one = divisor(peak, 1.0);
            assert_eq!(from_one.to_bits() & !EXPONENT, 0, "a power of two");
            assert!(peak / from_one < MAX_LEVEL);
            // Loudness changes without a change of scale.
            assert_eq!(divisor(peak / 1000.0, from_one), from_one);
            assert_eq!(divisor(0.0, from_one), from_one);
            let louder = (peak * 1000.0).min(f32::MAX);
            assert!(divisor(louder, from_one) == from_one || from_one == 1.0);
        }
        assert_eq!(divisor(8_388_608.0, 1.0), 1.0);
        assert_eq!(divisor(0.5, divisor(1e30, 1.0)), 1.0);
    }

    #[test]
    fn only_what_is_not_finite_is_silence() {
        assert_eq!([f32::NAN, f32::INFINITY, f32::NEG_INFINITY].map(valid), [0.0; 3]);
        assert_eq!([-1e30, 8_388_608.0, 1e-30].map(valid), [-1e30, 8_388_608.0, 1e-30]);
        assert!(valid(f32::MAX) < f32::MAX / 100.0);
    }
}
