//! Spectrograms: audio to magnitudes, bins × frames.

use ndarray::Array2;
use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;

/// Complex spectra of all whole frames of `samples` that start every `hop`,
/// bins × frames. Fewer samples than one window give no frame.
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
