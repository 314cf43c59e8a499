//! Frames in, frames out: windows, transforms and overlap-add for one channel.
//! The analysis owns its input and provides spectra; the synthesis takes spectra and owns
//! its output.

use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::kernels::{self, Aligned, Lanes, Planes, Twiddles, groups};
use crate::frames::FrameSettings;
use crate::frames::level::valid;
use crate::frames::trend::{TERMS, Trend};

/// Windows and transform plans, shared by all channels and buses.
#[derive(Clone)]
pub struct Transform {
    hop: usize,
    analysis_window: Vec<f32>,
    synthesis_window: Vec<f32>,
    /// First sample of the frame that the synthesis window covers.
    synthesis_start: usize,
    /// Transforms of half the size, and the step that converts them to those of a real
    /// signal.
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    twiddles: Twiddles,
    trend: Trend,
    /// Spectra of the trend's terms.
    terms: [Planes; TERMS],
    /// The first term of the trend, a windowed constant, times the synthesis window.
    offset_window: Vec<f32>,
    /// How far the offset moves towards that of a new frame.
    offset_step: f32,
    /// The offset of a constant of 1.
    level: f32,
}

/// Time constant of the offset that is played apart. A single frame's offset contains some of
/// the low notes.
const OFFSET_S: f64 = 0.1;

/// Smaller offsets become 0, before they are denormal.
const MIN_OFFSET: f32 = 1e-20;

impl Transform {
    pub fn new(frames: &FrameSettings) -> Self {
        let mut planner = FftPlanner::new();
        let half = frames.fft_size / 2;
        let mut synthesis_window = frames.synthesis_window();
        let synthesis_start = frames.fft_size - frames.latency_samples();
        let analysis_window = frames.analysis_window();
        let trend = Trend::new(&analysis_window);
        let level = kernels::dot(&trend.basis()[0], &analysis_window);
        let constant = trend.basis()[0][synthesis_start..].iter().zip(&synthesis_window);
        let offset_window = constant.map(|(constant, window)| constant * window).collect();
        let hop_s = frames.hop as f64 / f64::from(frames.sample_rate_hz);
        // The inverse transform is not normalised; the window does it.
        synthesis_window.iter_mut().for_each(|w| *w /= frames.fft_size as f32);
        let mut transform = Self {
            hop: frames.hop,
            analysis_window,
            synthesis_window,
            synthesis_start,
            forward: planner.plan_fft_forward(half),
            inverse: planner.plan_fft_inverse(half),
            twiddles: Twiddles::new(frames.fft_size),
            terms: trend.basis().each_ref().map(|_| Planes::new(frames.bins())),
            trend,
            offset_window,
            level,
            offset_step: (1.0 - (-hop_s / OFFSET_S).exp()) as f32,
        };
        let mut analysis = Analysis::new(&transform);
        transform.terms = transform.trend.basis().each_ref().map(|term| {
            analysis.frame(&transform).copy_from_slice(term);
            analysis.transform_frame(&transform);
            analysis.spectrum.clone()
        });
        transform
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
    /// A ring, and the start of the current hop in it.
    history: Vec<f32>,
    start: usize,
    /// The frame being transformed: pairs of samples, then bins.
    pairs: Aligned<Complex32>,
    planes: Planes,
    spectrum: Planes,
    /// The spectrum without the trend.
    detrended: Planes,
    /// The offset that was taken out of the spectrum, in units of the trend's first term.
    offset: f32,
    onset: Onset,
    scratch: Aligned<Complex32>,
}

impl Analysis {
    pub fn new(transform: &Transform) -> Self {
        let half = transform.size() / 2;
        Self {
            history: vec![0.0; transform.size()],
            start: 0,
            pairs: Aligned::new(groups(half)),
            planes: Planes::new(half),
            spectrum: Planes::new(transform.bins()),
            detrended: Planes::new(transform.bins()),
            offset: 0.0,
            onset: Onset::new(transform.size()),
            scratch: Aligned::new(groups(transform.forward.get_inplace_scratch_len())),
        }
    }

    pub fn reset(&mut self) {
        self.history.fill(0.0);
        self.onset = Onset::new(self.history.len());
        self.forget_offset();
    }

    /// Finds the offset of the input from the next frame on.
    pub fn forget_offset(&mut self) {
        self.offset = 0.0;
    }

    /// Writes samples at `position` of the current hop. Samples that are not finite become
    /// silence, so that the rest of the engine never sees them.
    pub fn write(&mut self, transform: &Transform, position: usize, samples: &[f32]) {
        debug_assert!(position + samples.len() <= transform.hop);
        let start = self.start + position;
        for (kept, &x) in self.history[start..].iter_mut().zip(samples) {
            *kept = valid(x);
        }
    }

