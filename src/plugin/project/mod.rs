//! What the user has made: sources, the clips that were captured for them, and
//! the dictionary that was learned. All of it travels in the host's project.

pub mod clip;
pub mod envelope;
pub mod undo;
pub mod versions;

use std::sync::{Arc, Weak};

use clip::Clip;

use super::messages;
use crate::dictionary::{Dictionary, Source};
use crate::dsp::{FrameSettings, Mode};

/// Sources that an instance can hold, beside the rest.
pub const MAX_INSTRUMENTS: usize = 16;

/// What instruments are called, with their number, until they are named.
pub const DEFAULT_NAME: &str = "Instrument";

/// A place for a source: a tab to capture for and a strip in the mixer.
#[derive(Clone, Debug)]
pub struct Instrument {
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    pub clips: Vec<Arc<Clip>>,
    /// The source of the dictionary that sounds on this strip.
    pub source: Option<usize>,
}

impl Instrument {
    fn new(place: usize) -> Self {
        let Source { name, color, .. } =
            Source::new(&format!("{DEFAULT_NAME} {}", place + 1), place, Vec::new());
        Self { name, color, clips: Vec::new(), source: None }
    }

    pub fn seconds(&self) -> f64 {
        self.clips.iter().map(|clip| clip.seconds()).sum()
    }
}

/// How the dictionary came to its rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// The sources are all there is.
    #[default]
    None,
    /// Learned from a captured mixture, or came with a file.
    Learned,
    /// Being adapted to what plays, after so many seconds of sound.
    Adapting { heard_s: u32 },
}

impl Rest {
    /// Seconds of sound after which there is a rest, and after which it stays as it is.
    pub const FIRST_S: u32 = 4;
    pub const LAST_S: u32 = 30;

    /// Whether it still listens to what plays.
    pub fn listens(self) -> bool {
        matches!(self, Self::Adapting { heard_s } if heard_s < Self::LAST_S)
    }
}

/// Everything that is saved beside the parameters. Clones share the clips and
/// the dictionary.
#[derive(Clone, Debug)]
pub struct Project {
    pub instruments: [Instrument; MAX_INSTRUMENTS],
    pub mixture: Vec<Arc<Clip>>,
    /// What was learned, on the frames that it was learned for.
    pub dictionary: Option<Arc<Dictionary>>,
    /// The clips that were there for it. Clips that came since are news.
    pub learned_from: Vec<Weak<Clip>>,
    pub rest: Rest,
    /// Whether it was saved without clips that there were.
    pub clips_left_out: bool,
}

impl Default for Project {
    fn default() -> Self {
        Self {
            instruments: std::array::from_fn(Instrument::new),
            mixture: Vec::new(),
            dictionary: None,
            learned_from: Vec::new(),
            rest: Rest::None,
            clips_left_out: false,
        }
    }
}

impl Project {
    /// The clips of an instrument, or of the mixture.
    pub fn clips_mut(&mut self, instrument: Option<usize>) -> &mut Vec<Arc<Clip>> {
        match instrument {
            Some(instrument) => &mut self.instruments[instrument].clips,
            None => &mut self.mixture,
        }
    }

    pub fn clips(&self, instrument: Option<usize>) -> &[Arc<Clip>] {
        match instrument {
            Some(instrument) => &self.instruments[instrument].clips,
            None => &self.mixture,
        }
    }

    /// The clips of all instruments and of the mixture.
    pub fn all_clips(&self) -> impl Iterator<Item = &Arc<Clip>> {
        self.instruments.iter().flat_map(|instrument| &instrument.clips).chain(&self.mixture)
    }

    /// Whether there is anything to learn from.
    pub fn has_clips(&self) -> bool {
        self.all_clips().next().is_some()
    }

    /// Whether a clip was there when the dictionary was made.
    pub fn is_learned(&self, clip: &Arc<Clip>) -> bool {
        self.learned_from.iter().any(|known| known.as_ptr() == Arc::as_ptr(clip))
    }

    /// Whether there is a clip that the dictionary does not know.
    pub fn has_news(&self) -> bool {
        let without_source =
            |instrument: &Instrument| instrument.source.is_none() && !instrument.clips.is_empty();
        self.instruments.iter().any(without_source) || !self.all_clips().all(|c| self.is_learned(c))
    }

    /// The clips of now, as [`Project::learned_from`] has them.
    pub fn present_clips(&self) -> Vec<Weak<Clip>> {
        self.all_clips().map(Arc::downgrade).collect()
    }

