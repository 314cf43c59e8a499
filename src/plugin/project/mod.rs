//! The user's work: the instruments, the clips recorded for them, and the learned dictionary.
//! All of it is saved in the host's project.

pub mod budget;
pub mod change_name;
pub mod clip;
pub mod clip_range;
pub mod envelope;
pub mod from_library;
pub mod silences;
pub mod song_range;
pub mod store;
pub mod undo;
pub mod versions;

use std::sync::{Arc, Weak};

use clip::Clip;

use super::messages;
use crate::dictionary::{Dictionary, Source, same_name};
use crate::frames::{FrameSettings, Mode};

/// Instruments that an instance can hold, not counting the rest.
pub const MAX_INSTRUMENTS: usize = 32;

/// Default name of an instrument, followed by its number.
pub const DEFAULT_NAME: &str = "Instrument";

/// The window's name for the rest: to a musician, a rest is a silence.
pub const EVERYTHING_ELSE: &str = "Everything else";

/// Longest name of an instrument.
pub const MAX_NAME_CHARS: usize = 40;

/// One of the places for instruments: a tab for recording and a strip in the mixer.
#[derive(Clone, Debug)]
pub struct Instrument {
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    pub clips: Vec<Arc<Clip>>,
    /// The source of the dictionary that plays on this strip.
    pub source: Option<usize>,
    /// The number of clips that the source was learned from; `None` if it is not known.
    pub learned_clips: Option<usize>,
}

impl Instrument {
    fn new(place: usize) -> Self {
        let Source { name, color, .. } =
            Source::new(&format!("{DEFAULT_NAME} {}", place + 1), place, Vec::new());
        Self { name, color, clips: Vec::new(), source: None, learned_clips: None }
    }

    /// Whether neither the user nor a file has named it.
    pub fn has_default_name(&self) -> bool {
        let number = self.name.strip_prefix(DEFAULT_NAME).map(str::trim);
        number.is_some_and(|number| number.parse::<usize>().is_ok())
    }

    /// Plays a source of the dictionary, with its name and colour.
    fn play(&mut self, index: usize, source: &Source) {
        self.source = Some(index);
        self.name.clone_from(&source.name);
        self.color.clone_from(&source.color);
    }

    pub fn seconds(&self) -> f64 {
        // An empty sum is -0.0, which would be shown as such.
        self.clips.iter().map(|clip| clip.seconds()).fold(0.0, |sum, seconds| sum + seconds)
    }
}

/// Where the dictionary's rest comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// The sources are all there is.
    #[default]
    None,
    /// Learned from a recorded mixture, or loaded from a file.
    Learned,
    /// Being adapted to the input; `listened_s` is the seconds used so far.
    Adapting { listened_s: u32 },
}

impl Rest {
    /// Seconds of sound after which there is a rest, and after which it no longer changes.
    pub const FIRST_S: u32 = 4;
    pub const LAST_S: u32 = 30;

    /// Whether it has not been adapted yet.
    fn is_awaited(self) -> bool {
        matches!(self, Self::Adapting { listened_s } if listened_s < Self::FIRST_S)
    }

    /// Whether it is still being adapted to the input.
    pub fn listens(self) -> bool {
        matches!(self, Self::Adapting { listened_s } if listened_s < Self::LAST_S)
    }
}

/// Everything that is saved apart from the parameters. Clones share the clips and the
/// dictionary.
#[derive(Clone, Debug)]
pub struct Project {
    pub instruments: [Instrument; MAX_INSTRUMENTS],
    pub mixture: Vec<Arc<Clip>>,
    /// What was learned, with the frames that it was learned for.
    pub dictionary: Option<Arc<Dictionary>>,
    /// The clips that it was learned from. Clips added since are new.
    pub learned_from: Vec<Weak<Clip>>,
    /// Components per instrument and updates that it was learned with; `None` if not known.
    /// The other settings are in the dictionary.
    pub learned_with: Option<(Option<usize>, usize)>,
    pub rest: Rest,
    /// Whether clips existed but were left out when it was saved.
    pub clips_left_out: bool,
}

