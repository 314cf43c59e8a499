//! Learns a dictionary from the project's clips, with the settings of the parameters. What was
//! learned before and is up to date stays as it is.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use crate::dictionary::Dictionary;
use crate::divergence::Divergence;
use crate::frames::{FrameSettings, Mode};
use crate::learn::{
    BLIND_PREFIX, LearnSettings, Method, Progress, Recording, SourceToLearn, is_rest_unlikely,
};
use crate::offline::learn_with_rest;
use crate::plugin::choices::{MethodChoice, RestChoice, TransposeChoice};
use crate::plugin::messages;
use crate::plugin::params::LearnParams;
use crate::plugin::project::clip::{Clip, seconds_text};
use crate::plugin::project::store::ProjectStore;
use crate::plugin::project::{Instrument, Project, Rest};

/// What was learned.
pub struct LearningOutcome {
    dictionary: Dictionary,
    /// The strip of each source.
    instruments: Vec<usize>,
    /// The clips that were learned from; others may have been added since.
    learned_from: Vec<Weak<Clip>>,
    /// The number of those of each source's instrument.
    learned_clips: Vec<usize>,
    learned_with: (Option<usize>, usize),
    pub settings: LearnSettings,
    /// Whether the rest is to be adapted to the input.
    pub adapts: bool,
    /// For the user.
    pub notes: Vec<String>,
}

impl LearningOutcome {
    /// Keeps the rest of an earlier dictionary in use until it is adapted for this one, if there is
    /// room for it.
    pub fn take_rest_of(&mut self, before: &Dictionary) {
        let mut with_rest = self.dictionary.clone();
        with_rest.take_rest_of(before);
        match with_rest.check() {
            Ok(()) => self.dictionary = with_rest,
            Err(problem) => self.notes.push(messages::no_room_for_rest(&problem)),
        }
    }

    /// Makes this what the project has learned.
    pub fn apply(self, project: &mut Project) {
        project.set_learned(self.dictionary, &self.instruments);
        for (instrument, clips) in self.instruments.into_iter().zip(self.learned_clips) {
            project.instruments[instrument].learned_clips = Some(clips);
        }
        project.learned_from = self.learned_from;
        project.learned_with = Some(self.learned_with);
        if self.adapts {
            project.rest = Rest::Adapting { listened_s: 0 };
        }
    }
}

/// What is learned from, and where the result belongs.
pub struct Basis {
    pub project: Arc<Project>,
    /// The version of A and B.
    b_is_active: bool,
}

impl Basis {
    /// The present project.
    pub fn of(store: &ProjectStore) -> Self {
        let b_is_active = store.is_b_active();
        Self { project: store.get(), b_is_active }
    }

    /// Whether what is learned from it still suits the present project. A switch between A and B
    /// leaves what it is compared with as it was, and yet the result would be lost to the other.
    pub fn suits(&self, store: &ProjectStore, now: &Project) -> bool {
        store.is_b_active() == self.b_is_active && still_suits(&self.project, now)
    }
}

/// Whether what is learned from one state of a project still suits another: nothing else was
/// learned, loaded or added since, and each instrument still has a recording of then. Otherwise
/// the result would undo what the user, or a host that loads another project, has just done.
fn still_suits(before: &Project, now: &Project) -> bool {
    let same_dictionary = match (&before.dictionary, &now.dictionary) {
        (Some(before), Some(now)) => Arc::ptr_eq(before, now),
        (before, now) => before.is_none() && now.is_none(),
    };
    let stays = |before: &[Arc<Clip>], now: &[Arc<Clip>]| {
        let is_there = |clip: &Arc<Clip>| now.iter().any(|other| Arc::ptr_eq(clip, other));
        before.is_empty() || before.iter().any(is_there)
    };
    let mut instruments = before.instruments.iter().zip(&now.instruments);
    // Marks of silence divide the song without changing its sound.
    let samples = |clips: &[Arc<Clip>]| {
        let mut samples = BTreeMap::new();
        for clip in clips {
            *samples.entry(clip.origin()).or_insert(0) += clip.samples();
        }
        samples
    };
    let same_song =
        stays(&before.mixture, &now.mixture) || samples(&before.mixture) == samples(&now.mixture);
    same_dictionary
        && same_song
        && instruments.all(|(before, now)| stays(&before.clips, &now.clips))
}