    /// Puts a dictionary in place and its sources on strips: those in `instruments`,
    /// one after another, or the first strips for a dictionary from elsewhere,
    /// which then take its names and colours.
    pub fn set_dictionary(&mut self, dictionary: Dictionary, instruments: Option<&[usize]>) {
        for instrument in &mut self.instruments {
            instrument.source = None;
        }
        let sources = dictionary.sources.iter().enumerate().filter(|(_, source)| !source.rest);
        for (place, (index, source)) in sources.enumerate() {
            let Some(instrument) =
                instruments.map_or(Some(place), |instruments| instruments.get(place).copied())
            else {
                continue;
            };
            let Some(instrument) = self.instruments.get_mut(instrument) else { continue };
            instrument.source = Some(index);
            instrument.name.clone_from(&source.name);
            instrument.color.clone_from(&source.color);
        }
        self.rest = if dictionary.rest().is_some() { Rest::Learned } else { Rest::None };
        self.dictionary = Some(Arc::new(dictionary));
        self.learned_from = self.present_clips();
    }

    /// Takes an instrument's instrument away. What was learned of it is something else in the
    /// song from now on: it joins the rest.
    pub fn remove(&mut self, instrument: usize) {
        let removed =
            std::mem::replace(&mut self.instruments[instrument], Instrument::new(instrument))
                .source;
        let (Some(removed), Some(dictionary)) = (removed, &self.dictionary) else { return };
        let is_other = |(source, it): (usize, &Source)| source != removed && !it.rest;
        if !dictionary.sources.iter().enumerate().any(is_other) {
            self.dictionary = None;
            self.rest = Rest::None;
            return;
        }
        let mut smaller = Dictionary::clone(dictionary);
        smaller.merge_into_rest(removed);
        self.dictionary = Some(Arc::new(smaller));
        if self.rest == Rest::None {
            self.rest = Rest::Learned;
        }
        for source in
            self.instruments.iter_mut().filter_map(|instrument| instrument.source.as_mut())
        {
            *source -= usize::from(*source > removed);
        }
    }

    /// Whether everything that was learned can be learned again from the clips.
    /// Does not allocate: see [`super::hub::Hub::is_idle`].
    pub fn can_relearn(&self) -> bool {
        let Some(dictionary) = &self.dictionary else { return false };
        let on_strips = || self.instruments.iter().filter(|instrument| instrument.source.is_some());
        let solo = dictionary.sources.iter().filter(|source| !source.rest).count();
        on_strips().count() == solo
            && on_strips().all(|instrument| !instrument.clips.is_empty())
            && solo > 0
    }

    /// The mode that the engine should run in: the one that is asked for, but
    /// where the dictionary is about to be learned again for it, the dictionary's.
    pub fn engine_mode(&self, asked: Mode) -> Mode {
        match &self.dictionary {
            Some(dictionary) if self.can_relearn() => dictionary.frames.mode,
            _ => asked,
        }
    }

    /// The dictionary with the names and colours of the strips, as it is saved.
    pub fn dictionary_to_save(&self) -> Option<Dictionary> {
        let mut dictionary = Dictionary::clone(self.dictionary.as_ref()?);
        for instrument in &self.instruments {
            if let Some(source) = instrument.source.and_then(|s| dictionary.sources.get_mut(s)) {
                source.name.clone_from(&instrument.name);
                source.color.clone_from(&instrument.color);
            }
        }
        Some(dictionary)
    }

    /// What the engine runs on: the dictionary on `frames`, or, while there is
    /// none, one that explains nothing. Says what was done to make it fit.
    pub fn engine_dictionary(&self, frames: FrameSettings) -> (Dictionary, Option<String>) {
        match &self.dictionary {
            Some(dictionary) => {
                let (dictionary, remapped) = dictionary.remapped(frames);
                (dictionary, remapped.as_ref().map(messages::remapped))
            }
            None => (nothing_learned(frames), None),
        }
    }
}

/// A dictionary of which everything is the rest.
fn nothing_learned(frames: FrameSettings) -> Dictionary {
    let mut dictionary = Dictionary {
        w: ndarray::Array2::zeros((frames.bins(), 0)),
        sources: Vec::new(),
        frames,
        transpose: 0,
        divergence: crate::learn::Divergence::KullbackLeibler,
        provenance: crate::dictionary::Provenance { method: "none".to_string(), seed: 0 },
    };
    dictionary.add_empty_rest();
    dictionary
}
