//! Frames in, frames out: windows, transforms and overlap-add for one channel.
//! The analysis owns its input and hands out spectra; the synthesis takes
//! spectra and owns its output.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::kernels::Planes;
use super::mode::FrameSettings;

/// Windows and transform plans, shared by all channels and buses.
#[derive(Clone)]
pub struct Transform {
    hop: usize,
    analysis_window: Vec<f32>,
    synthesis_window: Vec<f32>,
    /// First sample of the frame that the synthesis window covers.
    synthesis_start: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

impl Transform {
    pub fn new(frames: &FrameSettings) -> Self {
        let mut planner = RealFftPlanner::new();
        // The inverse transform is not normalised; the window does it.
        let mut synthesis_window = frames.synthesis_window();
        synthesis_window.iter_mut().for_each(|w| *w /= frames.fft_size as f32);
        Self {
            hop: frames.hop,
            analysis_window: frames.analysis_window(),
            synthesis_window,
            synthesis_start: frames.fft_size - frames.latency_samples(),
            forward: planner.plan_fft_forward(frames.fft_size),
            inverse: planner.plan_fft_inverse(frames.fft_size),
        }
    }

    fn size(&self) -> usize {
        self.analysis_window.len()
    }

    fn bins(&self) -> usize {
        self.size() / 2 + 1
    }
}

/// The last `fft_size` samples of one input channel.
pub struct Analysis {
    history: Vec<f32>,
    windowed: Vec<f32>,
    bins: Vec<Complex32>,
    spectrum: Planes,
    scratch: Vec<Complex32>,
}

/// Beyond this an input sample is taken for a fault, as NaN is.
pub const LOUDEST: f32 = 1e6;

impl Analysis {
    pub fn new(transform: &Transform) -> Self {
        Self {
            history: vec![0.0; transform.size()],
            windowed: transform.forward.make_input_vec(),
            bins: transform.forward.make_output_vec(),
            spectrum: Planes::new(transform.bins()),
            scratch: transform.forward.make_scratch_vec(),
        }
    }

    pub fn reset(&mut self) {
        self.history.fill(0.0);
    }

    /// Writes samples at `position` of the present hop. What is not finite or
    /// absurdly loud is silenced here: nothing behind this sees it.
    pub fn write(&mut self, transform: &Transform, position: usize, samples: &[f32]) {
        let start = self.history.len() - transform.hop + position;
        for (kept, &x) in self.history[start..].iter_mut().zip(samples) {
            *kept = if x.abs() <= LOUDEST { x } else { 0.0 };
        }
    }

    /// Transforms the frame that ends with the present hop, and begins the next
    /// hop.
    pub fn advance(&mut self, transform: &Transform) {
        for ((out, x), w) in
            self.windowed.iter_mut().zip(&self.history).zip(&transform.analysis_window)
        {
            *out = x * w;
        }
        let done = transform.forward.process_with_scratch(
            &mut self.windowed,
            &mut self.bins,
            &mut self.scratch,
        );
        debug_assert!(done.is_ok(), "lengths come from the plan");
        self.spectrum.split(&self.bins);
        self.history.copy_within(transform.hop.., 0);
    }

    pub fn spectrum(&self) -> &Planes {
        &self.spectrum
    }
}

/// Overlap-add of one output channel.
pub struct Synthesis {
    /// What later frames still add to; the first hop of it is finished.
    pending: Vec<f32>,
    bins: Vec<Complex32>,
    frame: Vec<f32>,
    scratch: Vec<Complex32>,
}

impl Synthesis {
    pub fn new(transform: &Transform) -> Self {
        Self {
            pending: vec![0.0; transform.synthesis_window.len() + transform.hop],
            bins: transform.inverse.make_input_vec(),
            frame: transform.inverse.make_output_vec(),
            scratch: transform.inverse.make_scratch_vec(),
        }
    }

    pub fn reset(&mut self) {
        self.pending.fill(0.0);
    }

    /// Finished samples from `position` of the present hop.
    pub fn read(&self, position: usize, out: &mut [f32]) {
        out.copy_from_slice(&self.pending[position..position + out.len()]);
    }

    /// Ends the present hop and adds a frame, if there is one.
    pub fn advance(&mut self, transform: &Transform, spectrum: Option<&Planes>) {
        let hop = transform.hop;
        self.pending.copy_within(hop.., 0);
        let end = self.pending.len() - hop;
        self.pending[end..].fill(0.0);
        let Some(spectrum) = spectrum else { return };
        spectrum.join(&mut self.bins);
        // The transform of a real signal has no imaginary part at either end.
        self.bins[0].im = 0.0;
        self.bins[transform.bins() - 1].im = 0.0;
        let done = transform.inverse.process_with_scratch(
            &mut self.bins,
            &mut self.frame,
            &mut self.scratch,
        );
        debug_assert!(done.is_ok(), "lengths come from the plan");
        let covered = &self.frame[transform.synthesis_start..];
        for ((out, x), w) in self.pending.iter_mut().zip(covered).zip(&transform.synthesis_window) {
            *out += x * w;
        }
    }
}
