//! Learns a dictionary from the project's clips, with the settings of the parameters.

use std::sync::Weak;

use crate::dictionary::Dictionary;
use crate::divergence::Divergence;
use crate::frames::{FrameSettings, Mode};
use crate::learn::{
    BLIND_PREFIX, LearnError, LearnSettings, Learned, Method, Progress, RestSettings, SourceClips,
    add_rest, learn_dictionary,
};
use crate::plugin::choices::{MethodChoice, RestChoice, TransposeChoice};
use crate::plugin::messages;
use crate::plugin::params::LearnParams;
use crate::plugin::project::clip::{self, Clip, seconds_text};
use crate::plugin::project::{Project, Rest};

/// What was learned.
pub struct Outcome {
    pub dictionary: Dictionary,
    /// The strip of each source.
    pub instruments: Vec<usize>,
    /// The clips that were learned from; others may have been added since.
    pub learned_from: Vec<Weak<Clip>>,
    /// Whether the rest is to be adapted to the input.
    pub adapts: bool,
    /// For the user.
    pub notes: Vec<String>,
}

/// Learns from all clips for `mode` at `sample_rate_hz`. Instruments that were learned and
/// have no clips any more stay as they are.
///
/// # Errors
/// The message for the user; `None` if the callback stopped it.
pub fn learn(
    project: &Project,
    params: &LearnParams,
    mode: Mode,
    sample_rate_hz: u32,
    progress: Progress,
) -> Result<Outcome, Option<String>> {
    let settings = settings(params, FrameSettings::new(mode, sample_rate_hz));
    let mut instruments: Vec<usize> = (0..project.instruments.len())
        .filter(|&s| !project.instruments[s].clips.is_empty())
        .collect();
    let known = known(project, instruments.is_empty());
    let blind = instruments.is_empty() && known.is_none();
    let with_mixture = params.rest.value() == RestChoice::Auto || instruments.is_empty();
    let mixture = if with_mixture { clip::joined(&project.mixture, sample_rate_hz) } else { None };
    let learned =
        learn_clips(project, &instruments, mixture.as_deref(), known, &settings, progress);
    let (mut dictionary, report) =
        learned.map_err(|error| (!error.is_cancelled()).then(|| messages::learning(&error)))?;
    for (source, &instrument) in dictionary.sources.iter_mut().zip(&instruments) {
        source.color.clone_from(&project.instruments[instrument].color);
    }
    if blind {
        instruments = (0..dictionary.sources.len()).collect();
    } else {
        instruments.extend(without_clips(project).map(|(instrument, _)| instrument));
    }
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
    Ok(Outcome { dictionary, instruments, learned_from, adapts, notes })
}

/// Instruments that were learned and have no clips, with their sources.
fn without_clips(project: &Project) -> impl Iterator<Item = (usize, usize)> {
    let instruments = project
        .instruments
        .iter()
        .enumerate()
        .filter(|(_, instrument)| instrument.clips.is_empty());
    instruments.filter_map(|(place, instrument)| Some((place, instrument.source?)))
}

/// The instruments that stay as they were learned, with their present names. Of a mixture
/// learned blindly, the sources are learned again.
fn known(project: &Project, no_clips: bool) -> Option<Dictionary> {
    let sources: Vec<usize> = without_clips(project).map(|(_, source)| source).collect();
    let mut known = project.dictionary_to_save().filter(|_| !sources.is_empty())?;
    known.keep_sources(&sources);
    let was_blind = known.sources.iter().all(|source| source.name.starts_with(BLIND_PREFIX));
    (!no_clips || !was_blind).then_some(known)
}

/// Learns the dictionary of the instruments' clips, followed by the known sources and, if
/// there is a mixture, the rest.
fn learn_clips(
    project: &Project,
    instruments: &[usize],
    mixture: Option<&[Vec<f32>]>,
    known: Option<Dictionary>,
    settings: &LearnSettings,
    progress: Progress,
) -> Result<(Dictionary, Vec<Learned>), LearnError> {
    let rate_hz = settings.frames.sample_rate_hz;
    let at_rate = |instrument: &usize| {
        project.instruments[*instrument].clips.iter().map(|clip| clip.at_rate(rate_hz)).collect()
    };
    let solos: Vec<Vec<Vec<Vec<f32>>>> = instruments.iter().map(at_rate).collect();
    let sources: Vec<SourceClips> = instruments
        .iter()
        .zip(&solos)
        .map(|(&instrument, clips)| SourceClips {
            name: project.instruments[instrument].name.clone(),
            clips: clips.iter().map(|clip| &clip[..]).collect(),
        })
        .collect();
    let has_news = !sources.is_empty() || mixture.is_some();
    let Some(known) = known.filter(|_| has_news) else {
        return learn_dictionary(&sources, mixture, settings, progress);
    };
    let (mut dictionary, mut report) = if sources.is_empty() {
        (known.remapped(settings.frames).0, Vec::new())
    } else {
        let (mut dictionary, report) = learn_dictionary(&sources, None, settings, progress)?;
        dictionary.take_sources_of(&known, &(0..known.sources.len()).collect::<Vec<_>>());
        (dictionary, report)
    };
    if let Some(mixture) = mixture {
        let settings = RestSettings { seed: settings.seed, ..RestSettings::default() };
        let rest = add_rest(&mut dictionary, mixture, &settings, progress);
        report.push(rest.map_err(LearnError::Mixture)?);
    }
    Ok((dictionary, report))
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
