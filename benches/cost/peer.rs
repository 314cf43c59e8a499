//! A stand-in for other software: one frame of non-negative matrix factorisation with a fixed
//! dictionary, in the manner of FluCoMa's `fluid.nmffilter~` (double precision, a random
//! start each frame, ten updates for Kullback-Leibler on all bins, a mask and an inverse
//! transform for every component), in plain loops.

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use realfft::num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

pub const FFT_SIZE: usize = 2048;
pub const HOP: usize = 512;
pub const UPDATES: usize = 10;
const EPSILON: f64 = 1e-12;

pub struct Peer {
    components: usize,
    /// Stored component by component.
    w: Vec<f64>,
    random: ChaCha8Rng,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    window: Vec<f64>,
    outputs: Vec<Vec<f64>>,
}

impl Peer {
    /// `w`: bins × components.
    pub fn new(w: &ndarray::Array2<f32>) -> Self {
        let mut planner = RealFftPlanner::new();
        let phase = |n: usize| 2.0 * std::f64::consts::PI * n as f64 / FFT_SIZE as f64;
        Self {
            components: w.ncols(),
            w: w.t().iter().map(|&x| f64::from(x)).collect(),
            random: ChaCha8Rng::seed_from_u64(0),
            forward: planner.plan_fft_forward(FFT_SIZE),
            inverse: planner.plan_fft_inverse(FFT_SIZE),
            window: (0..FFT_SIZE).map(|n| 0.5 - 0.5 * phase(n).cos()).collect(),
            outputs: vec![vec![0.0; FFT_SIZE]; w.ncols()],
        }
    }

    /// Processes one frame; adds each component's signal to its output.
    pub fn frame(&mut self, samples: &[f32]) {
        let bins = FFT_SIZE / 2 + 1;
        let mut windowed: Vec<f64> =
            samples.iter().zip(&self.window).map(|(x, w)| f64::from(*x) * w).collect();
        let mut spectrum = vec![Complex64::default(); bins];
        self.forward.process(&mut windowed, &mut spectrum).expect("lengths fit");
        let v: Vec<f64> = spectrum.iter().map(|x| x.norm()).collect();
        let mut h: Vec<f64> = (0..self.components).map(|_| self.random.random()).collect();
        let mut model = vec![0.0; bins];
        for _ in 0..UPDATES {
            self.model(&h, &mut model);
            for (h, w) in h.iter_mut().zip(self.w.chunks(bins)) {
                let (mut up, mut down) = (0.0, 0.0);
                for ((w, v), model) in w.iter().zip(&v).zip(&model) {
                    up += w * v / model.max(EPSILON);
                    down += w;
                }
                *h *= up / f64::max(down, EPSILON);
            }
        }
        self.model(&h, &mut model);
        let mut masked = vec![Complex64::default(); bins];
        for (k, w) in self.w.chunks(bins).enumerate() {
            for (bin, masked) in masked.iter_mut().enumerate() {
                *masked = spectrum[bin] * (w[bin] * h[k] / model[bin].max(EPSILON)).min(1.0);
            }
            masked[0].im = 0.0;
            masked[bins - 1].im = 0.0;
            self.inverse.process(&mut masked, &mut windowed).expect("lengths fit");
            let output = &mut self.outputs[k];
            output.copy_within(HOP.., 0);
            output[FFT_SIZE - HOP..].fill(0.0);
            for ((out, x), w) in output.iter_mut().zip(&windowed).zip(&self.window) {
                *out += x * w;
            }
        }
    }

    fn model(&self, h: &[f64], model: &mut [f64]) {
        model.fill(0.0);
        for (h, w) in h.iter().zip(self.w.chunks(model.len())) {
            model.iter_mut().zip(w).for_each(|(model, w)| *model += h * w);
        }
    }
}