impl Default for Project {
    fn default() -> Self {
        Self {
            instruments: std::array::from_fn(Instrument::new),
            mixture: Vec::new(),
            dictionary: None,
            learned_from: Vec::new(),
            learned_with: None,
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

    /// The name of an instrument, or of the mixture.
    pub fn tab_name(&self, instrument: Option<usize>) -> &str {
        instrument.map_or("the whole song", |instrument| &self.instruments[instrument].name)
    }

    /// The clips of all instruments and of the mixture.
    pub fn all_clips(&self) -> impl Iterator<Item = &Arc<Clip>> {
        self.instruments.iter().flat_map(|instrument| &instrument.clips).chain(&self.mixture)
    }

    /// A name that two instruments have that were recorded or learned.
    pub fn shared_name(&self) -> Option<&str> {
        let is_used =
            |instrument: &&Instrument| instrument.source.is_some() || !instrument.clips.is_empty();
        let used: Vec<&Instrument> = self.instruments.iter().filter(is_used).collect();
        let shared = used.iter().enumerate().find(|(place, instrument)| {
            used[..*place].iter().any(|other| same_name(&other.name, &instrument.name))
        });
        shared.map(|(_, instrument)| instrument.name.as_str())
    }

    /// Whether nothing is known of the rest yet, so that the instruments get the whole sound.
    /// While it is adapted again, the rest before is in use.
    pub fn awaits_rest(&self) -> bool {
        let is_empty = |dictionary: &Arc<Dictionary>| {
            let rest = dictionary.rest();
            rest.is_none_or(|rest| dictionary.sources[rest].components.is_empty())
        };
        self.rest.is_awaited() && self.dictionary.as_ref().is_some_and(is_empty)
    }

    /// The names of the dictionary's sources as the window shows them; none as long as the
    /// sources cannot be told apart.
    pub fn source_names(&self) -> Vec<&str> {
        let Some(dictionary) = self.dictionary.as_ref().filter(|_| !self.awaits_rest()) else {
            return Vec::new();
        };
        let mut names: Vec<&str> = dictionary.sources.iter().map(|it| it.name.as_str()).collect();
        if let Some(rest) = dictionary.rest() {
            names[rest] = EVERYTHING_ELSE;
        }
        for instrument in &self.instruments {
            if let Some(name) = instrument.source.and_then(|source| names.get_mut(source)) {
                *name = &instrument.name;
            }
        }
        names
    }

    /// Whether there are clips to learn from.
    pub fn has_clips(&self) -> bool {
        self.all_clips().next().is_some()
    }

    /// Whether the dictionary was learned with this clip.
    pub fn is_learned(&self, clip: &Arc<Clip>) -> bool {
        self.learned_from.iter().any(|known| known.as_ptr() == Arc::as_ptr(clip))
    }

    /// Whether there is a clip that the dictionary was not learned with.
    pub fn has_unlearned_clips(&self) -> bool {
        let without_source =
            |instrument: &Instrument| instrument.source.is_none() && !instrument.clips.is_empty();
        self.instruments.iter().any(without_source) || !self.all_clips().all(|c| self.is_learned(c))
    }

    /// Whether an instrument was learned from exactly the clips that it has.
    pub fn is_up_to_date(&self, instrument: usize) -> bool {
        let instrument = &self.instruments[instrument];
        let count = instrument.clips.len();
        instrument.source.is_some()
            && instrument.clips.iter().all(|clip| self.is_learned(clip))
            && instrument.learned_clips.is_none_or(|learned| learned == count)
    }

    /// The present clips, in the form of [`Project::learned_from`].
    pub fn present_clips(&self) -> Vec<Weak<Clip>> {
        self.all_clips().map(Arc::downgrade).collect()
    }

    /// Sets the dictionary that was learned from the clips and assigns its sources to
    /// `instruments`, in order.
    ///
    /// Instruments keep their names and colours, which may have been changed while learning; only
    /// parts that were found blind get those of their sources.
    pub fn set_learned(&mut self, dictionary: Dictionary, instruments: &[usize]) {
        let is_known = self
            .instruments
            .each_ref()
            .map(|instrument| !instrument.clips.is_empty() || instrument.source.is_some());
        self.forget_dictionary();
        let sources = dictionary.sources.iter().enumerate().filter(|(_, source)| !source.rest);
        for ((index, source), instrument) in sources.zip(instruments) {
            let Some(place) = self.instruments.get_mut(*instrument) else { continue };
            if is_known[*instrument] {
                place.source = Some(index);
            } else {
                place.play(index, source);
                self.forget_silences(*instrument);
            }
        }
        self.learned_from = self.present_clips();
        self.set_dictionary(dictionary);
    }

    /// Sets a dictionary from elsewhere. Each source goes to the instrument of its name, or
    /// else to a place without recordings, so that no recording comes to stand for another
    /// instrument; the recordings that there are stay, as not learned. Sources for which there
    /// is no place join the rest; returns their names.
    pub fn set_loaded(&mut self, mut dictionary: Dictionary) -> Vec<String> {
        self.forget_dictionary();
        for place in 0..self.instruments.len() {
            if self.instruments[place].clips.is_empty() {
                self.instruments[place] = Instrument::new(place);
                self.forget_silences(place);
            }
        }
        let places = self.places_for(&dictionary);
        let mut left_out = Vec::new();
        let without_place = places.iter().enumerate().filter(|(_, place)| place.is_none());
        for source in without_place.map(|(source, _)| source).rev() {
            if !dictionary.sources[source].rest {
                left_out.insert(0, dictionary.sources[source].name.clone());
                dictionary.merge_into_rest(source);
            }
        }
        let sources = dictionary.sources.iter().enumerate().filter(|(_, source)| !source.rest);
        for ((index, source), place) in sources.zip(places.into_iter().flatten()) {
            self.instruments[place].play(index, source);
        }
        self.learned_from = Vec::new();
        self.set_dictionary(dictionary);
        left_out
    }

    /// The instrument for each source; `None` for the rest, and where there is no place.
    fn places_for(&self, dictionary: &Dictionary) -> Vec<Option<usize>> {
        let has_clips = |place: &usize| !self.instruments[*place].clips.is_empty();
        let mut places: Vec<Option<usize>> = Vec::new();
        for source in &dictionary.sources {
            let suits = |place: &usize| {
                same_name(&self.instruments[*place].name, &source.name)
                    && !places.contains(&Some(*place))
            };
            let named = (0..MAX_INSTRUMENTS).filter(has_clips).find(suits);
            places.push(named.filter(|_| !source.rest));
        }
        let mut free = (0..MAX_INSTRUMENTS).filter(|place| !has_clips(place));
        for (place, source) in places.iter_mut().zip(&dictionary.sources) {
            if place.is_none() && !source.rest {
                *place = free.next();
            }
        }
        places
    }

    fn forget_dictionary(&mut self) {
        for instrument in &mut self.instruments {
            instrument.source = None;
            instrument.learned_clips = None;
        }
    }

    fn set_dictionary(&mut self, dictionary: Dictionary) {
        self.rest = if dictionary.rest().is_some() { Rest::Learned } else { Rest::None };
        self.dictionary = Some(Arc::new(dictionary));
        self.learned_with = None;
    }

    /// Clears an instrument. What was learned for it is now part of everything else in the
    /// song: it joins the rest.
    pub fn remove(&mut self, instrument: usize) {
        self.forget_silences(instrument);
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
            && on_strips().all(|instrument| instrument.clips.iter().any(|c| self.is_learned(c)))
            && solo > 0
    }

    /// The mode that the engine should run in: the requested one, or the dictionary's while
    /// it is about to be learned again for the requested one.
    pub fn engine_mode(&self, asked: Mode) -> Mode {
        match &self.dictionary {
            Some(dictionary) if self.can_relearn() => dictionary.frames.mode,
            _ => asked,
        }
    }

    /// The dictionary in the form that is saved, with the names and colours of the strips.
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

    /// The engine's dictionary, fitted to `frames`; one that explains nothing if nothing was
    /// learned. Also returns what was changed to make it fit.
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

/// A dictionary with only an empty rest.
fn nothing_learned(frames: FrameSettings) -> Dictionary {
    let mut dictionary = Dictionary {
        w: ndarray::Array2::zeros((frames.bins(), 0)),
        rarity: Vec::new(),
        sources: Vec::new(),
        frames,
        transpose: 0,
        divergence: crate::divergence::Divergence::KullbackLeibler,
        provenance: crate::dictionary::Provenance { method: "none".to_string(), seed: 0 },
    };
    dictionary.add_empty_rest();
    dictionary
}
