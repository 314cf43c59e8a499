//! Energy ratios in dB, and the two metrics that need no filters.

/// Ratios are limited to plus and minus this many dB.
pub const MAX_DB: f64 = 300.0;

/// `10 log10(signal / error)` within ±[`MAX_DB`]: the upper limit without error; the lower
/// limit without signal, even if there is no error either.
pub(super) fn decibels(signal: f64, error: f64) -> f64 {
    if signal <= 0.0 {
        -MAX_DB
    } else if error <= 0.0 {
        MAX_DB
    } else {
        (10.0 * (signal / error).log10()).clamp(-MAX_DB, MAX_DB)
    }
}

/// Signal-to-noise ratio in dB, `‖s‖² / ‖s - ŝ‖²`, over all channels as one signal. Samples
/// past the end of the shorter one are ignored.
pub fn snr_db<A: AsRef<[f32]>, B: AsRef<[f32]>>(reference: &[A], estimate: &[B]) -> f64 {
    let signal = sum(reference, reference, |s, _| s * s);
    decibels(signal, sum(reference, estimate, |s, e| (s - e).powi(2)))
}

/// Scale-invariant signal-to-distortion ratio in dB, over all channels as one
/// signal: `‖αs‖² / ‖αs - ŝ‖²` with `α = ⟨ŝ, s⟩ / ‖s‖²` (Le Roux et al. 2019,
/// equation 2). The mean is not removed. [`MAX_DB`] below 0 for a silent
/// reference.
pub fn si_sdr_db<A: AsRef<[f32]>, B: AsRef<[f32]>>(reference: &[A], estimate: &[B]) -> f64 {
    let energy = sum(reference, reference, |s, _| s * s);
    if energy <= 0.0 {
        return -MAX_DB;
    }
    let alpha = sum(reference, estimate, |s, e| s * e) / energy;
    let error = sum(reference, estimate, |s, e| (alpha * s - e).powi(2));
    decibels(alpha * alpha * energy, error)
}

fn sum<A: AsRef<[f32]>, B: AsRef<[f32]>>(
    a: &[A],
    b: &[B],
    term: impl Fn(f64, f64) -> f64 + Copy,
) -> f64 {
    let channel = |(a, b): (&A, &B)| -> f64 {
        let pairs = a.as_ref().iter().zip(b.as_ref());
        pairs.map(|(&a, &b)| term(f64::from(a), f64::from(b))).sum()
    };
    a.iter().zip(b).map(channel).sum()
}
