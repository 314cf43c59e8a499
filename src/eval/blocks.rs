//! Correlation and filtering of long signals in FFT blocks, so that time and memory grow
//! with the length of the audio and the number of lags, instead of requiring one FFT of
//! everything.
//!
//! A block is [`BLOCK`] samples, of which the first [`HISTORY`] repeat the previous block:
//! the past samples that a filter of [`TAPS`] taps needs.

use std::sync::Arc;

use realfft::num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::work::EvaluationWork;
use super::{EvalError, TAPS};

const BLOCK: usize = 8192;
pub(super) const HISTORY: usize = TAPS - 1;
/// Samples that each block adds.
pub(super) const ADVANCE: usize = BLOCK - HISTORY;

pub(super) type Spectrum = Vec<Complex64>;

/// Plans for blocks; cheap to clone.
#[derive(Clone)]
pub(super) struct Blocks {
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
}

impl Blocks {
    pub fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        Self { forward: planner.plan_fft_forward(BLOCK), inverse: planner.plan_fft_inverse(BLOCK) }
    }

    /// First new sample of each block that a signal of `len` samples takes.
    pub fn starts(len: usize) -> impl Iterator<Item = usize> {
        (0..len).step_by(ADVANCE)
    }

    /// Products of each signal with delayed copies of each of the others: `[i][j][lag] =
    /// Σ_n signals[i](n) · others[j](n - lag)` for lags below [`TAPS`]. Signals are zero
    /// outside their samples. Counts the samples of all `signals` as work.
    ///
    /// # Errors
    /// If the caller asks to stop.
    pub fn products(
        &self,
        signals: &[&[f32]],
        others: &[&[f32]],
        work: &EvaluationWork,
    ) -> Result<Vec<Vec<Vec<f64>>>, EvalError> {
        let len = signals.iter().map(|x| x.len()).max().unwrap_or(0);
        let zero = || self.forward.make_output_vec();
        let mut sums = vec![vec![zero(); others.len()]; signals.len()];
        for start in Self::starts(len) {
            let past: Vec<_> = others.iter().map(|x| self.spectrum(x, start, 0)).collect();
            for (signal, sums) in signals.iter().zip(&mut sums) {
                let new = self.spectrum(signal, start, HISTORY);
                for (past, sum) in past.iter().zip(sums) {
                    add_product(sum, &new, past, |x, y| x * y.conj());
                }
            }
            work.advance((signals.len() * ADVANCE) as f64)?;
        }
        let lags = |sum: &mut Spectrum| {
            let mut lags = self.samples(sum);
            lags.truncate(TAPS);
            lags
        };
        Ok(sums.iter_mut().map(|row| row.iter_mut().map(lags).collect()).collect())
    }

    /// Spectrum of the block whose first new sample is `start`, with the
    /// first `skip` samples of the block left at zero.
    pub fn spectrum(&self, samples: &[f32], start: usize, skip: usize) -> Spectrum {
        // Sample n of the signal is at n + HISTORY - start of the block.
        let begin = (start + skip).max(HISTORY);
        let end = (start + BLOCK).min(samples.len() + HISTORY);
        let mut block = vec![0.0; BLOCK];
        if begin < end {
            let piece = &samples[begin - HISTORY..end - HISTORY];
            block[begin - start..end - start]
                .iter_mut()
                .zip(piece)
                .for_each(|(out, x)| *out = f64::from(*x));
        }
        self.transform(&mut block)
    }

    /// Spectrum of a filter of at most [`TAPS`] taps.
    pub fn filter(&self, taps: &[f64]) -> Spectrum {
        let mut block = vec![0.0; BLOCK];
        block[..taps.len()].copy_from_slice(taps);
        self.transform(&mut block)
    }

    /// The new samples of a block of the filtered signal: the sum of `spectra · filters`,
    /// transformed back to time.
    pub fn filtered<'a>(
        &self,
        terms: impl Iterator<Item = (&'a Spectrum, &'a Spectrum)>,
    ) -> Vec<f64> {
        let mut sum = self.forward.make_output_vec();
        for (spectrum, filter) in terms {
            add_product(&mut sum, spectrum, filter, |x, y| x * y);
        }
        self.samples(&mut sum).split_off(HISTORY)
    }

    fn transform(&self, block: &mut [f64]) -> Spectrum {
        let mut spectrum = self.forward.make_output_vec();
        self.forward.process(block, &mut spectrum).expect("lengths come from the plan");
        spectrum
    }

    fn samples(&self, spectrum: &mut Spectrum) -> Vec<f64> {
        // The first and last bin of a real signal are real, except for rounding.
        spectrum[0].im = 0.0;
        spectrum[BLOCK / 2].im = 0.0;
        let mut block = self.inverse.make_output_vec();
        self.inverse.process(spectrum, &mut block).expect("lengths come from the plan");
        block.iter_mut().for_each(|x| *x /= BLOCK as f64);
        block
    }
}

fn add_product(
    sum: &mut Spectrum,
    a: &Spectrum,
    b: &Spectrum,
    product: impl Fn(Complex64, Complex64) -> Complex64,
) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum += product(*a, *b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_the_sums_that_they_claim_to_be_across_blocks() {
        let signal = |seed: usize, len: usize| -> Vec<f32> {
            (0..len).map(|n| ((n * n + seed * n + seed) % 127) as f32 - 63.0).collect()
        };
        let (x, y) = (signal(3, 2 * ADVANCE + 77), signal(8, 2 * ADVANCE + 77));
        let blocks = Blocks::new();
        let products =
            blocks.products(&[&x], &[&x, &y], &EvaluationWork::new(0.0, &|_| true)).unwrap();
        for lag in [0, 1, 200, TAPS - 1] {
            let direct = (lag..x.len()).map(|n| f64::from(x[n]) * f64::from(y[n - lag]));
            let direct: f64 = direct.sum();
            let scale = products[0][0][0];
            assert!((products[0][1][lag] - direct).abs() < 1e-12 * scale, "lag {lag}");
        }
    }
}