/// Learns from the clips for `mode` at `sample_rate_hz`: from those that are new, or from all
/// if there are none or the settings have changed. Instruments that were learned and have no
/// clips any more stay as they are.
///
/// # Errors
/// The message for the user; `None` if the callback stopped it.
pub fn learn(
    project: &Project,
    params: &LearnParams,
    mode: Mode,
    sample_rate_hz: u32,
    progress: Progress,
) -> Result<LearningOutcome, Option<String>> {
    if let Some(name) = project.shared_name() {
        return Err(Some(messages::shared_name(name)));
    }
    let settings = settings(params, FrameSettings::new(mode, sample_rate_hz));
    let with_clips = project.instruments.iter().any(|instrument| !instrument.clips.is_empty());
    let known = known(project, &settings, with_clips);
    let places: Vec<(usize, &Instrument)> = with_clips_first(project)
        .filter(|(place, instrument)| !instrument.clips.is_empty() || known.has(*place))
        .collect();
    let sources: Vec<SourceToLearn> =
        places.iter().map(|(place, instrument)| known.or_learned(*place, instrument)).collect();
    let blind = sources.is_empty();
    let with_mixture = params.rest.value() == RestChoice::Auto || !with_clips;
    let mixture = if with_mixture { project.mixture_to_learn() } else { Vec::new() };
    let learned = learn_with_rest(&sources, &mixture, &settings, progress);
    let (mut dictionary, report) =
        learned.map_err(|error| (!error.is_cancelled()).then(|| messages::learning(&error)))?;
    for (source, (_, instrument)) in dictionary.sources.iter_mut().zip(&places) {
        source.color.clone_from(&instrument.color);
    }
    let instruments: Vec<usize> = match blind {
        true => (0..dictionary.sources.len()).collect(),
        false => places.iter().map(|(place, _)| *place).collect(),
    };
    let adapts = dictionary.rest().is_none()
        && match params.rest.value() {
            RestChoice::Auto => !blind && (instruments.len() == 1 || project.rest != Rest::None),
            RestChoice::Adapt => !blind,
            RestChoice::None => false,
        };
    if adapts {
        dictionary.add_empty_rest();
    }
    dictionary.check().map_err(|error| Some(messages::invalid(&error)))?;
    let nothing_else = is_rest_unlikely(&dictionary).then(|| messages::NOTHING_ELSE.to_string());
    let notes = report
        .iter()
        .map(|learned| {
            format!(
                "{}: {} components from {} of sound",
                learned.name,
                learned.components,
                seconds_text(learned.sound_s)
            )
        })
        .chain(nothing_else)
        .collect();
    Ok(LearningOutcome {
        dictionary,
        learned_from: project.present_clips(),
        learned_clips: places.iter().map(|(_, instrument)| instrument.clips.len()).collect(),
        learned_with: (settings.components, settings.iterations),
        settings,
        instruments,
        adapts,
        notes,
    })
}

fn recordings(clips: &[Arc<Clip>]) -> Vec<&dyn Recording> {
    clips.iter().map(|clip| &**clip as &dyn Recording).collect()
}

/// The instruments with their places, those with clips first.
fn with_clips_first(project: &Project) -> impl Iterator<Item = (usize, &Instrument)> {
    let all = || project.instruments.iter().enumerate();
    let has_clips = |(_, instrument): &(usize, &Instrument)| !instrument.clips.is_empty();
    all().filter(has_clips).chain(all().filter(move |instrument| !has_clips(instrument)))
}

/// The instruments that stay as they were learned.
struct Known {
    /// With the present names.
    dictionary: Option<Dictionary>,
    places: Vec<usize>,
}

impl Known {
    fn has(&self, place: usize) -> bool {
        self.places.contains(&place)
    }

    /// The source of an instrument if it stays, or its clips to learn it from.
    fn or_learned<'a>(&'a self, place: usize, instrument: &'a Instrument) -> SourceToLearn<'a> {
        match (&self.dictionary, instrument.source) {
            (Some(dictionary), Some(source)) if self.has(place) => {
                SourceToLearn::Known { dictionary, source }
            }
            _ => SourceToLearn::Solo {
                name: &instrument.name,
                recordings: recordings(&instrument.clips),
            },
        }
    }
}

