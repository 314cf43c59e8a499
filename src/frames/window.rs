//! Analysis and synthesis windows. All are periodic: `w(n) = w(N - n)`, never
//! with both ends equal, so that shifted copies add up exactly.

use std::f64::consts::PI;

/// Periodic Hann: `½ - ½ cos(2πn/N)`.
pub fn hann(size: usize) -> Vec<f32> {
    (0..size).map(|n| hann_at(n, size) as f32).collect()
}

/// Square root of the periodic Hann; its square sums to a constant at hops of
/// `N/2`, `N/4`, ….
pub fn root_hann(size: usize) -> Vec<f32> {
    (0..size).map(|n| hann_at(n, size).sqrt() as f32).collect()
}

/// A long rise and a short fall, so that a frame weighs what came last: sin²
/// over the first `size - fall` samples, then a quarter cosine over `fall`.
///
/// After the asymmetric windows of Mauler & Martin, "A low delay, variable
/// resolution, perfect reconstruction spectral analysis-synthesis system for
/// speech enhancement", EUSIPCO 2007.
pub fn asymmetric(size: usize, fall: usize) -> Vec<f32> {
    let rise = size - fall;
    let rising = (0..rise).map(|n| (PI / 2.0 * (n as f64 + 0.5) / rise as f64).sin().powi(2));
    let falling = (0..fall).map(|n| (PI / 2.0 * (n as f64 + 0.5) / fall as f64).cos());
    rising.chain(falling).map(|w| w as f32).collect()
}

fn hann_at(n: usize, size: usize) -> f64 {
    0.5 - 0.5 * (2.0 * PI * n as f64 / size as f64).cos()
}
