//! A dictionary prepared for the engine: all data that the audio thread only reads.

use super::activations::{Round, SolverSettings};
use super::atoms::Atoms;
use super::bands::Bands;
use super::mask_bins::MaskBins;
use super::stft::Transform;
use crate::dictionary::Dictionary;
use crate::frames::{FrameSettings, Mode};

/// Engine settings that are not part of the dictionary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EngineSettings {
    pub solver: SolverSettings,
    /// Exponent on the source models in the masks.
    pub mask_exponent: f32,
    /// Whether sources that do not seem to sound get smaller masks (`dsp/presence.rs`).
    pub presence: bool,
}

impl EngineSettings {
    /// The settings that separate best in a mode, with and without transposed copies. Based
    /// on measurements: see `docs/quality.md`.
    pub fn new(mode: Mode, transposed: bool, beta: f32) -> Self {
        Self {
            solver: if transposed { with_copies(mode, beta) } else { without_copies(beta) },
            mask_exponent: match mode {
                Mode::Quality => 1.5,
                Mode::Balanced | Mode::Live => 1.75,
            },
            // The limits were found for this.
            presence: transposed && beta == 1.0,
        }
    }
}

/// The penalty of a component of rarity 1.
const RARITY_PENALTY: f32 = 0.02;

/// The shorter the hop, the more each frame starts from the last one and the fewer atoms it
/// scans. A frame that scans all atoms can drop the small ones half-way. A frame that
/// relies on the previous frames needs the small ones.
fn with_copies(mode: Mode, beta: f32) -> SolverSettings {
    let round = |atoms, updates| Round { atoms, updates };
    let (warmth, scan_updates, scan_stride, rounds) = match mode {
        Mode::Quality => (0.5, 2, 2, [round(224, 10), round(96, 20)]),
        Mode::Balanced => (0.9, 1, 4, [round(200, 20), Round::NONE]),
        Mode::Live => (0.97, 1, 12, [round(150, 15), Round::NONE]),
    };
    SolverSettings {
        beta,
        warmth,
        scan_updates,
        scan_stride,
        rounds,
        // Over-long steps are only safe for Kullback-Leibler.
        relaxation: if beta == 1.0 { 1.95 } else { 1.0 },
        copy_penalty: 0.15,
        rarity_penalty: RARITY_PENALTY,
    }
}

fn without_copies(beta: f32) -> SolverSettings {
    SolverSettings {
        beta,
        warmth: 0.9,
        scan_updates: 0,
        scan_stride: 1,
        rounds: [Round { atoms: usize::MAX, updates: 20 }, Round::NONE],
        relaxation: 1.0,
        copy_penalty: 0.0,
        rarity_penalty: RARITY_PENALTY,
    }
}

fn default_settings(dictionary: &Dictionary) -> EngineSettings {
    let transposed = dictionary.transpose > 0;
    EngineSettings::new(dictionary.frames.mode, transposed, dictionary.divergence.beta())
}

/// Atoms, bands, windows and plans of one dictionary. Immutable; shared between
/// separators, as an `Arc`.
///
/// Making one takes milliseconds to seconds and allocates: it is not for the audio thread. The
/// crate's [first example](crate) makes one.
pub struct Model {
    pub(super) frames: FrameSettings,
    pub(super) bands: Bands,
    pub(super) mask_bins: MaskBins,
    pub(super) atoms: Atoms,
    pub(super) settings: EngineSettings,
    pub(super) transform: Transform,
    pub(super) rest: Option<usize>,
    /// The source of each component.
    pub(super) source_of_component: Vec<usize>,
}

impl Model {
    /// Prepares a dictionary with the default settings of its mode.
    pub fn new(dictionary: &Dictionary) -> Self {
        Self::with_settings(dictionary, default_settings(dictionary))
    }

    /// [`new`](Self::new), which takes long for many components: calls `go_on` often, and
    /// returns `None` if it returns false.
    pub fn new_while(dictionary: &Dictionary, go_on: &mut dyn FnMut() -> bool) -> Option<Self> {
        Self::prepared(dictionary, default_settings(dictionary), go_on)
    }

    /// Prepares a dictionary. If its frames are not those of its mode and rate, as in files
    /// from other programs, it is remapped to them.
    pub fn with_settings(dictionary: &Dictionary, settings: EngineSettings) -> Self {
        let prepared = Self::prepared(dictionary, settings, &mut || true);
        prepared.unwrap_or_else(|| unreachable!("it is not stopped"))
    }

    fn prepared(
        dictionary: &Dictionary,
        settings: EngineSettings,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<Self> {
        let own = dictionary.frames;
        let frames = FrameSettings::new(own.mode, own.sample_rate_hz);
        let (dictionary, _) = &dictionary.remapped(frames);
        let bands = Bands::new(&frames);
        let mask_bins = MaskBins::new(&bands);
        let mut source_of_component = vec![0; dictionary.components()];
        for (s, source) in dictionary.sources.iter().enumerate() {
            source.components.iter().for_each(|&component| source_of_component[component] = s);
        }
        Some(Self {
            frames,
            atoms: Atoms::new(dictionary, &bands, &mask_bins, go_on)?,
            bands,
            mask_bins,
            settings,
            transform: Transform::new(&frames),
            rest: dictionary.rest(),
            source_of_component,
        })
    }

    pub fn frames(&self) -> &FrameSettings {
        &self.frames
    }

    /// Start of each band in bins, and the end of the last.
    pub fn band_edges(&self) -> &[usize] {
        self.bands.edges()
    }

    /// Exponent on the source models in the masks.
    pub fn mask_exponent(&self) -> f32 {
        self.settings.mask_exponent
    }

    /// Index of the rest.
    pub fn rest(&self) -> Option<usize> {
        self.rest
    }

    /// The component that an atom is, or is a copy of, and the source of that component.
    pub fn component_of_atom(&self, atom: usize) -> (usize, usize) {
        let component = self.atoms.component(atom);
        (component, self.source_of_component[component])
    }

    /// Adds `h` times an atom's bands to `bands`.
    pub fn add_atom(&self, atom: usize, h: f32, bands: &mut [f32]) {
        self.atoms.add_pooled(atom, h, bands);
    }

    /// The fraction of the input's offset that a source gets: all of it for the rest, or equal
    /// parts if there is none.
    pub(super) fn offset_fraction(&self, source: usize) -> f32 {
        match self.rest {
            Some(rest) => f32::from(u8::from(source == rest)),
            None => 1.0 / self.sources() as f32,
        }
    }

    /// The same for a component: equal parts of its source's.
    pub(super) fn offset_fraction_of_component(&self, component: usize) -> f32 {
        let source = self.source_of_component[component];
        let all = self.source_of_component.iter().filter(|other| **other == source).count();
        self.offset_fraction(source) / all as f32
    }

    /// Number of sources, including the rest.
    pub fn sources(&self) -> usize {
        self.atoms.sources().len()
    }

    /// Number of components of the dictionary.
    pub fn components(&self) -> usize {
        self.source_of_component.len()
    }
}