    /// Takes the frame that ends with the current hop, and begins the next hop. Returns the
    /// frame's peak.
    pub fn take_frame(&mut self, transform: &Transform) -> f32 {
        let hop = &self.history[self.start..self.start + transform.hop];
        self.onset.advance(hop, self.history.len());
        self.start = (self.start + transform.hop) % self.history.len();
        let (late, early) = self.history.split_at(self.start);
        let (early_window, late_window) = transform.analysis_window.split_at(early.len());
        let frame = kernels::flat_mut(&mut self.pairs.as_flattened_mut()[..transform.size() / 2]);
        let (early_frame, late_frame) = frame.split_at_mut(early.len());
        kernels::multiply(early, early_window, early_frame);
        kernels::multiply(late, late_window, late_frame);
        kernels::peak(early_frame).max(kernels::peak(late_frame))
    }

    /// Divides the frame that was last taken by a power of two, takes the offset out, and
    /// transforms what remains.
    pub fn transform(&mut self, transform: &Transform, divisor: f32) {
        let basis = transform.trend.basis();
        let step = transform.offset_step;
        let (mut offset, onset) = (self.offset, self.onset);
        let frame = self.frame(transform);
        if divisor != 1.0 {
            frame.iter_mut().for_each(|x| *x /= divisor);
        }
        let trend = basis.each_ref().map(|term| kernels::dot(term, frame));
        let (before, constant) = basis[0].split_at(onset.frame_start);
        if let Some(level) = onset.level {
            offset = level / divisor * transform.level;
        }
        // As if the offset had been there before the onset.
        offset += step * (trend[0] + offset * kernels::dot(before, before) - offset);
        if offset.abs() < MIN_OFFSET {
            offset = 0.0;
        }
        kernels::add_scaled(constant, -offset, &mut frame[onset.frame_start..]);
        let mut drift = trend;
        drift[0] -= offset;
        if onset.frame_start > 0 {
            drift = basis.each_ref().map(|term| kernels::dot(term, frame));
        }
        self.offset = offset;
        self.transform_frame(transform);
        self.remove_trend(transform, trend, drift);
    }

    /// The frame that will be transformed.
    fn frame(&mut self, transform: &Transform) -> &mut [f32] {
        kernels::flat_mut(&mut self.pairs.as_flattened_mut()[..transform.size() / 2])
    }

    fn transform_frame(&mut self, transform: &Transform) {
        let pairs = &mut self.pairs.as_flattened_mut()[..transform.size() / 2];
        transform.forward.process_with_scratch(pairs, self.scratch.as_flattened_mut());
        self.planes.split(pairs);
        transform.twiddles.untangle(&self.planes, &mut self.spectrum);
    }

    /// Takes what remains of the frame's trend, `drift`, out of its spectrum.
    fn remove_trend(&mut self, transform: &Transform, trend: [f32; TERMS], drift: [f32; TERMS]) {
        let Planes { re, im } = &mut self.detrended;
        let (re, im) = (re.as_flattened_mut(), im.as_flattened_mut());
        let terms = transform.terms.each_ref();
        let (re_terms, im_terms) =
            (terms.map(|term| term.re.as_flattened()), terms.map(|term| term.im.as_flattened()));
        kernels::subtract(self.spectrum.re.as_flattened(), re_terms, drift, re);
        kernels::subtract(self.spectrum.im.as_flattened(), im_terms, drift, im);
        // The energy of the frame, by its spectrum.
        let energy = 2.0 / transform.size() as f32 * (kernels::dot(re, re) + kernels::dot(im, im));
        if Trend::is_all(trend, f64::from(energy)) {
            re.fill(0.0);
            im.fill(0.0);
        }
    }

    /// Spectrum of the frame that was last transformed, without its offset.
    pub fn spectrum(&self) -> &Planes {
        &self.spectrum
    }

    /// The same without its trend: what magnitudes and positions are taken from.
    pub fn detrended(&self) -> &Planes {
        &self.detrended
    }

    /// The offset of that frame, for [`Synthesis::add_offset`].
    pub fn offset(&self) -> Offset {
        Offset { height: self.offset, frame_start: self.onset.frame_start }
    }
}

/// A constant in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// In units of the trend's first term.
    height: f32,
    /// It is 0 before this sample of the frame.
    frame_start: usize,
}

/// Where the input began after silence.
#[derive(Clone, Copy, Debug)]
struct Onset {
    /// The first sample in the current frame, 0 if all of the frame is later.
    frame_start: usize,
    /// In the frame of an onset, the offset that the input seems to begin with.
    level: Option<f32>,
    /// Number of zeros at the end of the input.
    zeros: usize,
}

impl Onset {
    fn new(frame_size: usize) -> Self {
        Self { frame_start: 0, level: None, zeros: frame_size }
    }

    /// Continues with the next hop of the input.
    fn advance(&mut self, hop: &[f32], frame_size: usize) {
        self.level = None;
        self.frame_start = self.frame_start.saturating_sub(hop.len());
        let Some(first) = hop.iter().position(|x| *x != 0.0) else {
            self.zeros = (self.zeros + hop.len()).min(frame_size);
            return;
        };
        if self.zeros + hop.len() >= frame_size {
            self.frame_start = frame_size - hop.len() + first;
            let mean = hop[first..].iter().sum::<f32>() / (hop.len() - first) as f32;
            // A sound that begins has its mean after a while, one that is cut its first sample.
            let both = mean * hop[first] > 0.0;
            let least = if mean.abs() < hop[first].abs() { mean } else { hop[first] };
            self.level = both.then_some(least);
        }
        self.zeros = 0;
    }
}

