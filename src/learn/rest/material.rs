//! What a rest is learned from.

use ndarray::{Array2, ArrayView2};

use crate::dictionary::Source;
use crate::frames::Mode;
use crate::learn::factors::Factors;
use crate::learn::nmf::options::NmfOptions;
use crate::learn::nmf::semi_supervised_from;
use crate::learn::{FactorizeError, Progress};

/// The spectra of a mixture, and what is known of the sources in it.
pub struct RestMaterial<'a> {
    /// Bins × frames of the mixture.
    pub v: ArrayView2<'a, f32>,
    /// Bins × components of the sources, without transposed copies. With the copies, the sources
    /// could explain nearly all of the mixture, and little would be left for the rest.
    pub w: ArrayView2<'a, f32>,
    /// Which of these components belong together.
    pub sources: &'a [Source],
    /// For each source, the frames in which it is known to be silent.
    pub silent: &'a [Vec<usize>],
    /// Frames in a second.
    pub frames_per_s: f64,
    pub mode: Mode,
}

impl RestMaterial<'_> {
    /// Factors with the sources' columns, and `free` more, which are learned. Where a source is
    /// silent, its activations are 0.
    pub fn factorize(
        &self,
        free: usize,
        options: &NmfOptions,
        progress: Progress,
    ) -> Result<Factors, FactorizeError> {
        semi_supervised_from(self.v, self.w, free, |h| self.silence(h), options, progress)
    }

    /// Multiplicative updates never change an activation of 0.
    fn silence(&self, h: &mut Array2<f32>) {
        for (source, frames) in self.sources.iter().zip(self.silent) {
            for &component in &source.components {
                let mut row = h.row_mut(component);
                frames.iter().for_each(|frame| row[*frame] = 0.0);
            }
        }
    }
}
