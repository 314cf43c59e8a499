//! Spectrograms: audio to magnitudes, bins × frames.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

/// Complex spectra of all whole frames of `samples` that start every `hop`,
/// bins × frames. Fewer samples than one window give no frame.
///
/// ```
/// use unbraid::frames::window::hann;
/// use unbraid::stft::stft;
///
/// // A tone of 8 cycles per window is in bin 8.
/// let tone: Vec<f32> = (0..256).map(|n| (std::f32::consts::TAU * n as f32 / 8.0).sin()).collect();
/// let spectra = stft(&tone, &hann(64), 16);
/// assert_eq!(spectra.dim(), (33, 13));
/// assert!(spectra[[8, 0]].norm() > 10.0 && spectra[[20, 0]].norm() < 1e-3);
/// ```
pub fn stft(samples: &[f32], window: &[f32], hop: usize) -> Array2<Complex32> {
    let size = window.len();
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(size);
    let frames = if samples.len() < size { 0 } else { (samples.len() - size) / hop + 1 };
    let mut spectra = Array2::zeros((size / 2 + 1, frames));
    let mut frame = fft.make_input_vec();
    let mut spectrum = fft.make_output_vec();
    let mut scratch = fft.make_scratch_vec();
    for (t, mut column) in spectra.columns_mut().into_iter().enumerate() {
        let piece = &samples[t * hop..t * hop + size];
        for ((out, x), w) in frame.iter_mut().zip(piece).zip(window) {
            *out = x * w;
        }
        fft.process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
            .expect("lengths come from the plan");
        column.iter_mut().zip(&spectrum).for_each(|(out, x)| *out = *x);
    }
    spectra
}

/// Magnitudes of [`stft`].
pub fn magnitudes(samples: &[f32], window: &[f32], hop: usize) -> Array2<f32> {
    stft(samples, window, hop).mapv(|x| x.norm())
}

/// Complex spectra of frames centred on every `hop`-th sample, bins × frames,
/// with zeros before the first and after the last sample: as
/// `librosa.stft(center=True, pad_mode="constant")`. `1 + samples.len() / hop`
/// frames; frame t is centred on sample `t * hop`. The window's length is even.
pub fn stft_centred(samples: &[f32], window: &[f32], hop: usize) -> Array2<Complex32> {
    let half = window.len() / 2;
    let mut padded = vec![0.0; samples.len() + 2 * half];
    padded[half..half + samples.len()].copy_from_slice(samples);
    stft(&padded, window, hop)
}

/// [`stft_centred`] of a signal that arrives in pieces: the same spectra, without all of the
/// signal in memory.
pub struct StreamingStft {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    hop: usize,
    /// The samples from the start of the next frame on.
    pending: Vec<f32>,
    frame: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl StreamingStft {
    /// The window's length is even, and `hop` at most that.
    pub fn new(window: &[f32], hop: usize) -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(window.len());
        Self {
            window: window.to_vec(),
            hop,
            pending: vec![0.0; window.len() / 2],
            frame: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
        }
    }

    /// Takes the next samples; calls `each` with the spectrum of every frame that they
    /// complete.
    pub fn process(&mut self, samples: &[f32], mut each: impl FnMut(&[Complex32])) {
        self.pending.extend_from_slice(samples);
        let mut start = 0;
        while start + self.window.len() <= self.pending.len() {
            let piece = &self.pending[start..];
            for ((out, x), w) in self.frame.iter_mut().zip(piece).zip(&self.window) {
                *out = x * w;
            }
            self.fft
                .process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch)
                .expect("lengths come from the plan");
            each(&self.spectrum);
            start += self.hop;
        }
        self.pending.drain(..start);
    }

    /// Ends the signal; calls `each` with the spectra of the last frames.
    pub fn finish(mut self, each: impl FnMut(&[Complex32])) {
        let end = vec![0.0; self.window.len() / 2];
        self.process(&end, each);
    }
}

/// The signal, `length` samples, whose frames by [`stft_centred`] are nearest to
/// `spectra` (bins × frames) in the sense of least squares, with the same
/// window and hop: overlap-add of windowed frames over the sum of squared
/// windows (Griffin & Lim 1984), as `librosa.istft(length=length)`.
pub fn istft_centred(
    spectra: ArrayView2<Complex32>,
    window: &[f32],
    hop: usize,
    length: usize,
) -> Vec<f32> {
    let size = window.len();
    let half = size / 2;
    let fft = RealFftPlanner::<f32>::new().plan_fft_inverse(size);
    let mut spectrum = fft.make_input_vec();
    let mut frame = fft.make_output_vec();
    let mut scratch = fft.make_scratch_vec();
    let mut sums = vec![0.0; length];
    let mut weights = vec![0.0; length];
    for (t, column) in spectra.columns().into_iter().enumerate() {
        spectrum.iter_mut().zip(column).for_each(|(out, x)| *out = *x);
        // The spectrum of a real signal is real at both ends.
        spectrum[0].im = 0.0;
        spectrum[half].im = 0.0;
        fft.process_with_scratch(&mut spectrum, &mut frame, &mut scratch)
            .expect("lengths come from the plan");
        let skipped = half.saturating_sub(t * hop);
        let start = (t * hop).saturating_sub(half).min(length);
        let out = sums[start..].iter_mut().zip(&mut weights[start..]);
        for ((sum, weight), (x, w)) in out.zip(frame.iter().zip(window).skip(skipped)) {
            *sum += x * w / size as f32;
            *weight += w * w;
        }
    }
    let covered =
        |(sum, weight): (f32, f32)| if weight > f32::MIN_POSITIVE { sum / weight } else { 0.0 };
    sums.into_iter().zip(weights).map(covered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::window::hann;

    #[test]
    fn pieces_give_the_spectra_of_the_whole() {
        let signal: Vec<f32> = (0..10_000).map(|n| ((n * n) % 977) as f32 / 977.0 - 0.5).collect();
        for (length, hop) in [(10_000, 64), (9_999, 100), (300, 128), (5, 256), (0, 64)] {
            let whole = stft_centred(&signal[..length], &hann(256), hop);
            let mut columns: Vec<Vec<Complex32>> = Vec::new();
            let mut stft = StreamingStft::new(&hann(256), hop);
            let mut rest = &signal[..length];
            for piece in [1, 255, 3000, 7, 0, 10_000] {
                let (now, later) = rest.split_at(piece.min(rest.len()));
                stft.process(now, |spectrum| columns.push(spectrum.to_vec()));
                rest = later;
            }
            stft.finish(|spectrum| columns.push(spectrum.to_vec()));
            assert_eq!(columns.len(), whole.ncols(), "{length} samples");
            assert!(columns.iter().zip(whole.columns()).all(|(a, b)| b.iter().eq(a)));
        }
    }
}
