//! Partials of a frame: the peaks of its spectrum that stand out of what is
//! around them.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Length of a frame: 4096 samples at 44.1 kHz.
const FRAME_S: f64 = 4096.0 / 44_100.0;

/// Partials are looked for between these.
const LOWEST_HZ: f64 = 25.0;
const HIGHEST_HZ: f64 = 8000.0;

/// Peaks that are so far below the frame's highest do not count.
const RANGE_DB: f32 = 45.0;

/// A partial stands out of the mean level around it by so much.
const PROMINENCE_DB: f32 = 9.0;

/// Half of what counts as around: in Hz, and as a share of the frequency.
const AROUND_HZ: f64 = 150.0;
const AROUND_SHARE: f64 = 0.15;

/// A peak of the spectrum.
#[derive(Clone, Copy, Debug)]
pub struct Peak {
    pub frequency_hz: f32,
    /// Magnitude of the spectrum there.
    pub magnitude: f32,
}

/// Finds partials, with everything that it takes.
pub struct PeakFinder {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// Levels in dB, and their sums from the first on.
    level_db: Vec<f32>,
    sum_db: Vec<f64>,
    bin_hz: f64,
    /// Power of the last frame between the lowest and the highest partial.
    power: f32,
    peaks: Vec<Peak>,
}

impl PeakFinder {
    pub fn new(sample_rate_hz: u32) -> Self {
        let rate = f64::from(sample_rate_hz);
        let length = ((rate * FRAME_S) as usize).max(2);
        // Zeros behind the frame part peaks that lie close.
        let fft_size = ((length as f64 * 1.7) as usize).next_power_of_two();
        let fft = RealFftPlanner::new().plan_fft_forward(fft_size);
        let hann = |i: usize| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / length as f64).cos();
        Self {
            window: (0..length).map(|i| (hann(i) * 2.0 / length as f64) as f32).collect(),
            time: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            level_db: Vec::new(),
            sum_db: Vec::new(),
            bin_hz: rate / fft_size as f64,
            power: 0.0,
            peaks: Vec::new(),
            fft,
        }
    }

    /// Samples of a frame.
    pub fn length(&self) -> usize {
        self.window.len()
    }

    /// The peaks of a frame of [`PeakFinder::length`] samples, lowest first.
    ///
    /// Their frequencies are those of parabolas through three levels in dB
    /// (Smith & Serra, PARSHL, 1987, appendix B).
    pub fn peaks(&mut self, frame: &[f32]) -> &[Peak] {
        self.transform(frame);
        self.peaks.clear();
        let levels = &self.level_db;
        let first = (LOWEST_HZ / self.bin_hz) as usize;
        let loudest = levels[first..].iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for i in first.max(1)..levels.len() - 1 {
            let (below, here, above) = (levels[i - 1], levels[i], levels[i + 1]);
            if here < below || here <= above || here < loudest - RANGE_DB {
                continue;
            }
            if here < self.around_db(i) + PROMINENCE_DB {
                continue;
            }
            let shift = 0.5 * (below - above) / (below - 2.0 * here + above).min(-1e-6);
            let level_db = here - 0.25 * (below - above) * shift;
            self.peaks.push(Peak {
                frequency_hz: ((i as f64 + f64::from(shift)) * self.bin_hz) as f32,
                magnitude: 10f32.powf(level_db / 20.0),
            });
        }
        &self.peaks
    }

    /// The share of the frame's power that is in partials, of the magnitudes
    /// given.
    pub fn share(&self, magnitudes: impl Iterator<Item = f32>) -> f32 {
        // Bins that the power of a partial comes to: Hann's noise bandwidth, in
        // bins of the padded spectrum.
        let bins = 1.5 * (self.time.len() as f32 / self.window.len() as f32);
        bins * magnitudes.map(|magnitude| magnitude * magnitude).sum::<f32>()
            / self.power.max(f32::MIN_POSITIVE)
    }

    fn transform(&mut self, frame: &[f32]) {
        self.time.fill(0.0);
        for ((time, x), window) in self.time.iter_mut().zip(frame).zip(&self.window) {
            *time = x * window;
        }
        // It fails on buffers of other lengths than its own only.
        let _ =
            self.fft.process_with_scratch(&mut self.time, &mut self.spectrum, &mut self.scratch);
        let bins = ((HIGHEST_HZ / self.bin_hz) as usize).min(self.spectrum.len());
        self.level_db.clear();
        self.sum_db.clear();
        self.sum_db.push(0.0);
        let first = (LOWEST_HZ / self.bin_hz) as usize;
        self.power = self.spectrum[first..bins].iter().map(Complex::norm_sqr).sum();
        let mut sum = 0.0;
        for value in &self.spectrum[..bins] {
            let level_db = 10.0 * (value.norm_sqr() + 1e-20).log10();
            sum += f64::from(level_db);
            self.level_db.push(level_db);
            self.sum_db.push(sum);
        }
    }

    /// Mean of the levels around a bin.
    fn around_db(&self, bin: usize) -> f32 {
        let half = ((AROUND_HZ / self.bin_hz).max(bin as f64 * AROUND_SHARE)) as usize;
        let (from, to) = (bin.saturating_sub(half), (bin + half + 1).min(self.level_db.len()));
        ((self.sum_db[to] - self.sum_db[from]) / (to - from) as f64) as f32
    }
}
