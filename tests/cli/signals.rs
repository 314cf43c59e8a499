//! Test signals, and the difference between signals.

use std::path::Path;

use unbraid::audio;

/// Sample rate of synthetic signals.
pub const RATE_HZ: u32 = 8000;

pub fn mono(path: impl AsRef<Path>) -> Vec<f32> {
    let clip = audio::read(path).unwrap();
    assert_eq!(clip.channels.len(), 1);
    clip.channels.into_iter().next().unwrap()
}

/// The sum of signals in 64 bits.
pub fn sum(signals: &[Vec<f32>]) -> Vec<f64> {
    let mut sum = vec![0.0; signals[0].len()];
    for signal in signals {
        assert_eq!(signal.len(), sum.len());
        sum.iter_mut().zip(signal).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    sum
}

/// Largest difference of two signals in dB below full scale.
pub fn difference_dbfs(a: &[f64], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let largest = a.iter().zip(b).map(|(a, b)| (a - f64::from(*b)).abs()).fold(0.0, f64::max);
    20.0 * largest.log10()
}
