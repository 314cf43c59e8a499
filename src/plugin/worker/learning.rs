//! From the project's clips to a dictionary, with the settings of the parameters.

use std::sync::Weak;

use crate::dictionary::Dictionary;
use crate::dsp::{FrameSettings, Mode};
use crate::learn::{Divergence, Method, Progress, SourceClips, TrainSettings, train};
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

/// Learns from all clips for `mode` at `sample_rate_hz`.
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
    let frames = FrameSettings::new(mode, sample_rate_hz);
    let settings = settings(params, frames);
    let slots: Vec<usize> =
        (0..project.slots.len()).filter(|&s| !project.slots[s].clips.is_empty()).collect();
    let clips = |slot: usize| project.slots[slot].clips.iter();
    let solos: Vec<Vec<Vec<Vec<f32>>>> = slots
        .iter()
        .map(|&slot| clips(slot).map(|clip| clip.at_rate(sample_rate_hz)).collect())
        .collect();
    let sources: Vec<SourceClips> = slots
        .iter()
        .zip(&solos)
        .map(|(&slot, clips)| SourceClips {
            name: project.slots[slot].name.clone(),
            clips: clips.iter().map(|clip| &clip[..]).collect(),
        })
        .collect();
    let with_mixture = params.rest.value() == RestChoice::Auto || sources.is_empty();
    let mixture = if with_mixture { clip::joined(&project.mixture, sample_rate_hz) } else { None };
    let (mut dictionary, report) = train(&sources, mixture.as_deref(), &settings, progress)
        .map_err(|error| (!error.is_cancelled()).then(|| words::learning(&error)))?;
    for (source, &slot) in dictionary.sources.iter_mut().zip(&slots) {
        source.color.clone_from(&project.slots[slot].color);
    }
    let blind = slots.is_empty();
    let slots = if blind { (0..dictionary.sources.len()).collect() } else { slots };
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
