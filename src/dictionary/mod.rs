//! The result of learning, which the engine runs on: spectra, grouped into sources.

mod check;
mod error;
mod file;
mod names;
mod remap;
mod source;
mod spectra;
mod sums;

pub use check::{COMPONENTS, check_name};
pub use error::{DictionaryError, Invalid};
pub(crate) use file::{Attachment, WholeFile};
pub use names::{file_stems, same_name, storable};
pub use remap::Remapped;
pub use source::{PALETTE, REST_NAME, Source};

use ndarray::{Array2, Axis, concatenate};

use crate::divergence::Divergence;
use crate::frames::FrameSettings;

/// Learned spectra, the sources that they belong to, and the frame settings that they apply
/// to.
///
/// **One source without a rest gets the whole mixture**: see [`Dictionary::can_separate`].
///
/// ```
/// use unbraid::dictionary::{Dictionary, Provenance, Source};
/// use unbraid::divergence::Divergence;
/// use unbraid::frames::{FrameSettings, Mode};
/// use unbraid::ndarray::Array2;
///
/// // Two flat spectra, by hand; `learn_dictionary` learns them from clips.
/// let frames = FrameSettings::new(Mode::Live, 8000);
/// let dictionary = Dictionary {
///     w: Array2::from_elem((frames.bins(), 2), 1.0 / frames.bins() as f32),
///     rarity: vec![0.0; 2],
///     sources: vec![Source::new("flute", 0, vec![0]), Source::new("drum", 1, vec![1])],
///     frames,
///     transpose: 0,
///     divergence: Divergence::KullbackLeibler,
///     provenance: Provenance { method: "by hand".into(), seed: 0 },
/// };
/// dictionary.check()?;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("band.safetensors");
/// dictionary.save(&path)?;
/// assert_eq!(Dictionary::load(&path)?, dictionary);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dictionary {
    /// Bins × components, non-negative; every column sums to 1.
    pub w: Array2<f32>,
    /// For each component, how rare it is in the clips of its source: 0 if it is common, or if
    /// that is not known, and more by ln 2 if it is needed half as often. The engine prefers
    /// common components.
    pub rarity: Vec<f32>,
    /// Every component belongs to exactly one source. At most one is the rest.
    pub sources: Vec<Source>,
    pub frames: FrameSettings,
    /// Largest transposition in semitones, up and down, that the engine tries for each
    /// component: 0, 6 or 12.
    pub transpose: u32,
    /// What the activations minimise, both in learning and in the engine.
    pub divergence: Divergence,
    pub provenance: Provenance,
}

/// How a dictionary was learned. Informative only.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    pub method: String,
    pub seed: u64,
}

impl Dictionary {
    pub fn components(&self) -> usize {
        self.w.ncols()
    }

    /// Whether there is something to tell apart: at least two sources, the rest included, that
    /// have components.
    ///
    /// If not, the only source is all that can explain the input, and it gets the whole mixture.
    /// The remedies: learn the other instruments, too; give
    /// [`learn_dictionary`](crate::learn::learn_dictionary) a `mixture`, from which it learns a
    /// rest; or add a rest later with [`add_rest`](crate::offline::add_rest) or
    /// [`take_rest_of`](Self::take_rest_of). An [empty rest](Self::add_empty_rest) is none: it has
    /// no spectra to compete with.
    #[must_use]
    pub fn can_separate(&self) -> bool {
        self.sources.iter().filter(|source| !source.components.is_empty()).count() > 1
    }

    /// The source called `name`, and its index.
    pub fn source(&self, name: &str) -> Option<(usize, &Source)> {
        self.sources.iter().enumerate().find(|(_, source)| source.name == name)
    }

    /// Removes the rest and its components; returns whether there was one.
    pub fn remove_rest(&mut self) -> bool {
        let Some(rest) = self.rest() else { return false };
        self.keep_sources(&(0..self.sources.len()).filter(|&s| s != rest).collect::<Vec<_>>());
        true
    }

    /// Adds a rest without components to a dictionary that has no rest. It gets whatever no
    /// source explains: an offset, and little else, as it does not compete with the sources (see
    /// [`can_separate`](Self::can_separate)).
    pub fn add_empty_rest(&mut self) {
        if self.rest().is_none() {
            self.sources.push(Source::rest(Vec::new()));
        }
    }

    /// Copies the rest of another dictionary, remapped to the frames of this one. Does
    /// nothing if the other has no rest.
    pub fn take_rest_of(&mut self, other: &Self) {
        let Some(rest) = other.rest() else { return };
        self.remove_rest();
        self.take_sources_of(other, &[rest]);
    }

    /// Copies sources of another dictionary, remapped to the frames of this one, and
    /// appends them to the existing ones.
    pub fn take_sources_of(&mut self, other: &Self, sources: &[usize]) {
        let (mut other, _) = other.remapped(self.frames);
        other.keep_sources(sources);
        let first = self.components();
        self.w = concatenate(Axis(1), &[self.w.view(), other.w.view()]).expect("same bins");
        self.rarity.append(&mut other.rarity);
        for mut source in other.sources {
            source.components.iter_mut().for_each(|component| *component += first);
            self.sources.push(source);
        }
    }

    /// Keeps only the sources with these indices, and their components.
    pub fn keep_sources(&mut self, kept: &[usize]) {
        let mut columns = Vec::new();
        let mut sources = Vec::new();
        for &s in kept {
            let mut source = self.sources[s].clone();
            let first = columns.len();
            columns.append(&mut source.components);
            source.components = (first..columns.len()).collect();
            sources.push(source);
        }
        self.w = self.w.select(Axis(1), &columns);
        self.rarity = columns.iter().map(|&component| self.rarity[component]).collect();
        self.sources = sources;
    }

    /// Merges a source into the rest, which is created if necessary. Later sources move up.
    pub fn merge_into_rest(&mut self, source: usize) {
        self.add_empty_rest();
        let Some(rest) = self.rest().filter(|rest| *rest != source) else { return };
        let components = std::mem::take(&mut self.sources[source].components);
        self.sources[rest].components.extend(components);
        self.sources.remove(source);
    }

    /// Index of the rest.
    pub fn rest(&self) -> Option<usize> {
        self.sources.iter().position(|source| source.rest)
    }
}
