//! The frames of offline analysis and of pictures.

use std::path::Path;

use anyhow::bail;
use ndarray::{Array2, ArrayView2};
use realfft::num_complex::Complex32;

use unbraid::audio::AudioBuffer;
use unbraid::frames::window;
use unbraid::plot::Resolution;
use unbraid::stft::{StreamingStft, istft_centred, stft_centred};

/// Largest number of entries of a spectrogram: 4 GiB.
const MAX_ENTRIES: usize = 1 << 30;

/// librosa's frames: periodic Hann, centred, zero-padded.
pub struct LibrosaFrames {
    window: Vec<f32>,
    hop: usize,
}

impl LibrosaFrames {
    pub fn new(fft_size: usize, hop: usize) -> Self {
        Self { window: window::hann(fft_size), hop }
    }

    /// For a picture: a window of about a tenth of a second, with four frames per window.
    pub fn for_picture(sample_rate_hz: u32) -> Self {
        let size = 1 << (f64::from(sample_rate_hz) * 0.093).log2().round() as u32;
        Self::new(size, size / 4)
    }

    pub fn hop(&self) -> usize {
        self.hop
    }

    pub fn resolution(&self, sample_rate_hz: u32) -> Resolution {
        Resolution { sample_rate_hz, fft_size: self.window.len(), hop: self.hop }
    }

    /// Spectra of a signal that arrives in pieces.
    pub fn streaming(&self) -> StreamingStft {
        StreamingStft::new(&self.window, self.hop)
    }

    /// Complex spectra, bins × frames.
    pub fn spectra(&self, samples: &[f32]) -> Array2<Complex32> {
        stft_centred(samples, &self.window, self.hop)
    }

    /// The samples of complex spectra.
    pub fn samples(&self, spectra: ArrayView2<Complex32>, length: usize) -> Vec<f32> {
        istft_centred(spectra, &self.window, self.hop, length)
    }

    /// Magnitudes, bins × frames. Two channels are combined by power, so that out-of-phase
    /// content is not lost. Errors mention `path`.
    pub fn magnitudes(&self, path: &Path, clip: &AudioBuffer) -> anyhow::Result<Array2<f32>> {
        let (bins, frames) = (self.window.len() / 2 + 1, 1 + clip.frames() / self.hop);
        if bins.saturating_mul(frames) > MAX_ENTRIES {
            bail!(
                "{}: {frames} frames of {bins} bins do not fit into memory; use a larger hop or a \
                 shorter piece",
                path.display()
            );
        }
        Ok(match clip.channels.as_slice() {
            [left, right] => {
                let mut power = self.spectra(left).mapv(|x| x.norm_sqr());
                power.zip_mut_with(&self.spectra(right), |l, r| *l += r.norm_sqr());
                power.mapv_into(|power| (0.5 * power).sqrt())
            }
            channels => self.spectra(&channels[0]).mapv(|x| x.norm()),
        })
    }
}
