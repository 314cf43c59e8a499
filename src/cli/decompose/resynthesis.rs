//! From a component back to audio, with the recording's phases.

use ndarray::{Array2, Zip};
use realfft::num_complex::Complex32;

use unbraid::learn::Factors;

use crate::frames::LibrosaFrames;

/// What a component's spectrogram is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ResynthesisKind {
    /// W[:,k] H[k,:] with the recording's phase.
    Product,
    /// The recording times the component's soft mask.
    Mask,
}

impl ResynthesisKind {
    pub fn name(self) -> &'static str {
        match self {
            ResynthesisKind::Product => "product",
            ResynthesisKind::Mask => "mask",
        }
    }
}

/// Gains that turn the recording's spectra into those of components.
pub struct Resynthesis<'a> {
    factors: &'a Factors,
    /// The divisor of a component's product, bins × frames: the recording's magnitudes, or
    /// the sum of all products.
    whole: Array2<f32>,
}

impl<'a> Resynthesis<'a> {
    /// `v`: bins × frames of the recording, all channels combined.
    pub fn new(kind: ResynthesisKind, factors: &'a Factors, v: &Array2<f32>) -> Self {
        let whole = match kind {
            ResynthesisKind::Product => v.clone(),
            ResynthesisKind::Mask => factors.w.dot(&factors.h),
        };
        Self { factors, whole }
    }

    /// Samples of the sum of all components' products, regardless of how the components are
    /// written: how well W H reconstructs the recording.
    pub fn reconstruction(
        factors: &Factors,
        v: &Array2<f32>,
        spectra: &[Array2<Complex32>],
        frames: &LibrosaFrames,
        length: usize,
    ) -> Vec<Vec<f32>> {
        let model = factors.w.dot(&factors.h);
        let channel = |spectra: &Array2<Complex32>| {
            let all = Zip::from(spectra).and(&model).and(v).map_collect(|x, &model, &v| {
                let gain =
                    if v <= f32::MIN_POSITIVE { 0.0 } else { f64::from(model) / f64::from(v) };
                Complex32::new((f64::from(x.re) * gain) as f32, (f64::from(x.im) * gain) as f32)
            });
            frames.samples(all.view(), length)
        };
        spectra.iter().map(channel).collect()
    }

    pub fn components(&self) -> usize {
        self.factors.w.ncols()
    }

    /// Samples of one component in every channel. Phase and level differences between
    /// channels are those of the recording, because one gain applies to all channels.
    pub fn component(
        &self,
        component: usize,
        spectra: &[Array2<Complex32>],
        frames: &LibrosaFrames,
        length: usize,
    ) -> Vec<Vec<f32>> {
        let (w, h) = (self.factors.w.column(component), self.factors.h.row(component));
        let channel = |spectra: &Array2<Complex32>| {
            let own = Zip::indexed(spectra).and(&self.whole).map_collect(|(bin, t), x, &whole| {
                if whole <= f32::MIN_POSITIVE {
                    // Avoids dividing zero by zero.
                    return Complex32::ZERO;
                }
                // In 64 bits, no quotient overflows.
                let gain = f64::from(w[bin]) * f64::from(h[t]) / f64::from(whole);
                Complex32::new((f64::from(x.re) * gain) as f32, (f64::from(x.im) * gain) as f32)
            });
            frames.samples(own.view(), length)
        };
        spectra.iter().map(channel).collect()
    }
}
