//! Partials of a frame: the peaks of its spectrum.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::levels::{Levels, Peak};

/// Length of a frame: 4096 samples at 44.1 kHz.
const FRAME_S: f64 = 4096.0 / 44_100.0;

/// Finds partials; holds the buffers for it.
pub struct PeakFinder {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    levels: Levels,
    bin_hz: f64,
    peaks: Vec<Peak>,
}

impl PeakFinder {
    pub fn new(sample_rate_hz: u32) -> Self {
        let rate = f64::from(sample_rate_hz);
        let length = ((rate * FRAME_S) as usize).max(2);
        // Zero-padding separates peaks that are close together.
        let fft_size = ((length as f64 * 1.7) as usize).next_power_of_two();
        let fft = RealFftPlanner::new().plan_fft_forward(fft_size);
        let hann = |i: usize| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / length as f64).cos();
        Self {
            window: (0..length).map(|i| (hann(i) * 2.0 / length as f64) as f32).collect(),
            time: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            levels: Levels::default(),
            bin_hz: rate / fft_size as f64,
            peaks: Vec::new(),
            fft,
        }
    }

    /// Samples of a frame.
    pub fn length(&self) -> usize {
        self.window.len()
    }

    /// The peaks of a frame of [`PeakFinder::length`] samples, lowest first.
    pub fn peaks(&mut self, frame: &[f32]) -> &[Peak] {
        self.time.fill(0.0);
        for ((time, x), window) in self.time.iter_mut().zip(frame).zip(&self.window) {
            *time = x * window;
        }
        // It fails only on buffers of the wrong length.
        let _ =
            self.fft.process_with_scratch(&mut self.time, &mut self.spectrum, &mut self.scratch);
        self.levels.take(self.spectrum.iter().map(Complex::norm_sqr), self.bin_hz);
        self.levels.peaks(&mut self.peaks);
        &self.peaks
    }

    /// The fraction of the frame's power that lies in partials of the given magnitudes.
    pub fn fraction(&self, magnitudes: impl Iterator<Item = f32>) -> f32 {
        // Power of a partial in bins: Hann's noise bandwidth, in bins of the padded spectrum.
        let bins = 1.5 * (self.time.len() as f32 / self.window.len() as f32);
        bins * magnitudes.map(|magnitude| magnitude * magnitude).sum::<f32>()
            / self.levels.power().max(f32::MIN_POSITIVE)
    }
}