fn known(project: &Project, settings: &LearnSettings, with_clips: bool) -> Known {
    let nothing = Known { dictionary: None, places: Vec::new() };
    let Some(dictionary) = project.dictionary_to_save() else { return nothing };
    let keeps = has_changed_clips(project) && was_learned_with(project, &dictionary, settings);
    let stays = |(place, instrument): &(usize, &Instrument)| match instrument.clips[..] {
        [] => instrument.source.is_some(),
        _ => keeps && project.is_up_to_date(*place),
    };
    let places: Vec<(usize, &Instrument)> =
        project.instruments.iter().enumerate().filter(stays).collect();
    // Of a mixture learned blindly, the sources are learned again.
    let is_blind = |(_, instrument): &(usize, &Instrument)| {
        let source = instrument.source.and_then(|source| dictionary.sources.get(source));
        source.is_some_and(|source| source.name.starts_with(BLIND_PREFIX))
    };
    if places.is_empty() || (!with_clips && places.iter().all(is_blind)) {
        return nothing;
    }
    let places = places.into_iter().map(|(place, _)| place).collect();
    Known { dictionary: Some(dictionary), places }
}

/// Whether an instrument, or the mixture, has other clips than it was learned from.
fn has_changed_clips(project: &Project) -> bool {
    let is_new = |(place, instrument): (usize, &Instrument)| {
        !instrument.clips.is_empty() && !project.is_up_to_date(place)
    };
    project.instruments.iter().enumerate().any(is_new)
        || !project.mixture.iter().all(|clip| project.is_learned(clip))
}

/// Whether a dictionary was learned with these settings, as far as that is known.
fn was_learned_with(project: &Project, dictionary: &Dictionary, settings: &LearnSettings) -> bool {
    let Dictionary { frames, transpose, divergence, provenance, .. } = dictionary;
    *frames == settings.frames
        && *transpose == settings.transpose
        && *divergence == settings.divergence
        && provenance.method == settings.method.name()
        && provenance.seed == settings.seed
        && project
            .learned_with
            .is_none_or(|with| with == (settings.components, settings.iterations))
}

fn settings(params: &LearnParams, frames: FrameSettings) -> LearnSettings {
    LearnSettings {
        method: match params.method.value() {
            MethodChoice::Nmf => Method::Nmf,
            MethodChoice::Snpa => Method::Snpa,
            MethodChoice::Greedy => Method::Greedy,
            MethodChoice::Greedy2 => Method::Greedy2,
        },
        components: Some(params.components.value() as usize).filter(|count| *count > 0),
        divergence: Divergence::from_beta(params.divergence.value())
            .unwrap_or(Divergence::KullbackLeibler),
        iterations: params.iterations.value() as usize,
        seed: params.seed.value() as u64,
        transpose: match params.transpose.value() {
            TransposeChoice::None => 0,
            TransposeChoice::Six => 6,
            TransposeChoice::Twelve => 12,
        },
        ..LearnSettings::new(frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::AudioBuffer;
    use crate::plugin::hub::Hub;
    use crate::plugin::params::PluginParams;
    use crate::plugin::project::clip_range::ClipRange;
    use crate::plugin::project::silences::set_silent;
    use crate::plugin::project::undo::UndoStack;

    /// A mark of silence divides the only recording of the song; deleting that is another matter.
    #[test]
    fn marking_the_song_does_not_stop_learning() {
        let store = ProjectStore::default();
        let channels = vec![vec![0.1; 20_000]];
        let song = vec![Arc::new(Clip::from(AudioBuffer { channels, sample_rate_hz: 8_000 }))];
        store.edit(|project| project.mixture.clone_from(&song));
        let before = store.get();
        set_silent(&store, &song, &ClipRange(5..10), 2, true).unwrap();
        assert!(still_suits(&before, &store.get()));
        assert!(store.get().has_unlearned_clips(), "it is still to be learned");
        // Another song of the same length.
        let channels = vec![vec![0.1; 20_000]];
        let other = Clip::from(AudioBuffer { channels, sample_rate_hz: 8_000 });
        store.edit(|project| project.mixture = vec![Arc::new(other)]);
        assert!(!still_suits(&before, &store.get()));
    }

    /// At the first switch, B is a copy of A.
    #[test]
    fn what_is_learned_in_one_version_does_not_suit_the_other() {
        let hub = Hub::new();
        let params = PluginParams::new(&hub);
        let store = &hub.project;
        let basis = Basis::of(store);
        let suits = || store.with(|now| basis.suits(store, now));
        assert!(suits());
        store.switch(params.mixer_settings());
        assert!(!suits());
        store.switch(params.mixer_settings());
        assert!(suits(), "back again");
        store.switch(params.mixer_settings());
        store.replace(UndoStack::default());
        assert!(!store.is_b_active() && suits(), "another empty project");
    }
}