/// Overlap-add of one output channel.
pub struct Synthesis {
    /// A ring of the current hop and the later samples that are still incomplete; and the
    /// start of the current hop in it.
    pending: Vec<f32>,
    start: usize,
    pairs: Aligned<Complex32>,
    scratch: Aligned<Complex32>,
}

impl Synthesis {
    pub fn new(transform: &Transform) -> Self {
        let half = transform.size() / 2;
        Self {
            pending: vec![0.0; transform.synthesis_window.len() + transform.hop],
            start: 0,
            pairs: Aligned::new(groups(half)),
            scratch: Aligned::new(groups(transform.inverse.get_inplace_scratch_len())),
        }
    }

    pub fn reset(&mut self) {
        self.pending.fill(0.0);
    }

    /// Copies finished samples from `position` of the current hop.
    pub fn read(&self, position: usize, out: &mut [f32]) {
        let start = self.start + position;
        out.copy_from_slice(&self.pending[start..start + out.len()]);
    }

    /// Ends the current hop.
    pub fn next_hop(&mut self, transform: &Transform) {
        let end = self.start + transform.hop;
        self.pending[self.start..end].fill(0.0);
        self.start = end % self.pending.len();
    }

    /// Adds a frame of `gain` times `mask` times `spectrum` that begins `delay` samples (at
    /// most one hop) after the start of the current hop.
    pub fn add(
        &mut self,
        transform: &Transform,
        spectrum: &Planes,
        mask: &[Lanes],
        gain: f32,
        delay: usize,
    ) {
        let pairs = &mut self.pairs.as_flattened_mut()[..transform.size() / 2];
        transform.twiddles.tangle(spectrum, mask, pairs);
        transform.inverse.process_with_scratch(pairs, self.scratch.as_flattened_mut());
        let window = &transform.synthesis_window;
        let frame = &kernels::flat(pairs)[transform.synthesis_start..][..window.len()];
        let start = (self.start + delay) % self.pending.len();
        let first = window.len().min(self.pending.len() - start);
        kernels::overlap(&frame[..first], &window[..first], gain, &mut self.pending[start..]);
        kernels::overlap(&frame[first..], &window[first..], gain, &mut self.pending);
    }

    /// Adds `gain` times an offset at the same place.
    pub fn add_offset(&mut self, transform: &Transform, offset: Offset, gain: f32, delay: usize) {
        let window = &transform.offset_window;
        let skip = offset.frame_start.saturating_sub(transform.synthesis_start).min(window.len());
        let (window, offset) = (&window[skip..], gain * offset.height);
        let start = (self.start + delay + skip) % self.pending.len();
        let first = window.len().min(self.pending.len() - start);
        kernels::add_scaled(&window[..first], offset, &mut self.pending[start..]);
        kernels::add_scaled(&window[first..], offset, &mut self.pending);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::kernels::LANES;
    use crate::frames::Mode;

    /// Compares with a plain sum in double precision, forwards and back.
    #[test]
    fn spectra_are_those_of_the_definition() {
        let frames = FrameSettings::new(Mode::Live, 8_000);
        let transform = Transform::new(&frames);
        let size = frames.fft_size;
        let mut analysis = Analysis::new(&transform);
        let x: Vec<f32> = (0..size).map(|n| ((n * 7919 % 1000) as f32 / 500.0) - 1.0).collect();
        for hop in x.chunks(transform.hop) {
            analysis.write(&transform, 0, hop);
            analysis.take_frame(&transform);
        }
        analysis.transform(&transform, 1.0);
        let [re, im] = analysis.spectrum().parts(frames.bins());
        for bin in [0, 1, 5, 100, size / 4, size / 2 - 1, size / 2] {
            let mut exact = [0.0f64; 2];
            // The windowed samples, without the offset.
            let constant = &transform.trend.basis()[0];
            let windowed = x.iter().zip(&transform.analysis_window).map(|(x, w)| x * w);
            for (n, (x, b)) in windowed.zip(constant).enumerate() {
                let phase = -2.0 * std::f64::consts::PI * (bin * n % size) as f64 / size as f64;
                exact[0] += f64::from(x - analysis.offset().height * b) * phase.cos();
                exact[1] += f64::from(x - analysis.offset().height * b) * phase.sin();
            }
            for (found, exact) in [re[bin], im[bin]].iter().zip(exact) {
                assert!((f64::from(*found) - exact).abs() < 1e-4, "{bin}: {found} {exact}");
            }
        }
        let mut synthesis = Synthesis::new(&transform);
        let mask = vec![[1.0; LANES]; groups(frames.bins())];
        synthesis.add(&transform, analysis.spectrum(), &mask, 1.0, 0);
        synthesis.add_offset(&transform, analysis.offset(), 1.0, 0);
        let start = transform.synthesis_start;
        for (i, w) in transform.synthesis_window.iter().enumerate() {
            let exact = x[start + i] * transform.analysis_window[start + i] * w * size as f32;
            assert!((synthesis.pending[i] - exact).abs() < 1e-4);
        }
    }
}
