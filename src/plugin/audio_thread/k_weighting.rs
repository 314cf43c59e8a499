//! K-weighting and loudness (ITU-R BS.1770-5, Annex 1): two filters that weight frequencies
//! roughly as the ear does, and the logarithm of the power behind them.

use std::f64::consts::PI;

/// The rate for which the standard has coefficients.
const STANDARD_RATE_HZ: f64 = 48_000.0;

/// The filter for the effect of the head: a shelf of 4 dB above about 1.7 kHz (Table 1).
const SHELF: Coefficients = Coefficients {
    b: [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
    a: [-1.690_659_293_182_41, 0.732_480_774_215_85],
};

/// The RLB weighting: a high-pass at about 38 Hz (Table 2).
const HIGH_PASS: Coefficients =
    Coefficients { b: [1.0, -2.0, 1.0], a: [-1.990_047_454_833_98, 0.990_072_250_366_21] };

/// States below this are set to 0: much later they would become denormals, which are slow.
const NEGLIGIBLE: f64 = 1e-30;

/// Loudness in LUFS (the standard's LKFS) of a K-weighted signal, from the sum of the channels'
/// mean squares. The constant compensates for the gain of the weighting at 997 Hz.
pub fn loudness_lufs(mean_square: f64) -> f64 {
    -0.691 + 10.0 * mean_square.log10()
}

/// The K-weighting of one channel.
#[derive(Clone)]
pub struct KWeighting {
    stages: [Biquad; 2],
}

impl KWeighting {
    pub fn new(sample_rate_hz: u32) -> Self {
        let stage = |standard: Coefficients| Biquad {
            coefficients: standard.at_rate(sample_rate_hz.into()),
            state: [0.0; 2],
        };
        Self { stages: [SHELF, HIGH_PASS].map(stage) }
    }

    /// Weights the next sample.
    #[inline]
    pub fn next(&mut self, x: f32) -> f64 {
        self.stages.iter_mut().fold(x.into(), |x, stage| stage.next(x))
    }

    /// Forgets what was before.
    pub fn reset(&mut self) {
        self.stages.iter_mut().for_each(|stage| stage.state = [0.0; 2]);
    }

    /// Ends decays that have become negligible. To be called several times per second.
    pub fn end_decays(&mut self) {
        for state in self.stages.iter_mut().flat_map(|stage| &mut stage.state) {
            if !state.is_finite() || state.abs() < NEGLIGIBLE {
                *state = 0.0;
            }
        }
    }
}

/// H(z) = (b₀ + b₁ z⁻¹ + b₂ z⁻²) / (1 + a₁ z⁻¹ + a₂ z⁻²).
#[derive(Clone, Copy, Debug)]
struct Coefficients {
    b: [f64; 3],
    a: [f64; 2],
}

impl Coefficients {
    /// The filter with the same analogue prototype at another rate. The bilinear transform
    /// s = (1 - z⁻¹) / (1 + z⁻¹) is undone at the standard's rate and repeated at the new one,
    /// with s scaled so that the corner stays where it is: it lies at s = j tan(π f / rate).
    fn at_rate(&self, rate_hz: f64) -> Self {
        let [a1, a2] = self.a;
        // Factors of s², s and 1.
        let analogue = |[c0, c1, c2]: [f64; 3]| [c0 - c1 + c2, 2.0 * (c0 - c2), c0 + c1 + c2];
        let (numerator, denominator) = (analogue(self.b), analogue([1.0, a1, a2]));
        let corner = (denominator[2] / denominator[0]).sqrt();
        let corner_hz = corner.atan() * STANDARD_RATE_HZ / PI;
        let ratio = (PI * corner_hz / rate_hz).tan() / corner;
        let digital = |[s2, s1, s0]: [f64; 3]| {
            let (s1, s0) = (s1 * ratio, s0 * ratio * ratio);
            [s2 + s1 + s0, 2.0 * (s0 - s2), s2 - s1 + s0]
        };
        let (b, [a0, a1, a2]) = (digital(numerator), digital(denominator));
        Self { b: b.map(|b| b / a0), a: [a1 / a0, a2 / a0] }
    }
}

/// A filter in transposed direct form II.
#[derive(Clone)]
struct Biquad {
    coefficients: Coefficients,
    state: [f64; 2],
}

impl Biquad {
    #[inline]
    fn next(&mut self, x: f64) -> f64 {
        let Coefficients { b, a } = &self.coefficients;
        let y = b[0] * x + self.state[0];
        self.state[0] = b[1] * x - a[0] * y + self.state[1];
        self.state[1] = b[2] * x - a[1] * y;
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < tolerance, "{found} instead of {expected}");
        }
    }

    /// Loudness of a sine at `peak` in `channels` channels, from the third second on.
    fn sine_lufs(rate_hz: u32, frequency_hz: f64, peak: f64, channels: usize) -> f64 {
        let mut filter = KWeighting::new(rate_hz);
        let step = 2.0 * PI * frequency_hz / f64::from(rate_hz);
        let second = rate_hz as usize;
        let weighted: Vec<f64> =
            (0..3 * second).map(|i| filter.next((peak * (step * i as f64).sin()) as f32)).collect();
        let sum: f64 = weighted[2 * second..].iter().map(|y| y * y).sum();
        loudness_lufs(channels as f64 * sum / second as f64)
    }

    #[test]
    fn coefficients_at_48_khz_are_the_standards() {
        for standard in [SHELF, HIGH_PASS] {
            let found = standard.at_rate(48_000.0);
            close(&found.b, &standard.b, 1e-13);
            close(&found.a, &standard.a, 1e-13);
        }
    }

    /// Those of De Man, Evaluation of implementations of the EBU R128 loudness measurement, AES
    /// 145th Convention, 2018, which libebur128 uses as well. There the high-pass has the
    /// numerator 1, -2, 1 at every rate, so that its gain depends a little on the rate.
    #[test]
    fn coefficients_at_44_100_hz_are_the_published_ones() {
        let shelf = SHELF.at_rate(44_100.0);
        close(&shelf.b, &[1.530_841_230_05, -2.650_979_995_15, 1.169_079_079_92], 1e-10);
        close(&shelf.a, &[-1.663_655_113_256_02, 0.712_595_428_073_22], 1e-12);
        let high_pass = HIGH_PASS.at_rate(44_100.0);
        close(&high_pass.a, &[-1.989_169_673_629_8, 0.989_199_035_787_04], 1e-12);
        let gain = high_pass.b[0];
        assert!((20.0 * gain.log10()).abs() < 0.005);
        close(&high_pass.b, &[gain, -2.0 * gain, gain], 1e-12);
    }

    /// BS.1770-5: a sine of 997 Hz at 0 dBFS in one channel has -3.01 LKFS.
    #[test]
    fn a_sine_at_full_scale_has_the_loudness_of_the_standard() {
        for rate_hz in [32_000, 44_100, 48_000, 88_200, 96_000, 192_000] {
            let found = sine_lufs(rate_hz, 997.0, 1.0, 1);
            assert!((found + 3.01).abs() < 0.02, "{found} LUFS at {rate_hz} Hz");
        }
        // The transform bends the shelf when its corner is near half the rate.
        let found = sine_lufs(8000, 997.0, 1.0, 1);
        assert!((found + 3.01).abs() < 0.25, "{found} LUFS at 8000 Hz");
    }

    /// EBU Tech 3341, cases 1 and 2: a stereo sine of 1 kHz with a peak of -23 dBFS has
    /// -23.0 LUFS, one of -33 dBFS -33.0 LUFS, each ±0.1 LU.
    #[test]
    fn stereo_sines_have_the_loudness_of_ebu_tech_3341() {
        for level_db in [-23.0, -33.0] {
            let found = sine_lufs(48_000, 1000.0, 10f64.powf(level_db / 20.0), 2);
            assert!((found - level_db).abs() < 0.1, "{found} LUFS");
        }
    }

    /// What the crate ebur128 expects of its own short-term loudness.
    #[test]
    fn a_low_sine_has_the_loudness_that_ebur128_finds() {
        let found = sine_lufs(48_000, 440.0, 32_766.0 / 32_768.0, 2);
        assert!((found + 0.683_458).abs() < 0.002, "{found} LUFS");
    }

    #[test]
    fn decays_end_and_faults_are_forgotten() {
        let mut filter = KWeighting::new(48_000);
        for fault in [1.0, f32::NAN] {
            filter.next(fault);
            let silent = (0..100).any(|_| {
                let last = (0..4800).map(|_| filter.next(0.0)).last();
                filter.end_decays();
                last == Some(0.0)
            });
            assert!(silent);
        }
    }
}
