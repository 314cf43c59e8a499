//! Frames for masking a whole recording: centred, zero-padded, with periodic root-Hann
//! windows for analysis and synthesis; inverted exactly.

use ndarray::{Array2, ArrayView2};
use realfft::num_complex::Complex32;

use super::EvalError;
use crate::frames::window;
use crate::stft::{istft_centred, stft};

const SIZES: std::ops::RangeInclusive<usize> = 4..=1 << 20;

/// Analysis and synthesis of signals of `samples` samples.
pub(super) struct MaskingFrames {
    window: Vec<f32>,
    hop: usize,
    samples: usize,
}

impl MaskingFrames {
    pub fn new(fft_size: usize, hop: usize, samples: usize) -> Result<Self, EvalError> {
        let size_fits = SIZES.contains(&fft_size) && fft_size.is_multiple_of(2);
        if !size_fits || hop == 0 || hop > fft_size / 2 {
            return Err(EvalError::Frames { fft_size, hop });
        }
        Ok(Self { window: window::root_hann(fft_size), hop, samples })
    }

    fn size(&self) -> usize {
        self.window.len()
    }

    /// Number of frames. The first is centred on the first sample; the centre of the last
    /// is past the last sample.
    fn count(&self) -> usize {
        self.samples.div_ceil(self.hop) + 1
    }

    /// Spectra, bins × frames.
    pub fn analyse(&self, samples: &[f32]) -> Array2<Complex32> {
        let before = self.size() / 2;
        let mut padded = vec![0.0; (self.count() - 1) * self.hop + self.size()];
        padded[before..before + samples.len()].copy_from_slice(samples);
        stft(&padded, &self.window, self.hop)
    }

    /// Samples of spectra (bins × frames): overlap-add, divided by the sum of the squared
    /// windows, so that unmodified spectra return the original signal.
    pub fn synthesise(&self, spectra: ArrayView2<Complex32>) -> Vec<f32> {
        istft_centred(spectra, &self.window, self.hop, self.samples)
    }
}
