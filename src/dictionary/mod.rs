//! What is learned and what the engine runs on: spectra, grouped in sources.

mod check;
mod error;
mod file;
mod remap;
mod source;

pub use error::{DictionaryError, Invalid};
pub use remap::Remapped;
pub use source::{REST_NAME, Source};

use ndarray::Array2;

use crate::dsp::FrameSettings;

/// Learned spectra, the sources that they belong to, and the frames that they
/// hold for.
#[derive(Clone, Debug, PartialEq)]
pub struct Dictionary {
    /// Bins × components, non-negative, every column sums to 1.
    pub w: Array2<f32>,
    /// Every component belongs to exactly one source. At most one is the rest.
    pub sources: Vec<Source>,
    pub frames: FrameSettings,
    /// Largest transposition in semitones, both ways, at which the engine
    /// looks for each component: 0, 6 or 12.
    pub transpose: u32,
    pub provenance: Provenance,
}

/// How a dictionary came to be. Nothing is computed from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    pub method: String,
    pub divergence: String,
    pub seed: u64,
}

impl Dictionary {
    pub fn components(&self) -> usize {
        self.w.ncols()
    }

    /// The source named `name`, and its index.
    pub fn source(&self, name: &str) -> Option<(usize, &Source)> {
        self.sources.iter().enumerate().find(|(_, source)| source.name == name)
    }

    /// Index of the source that stands for what no other explains.
    pub fn rest(&self) -> Option<usize> {
        self.sources.iter().position(|source| source.rest)
    }
}
