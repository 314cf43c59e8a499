//! From the project's clips to a dictionary, with the settings of the parameters.

use std::sync::Weak;

use crate::dictionary::Dictionary;
use crate::dsp::{FrameSettings, Mode};
use crate::learn::{
    BLIND_PREFIX, Divergence, Learned, Method, Progress, RestSettings, SourceClips, TrainError,
    TrainSettings, add_rest, train,
};
use crate::plugin::choices::{MethodChoice, RestChoice, TransposeChoice};
use crate::plugin::params::LearnParams;
use crate::plugin::project::clip::{self, Clip, seconds_text};
use crate::plugin::project::{Project, Rest};
use crate::plugin::words;

/// What was learned.
pub struct Outcome {
    pub dictionary: Dictionary,
    /// The strip of each source.
    pub slots: Vec<usize>,
    /// The clips that there were: others may have come meanwhile.
    pub learned_from: Vec<Weak<Clip>>,
    /// Whether the rest is to be adapted to what plays.
    pub adapts: bool,
    /// For the user.
    pub notes: Vec<String>,
}

/// Learns from all clips for `mode` at `sample_rate_hz`. Instruments that were learned and
/// have no clips any more stay as they are.
///
/// # Errors
/// What to tell the user; nothing if the callback said stop.
pub fn learn(
    project: &Project,
    params: &LearnParams,
    mode: Mode,
    sample_rate_hz: u32,
    progress: Progress,
) -> Result<Outcome, Option<String>> {
    let settings = settings(params, FrameSettings::new(mode, sample_rate_hz));
    let mut slots: Vec<usize> =
        (0..project.slots.len()).filter(|&s| !project.slots[s].clips.is_empty()).collect();
    let known = known(project, slots.is_empty());
    let blind = slots.is_empty() && known.is_none();
    let with_mixture = params.rest.value() == RestChoice::Auto || slots.is_empty();
    let mixture = if with_mixture { clip::joined(&project.mixture, sample_rate_hz) } else { None };
    let learned = learn_clips(project, &slots, mixture.as_deref(), known, &settings, progress);
    let (mut dictionary, report) =
        learned.map_err(|error| (!error.is_cancelled()).then(|| words::learning(&error)))?;
    for (source, &slot) in dictionary.sources.iter_mut().zip(&slots) {
        source.color.clone_from(&project.slots[slot].color);
    }
    if blind {
        slots = (0..dictionary.sources.len()).collect();
    } else {
        slots.extend(without_clips(project).map(|(slot, _)| slot));
    }
    let adapts = dictionary.rest().is_none()
        && match params.rest.value() {
            RestChoice::Auto => !blind && (slots.len() == 1 || project.rest != Rest::None),
            RestChoice::Adapt => !blind,
            RestChoice::None => false,
        };
    if adapts {
        dictionary.add_empty_rest();
    }
    dictionary.check().map_err(|error| Some(words::invalid(&error)))?;
    let notes = report
        .iter()
        .map(|learned| {
            format!(
                "{}: {} components from {} of sound",
                learned.name,
                learned.components,
                seconds_text(learned.heard_s)
            )
        })
        .collect();
    let learned_from = project.present_clips();
    Ok(Outcome { dictionary, slots, learned_from, adapts, notes })
}

/// Slots that were learned and have no clips, and their sources.
fn without_clips(project: &Project) -> impl Iterator<Item = (usize, usize)> {
    let slots = project.slots.iter().enumerate().filter(|(_, slot)| slot.clips.is_empty());
    slots.filter_map(|(place, slot)| Some((place, slot.source?)))
}

/// The instruments that stay as they were learned, with the names that they have now.
/// What a mixture was taken apart into, and nothing else, is learned anew.
fn known(project: &Project, no_clips: bool) -> Option<Dictionary> {
    let sources: Vec<usize> = without_clips(project).map(|(_, source)| source).collect();
    let mut known = project.dictionary_to_save().filter(|_| !sources.is_empty())?;
    known.keep_sources(&sources);
    let was_blind = known.sources.iter().all(|source| source.name.starts_with(BLIND_PREFIX));
    (!no_clips || !was_blind).then_some(known)
}

/// The dictionary of the slots' clips, with what is known behind it and then, with a
/// mixture, the rest.
fn learn_clips(
    project: &Project,
    slots: &[usize],
    mixture: Option<&[Vec<f32>]>,
    known: Option<Dictionary>,
    settings: &TrainSettings,
    progress: Progress,
) -> Result<(Dictionary, Vec<Learned>), TrainError> {
    let rate_hz = settings.frames.sample_rate_hz;
    let at_rate = |slot: &usize| {
        project.slots[*slot].clips.iter().map(|clip| clip.at_rate(rate_hz)).collect()
    };
    let solos: Vec<Vec<Vec<Vec<f32>>>> = slots.iter().map(at_rate).collect();
    let sources: Vec<SourceClips> = slots
        .iter()
        .zip(&solos)
        .map(|(&slot, clips)| SourceClips {
            name: project.slots[slot].name.clone(),
            clips: clips.iter().map(|clip| &clip[..]).collect(),
        })
        .collect();
    let has_news = !sources.is_empty() || mixture.is_some();
    let Some(known) = known.filter(|_| has_news) else {
        return train(&sources, mixture, settings, progress);
    };
    let (mut dictionary, mut report) = if sources.is_empty() {
        (known.remapped(settings.frames).0, Vec::new())
    } else {
        let (mut dictionary, report) = train(&sources, None, settings, progress)?;
        dictionary.take_sources_of(&known, &(0..known.sources.len()).collect::<Vec<_>>());
        (dictionary, report)
    };
    if let Some(mixture) = mixture {
        let settings = RestSettings { seed: settings.seed, ..RestSettings::default() };
        let rest = add_rest(&mut dictionary, mixture, &settings, progress);
        report.push(rest.map_err(TrainError::Mixture)?);
    }
    Ok((dictionary, report))
}

fn settings(params: &LearnParams, frames: FrameSettings) -> TrainSettings {
    TrainSettings {
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
        ..TrainSettings::new(frames)
    }
}
