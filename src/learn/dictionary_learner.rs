//! From clips to a dictionary.

use ndarray::{Array2, ArrayView2, Axis, concatenate};

use super::clips::{MAX_FRAMES, SourceClips, Spectra, audible_spectra};
use super::factors::{Factors, normalise, peak_order};
use super::method::Method;
use super::mixture::{Mixture, silent_frames};
use super::nmf::options::{Descent, NmfOptions};
use super::nmf::{Start, nmf};
use super::rarity::rarity;
use super::recording::{InMemory, Recording};
use super::rest::{RestMaterial, RestSettings, learn_rest, rest_penalty};
use super::spectra::learning_hop;
use super::unexplained::{fraction_of, unexplained_by};
use super::work::{self, LearningWork, Parts};
use super::{FactorizeError, Progress, Score};
use crate::dictionary::{Dictionary, Provenance, Source};
use crate::divergence::Divergence;
use crate::frames::FrameSettings;

/// Settings for learning a dictionary.
///
/// ```
/// use unbraid::frames::{FrameSettings, Mode};
/// use unbraid::learn::LearnSettings;
///
/// let frames = FrameSettings::new(Mode::Quality, 48_000);
/// let settings = LearnSettings { components: Some(16), transpose: 0, ..LearnSettings::new(frames) };
/// # assert_eq!(settings.seed, 0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LearnSettings {
    pub frames: FrameSettings,
    pub method: Method,
    /// Components of each source; if `None`, chosen by the length of its clips.
    pub components: Option<usize>,
    pub divergence: Divergence,
    /// Updates of NMF.
    pub iterations: usize,
    pub seed: u64,
    /// Largest transposition of the dictionary in semitones: 0, 6 or 12.
    pub transpose: u32,
    /// Frames that each source is learned from, at most.
    pub max_frames: usize,
}

impl LearnSettings {
    /// The settings that separate best: frames from SNPA, refined by 25 updates of KL-NMF,
    /// with transposed copies up to an octave up and down.
    pub fn new(frames: FrameSettings) -> Self {
        Self {
            frames,
            method: Method::Nmf,
            components: None,
            divergence: Divergence::KullbackLeibler,
            iterations: 25,
            seed: 0,
            transpose: 12,
            max_frames: MAX_FRAMES,
        }
    }
}

/// The default number of components of a source, and the seconds of sound needed for that
/// many: with less sound, components would fit single frames.
const COMPONENTS: usize = 32;
const COMPONENTS_OF_SHORT_CLIPS: usize = 16;
const SHORT_CLIPS_S: f64 = 6.0;

/// The default number of components of a mixture learned blind.
const BLIND_COMPONENTS: usize = 8;

/// Sources of a mixture learned blind are named this, followed by their number.
pub const BLIND_PREFIX: &str = "component-";

/// Result of learning one source.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceReport {
    pub name: String,
    /// Seconds of sound in its clips, without silence.
    pub sound_s: f64,
    pub components: usize,
    /// The divergence before the first update and after each one.
    pub objective: Vec<f64>,
    /// How much of its clips a source leaves unexplained; for the rest, how much of the
    /// mixture the other sources leave (see [`unexplained`](super::unexplained())).
    pub unexplained: f32,
}

/// A problem with one source's clips.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LearnError {
    #[error("source `{name}`: {cause}")]
    Source { name: String, cause: FactorizeError },
    #[error("the mixture: {0}")]
    Mixture(FactorizeError),
    #[error("there is nothing to learn from: give a source or a mixture")]
    Nothing,
}

impl LearnError {
    /// Whether the progress callback stopped the computation.
    pub fn is_cancelled(&self) -> bool {
        let (Self::Source { cause, .. } | Self::Mixture(cause)) = self else { return false };
        matches!(cause, FactorizeError::Cancelled(_))
    }
}

/// A source of a dictionary that is to be learned.
#[derive(Clone)]
pub enum SourceToLearn<'a> {
    /// Learned from recordings in which it plays alone, at any sample rate.
    Solo { name: &'a str, recordings: Vec<&'a dyn Recording> },
    /// A source of an earlier dictionary, by its number, which stays as it is.
    Known { dictionary: &'a Dictionary, source: usize },
}

/// Learns a dictionary: each source from its solo clips, and the rest if there is a mixture
/// clip. With a mixture alone, it is learned blind, one source per component.
///
/// **With one source and no mixture, that source gets all of what is separated**, as nothing else
/// can explain it. Give a `mixture` for a rest, which need not be the recording that is separated,
/// or [`add_rest`] later; [`Dictionary::can_separate`] tells. With a rest,
/// [`offline::learn_with_rest`](crate::offline::learn_with_rest) gives better results.
///
/// ```
/// use unbraid::frames::{FrameSettings, Mode};
/// use unbraid::learn::{LearnSettings, SourceClips, learn_dictionary};
///
/// let tone = |hz: f32| -> Vec<f32> {
///     (0..8000).map(|n| (std::f32::consts::TAU * hz * n as f32 / 8000.0).sin() * 0.2).collect()
/// };
/// let flute = vec![tone(880.0)];
/// let mixture = vec![flute[0].iter().zip(tone(150.0)).map(|(a, b)| a + b).collect::<Vec<f32>>()];
/// let sources = [SourceClips { name: "flute".into(), clips: vec![&flute] }];
/// let settings = LearnSettings::new(FrameSettings::new(Mode::Live, 8000));
///
/// let (alone, _) = learn_dictionary(&sources, None, &settings, &mut |_| true)?;
/// assert!(!alone.can_separate());
/// let (with_rest, reports) = learn_dictionary(&sources, Some(&mixture), &settings, &mut |_| true)?;
/// assert!(with_rest.can_separate() && with_rest.rest() == Some(1));
/// assert_eq!(reports.len(), 2);
/// # Ok::<(), unbraid::learn::LearnError>(())
/// ```
///
/// # Errors
/// If clips are silent or too short for the requested components, or the callback asks to
/// stop.
pub fn learn_dictionary(
    sources: &[SourceClips],
    mixture: Option<&[Vec<f32>]>,
    settings: &LearnSettings,
    progress: Progress,
) -> Result<(Dictionary, Vec<SourceReport>), LearnError> {
    let sample_rate_hz = settings.frames.sample_rate_hz;
    let in_memory = |channels| InMemory { channels, sample_rate_hz };
    let clips: Vec<Vec<InMemory>> = sources
        .iter()
        .map(|source| source.clips.iter().map(|clip| in_memory(*clip)).collect())
        .collect();
    let sources: Vec<SourceToLearn> = sources
        .iter()
        .zip(&clips)
        .map(|(source, clips)| SourceToLearn::Solo {
            name: &source.name,
            recordings: clips.iter().map(|clip| clip as &dyn Recording).collect(),
        })
        .collect();
    let mixture = mixture.map(in_memory);
    let mixture: Vec<Mixture> = mixture.iter().map(|clip| Mixture::new(clip)).collect();
    learn_from(&sources, &mixture, settings, progress)
}

/// Learns a dictionary of sources in the given order, and the rest if there are recordings of
/// a mixture. With a mixture alone, it is learned blind, one source per component. Recordings
/// are read in pieces, and those of one source at a time.
///
/// Reports the sources that were learned, and the rest.
///
/// # Errors
/// If recordings are silent or too short for the requested components, nothing is to be
/// learned, or the callback asks to stop.
pub fn learn_from(
    sources: &[SourceToLearn],
    mixture: &[Mixture],
    settings: &LearnSettings,
    progress: Progress,
) -> Result<(Dictionary, Vec<SourceReport>), LearnError> {
    let Some(mut dictionary) = empty(sources, mixture, settings) else {
        return Err(LearnError::Nothing);
    };
    let rest_settings = RestSettings {
        seed: settings.seed,
        max_frames: settings.max_frames,
        ..RestSettings::default()
    };
    let works: Vec<LearningWork> =
        sources.iter().map(|source| work::of_source(source, settings)).collect();
    let mixture_work = match sources {
        [] => work::of_blind(&recordings(mixture), BLIND_COMPONENTS, settings),
        _ => {
            let components = works.iter().map(|work| work.components).sum();
            work::of_rest(&recordings(mixture), &settings.frames, components, &rest_settings)
        }
    };
    let total = works.iter().chain([&mixture_work]).map(|work| work.total()).sum();
    let mut parts = Parts::new(total, progress);
    let mut report = Vec::new();
    for (source, work) in sources.iter().zip(works) {
        match source {
            SourceToLearn::Known { dictionary: known, source } => {
                dictionary.take_sources_of(known, &[*source]);
            }
            SourceToLearn::Solo { name, recordings } => {
                let learned = learn_source(recordings, components_for, settings, work, &mut parts)
                    .map_err(|cause| LearnError::Source { name: name.to_string(), cause })?;
                let range = append(&mut dictionary, &learned.factors.w);
                let rarity = rarity(learned.factors.h.view(), learned.sound_s);
                dictionary.rarity[range.clone()].copy_from_slice(&rarity);
                let unexplained = Some(learned.unexplained);
                report.push(learned.report(name, range.len()));
                let place = dictionary.sources.len();
                let source = Source::new(name, place, range.collect());
                dictionary.sources.push(Source { unexplained, ..source });
            }
        }
    }
    if !mixture.is_empty() {
        let last = if sources.is_empty() {
            learn_blind(&mut dictionary, mixture, settings, mixture_work, &mut parts)
        } else {
            learn_rest_of(&mut dictionary, mixture, &rest_settings, mixture_work, &mut parts)
        };
        report.push(last.map_err(LearnError::Mixture)?);
    }
    Ok((dictionary, report))
}

/// Adds a rest to a dictionary, learned from a mixture at the dictionary's sample rate, with
/// the sources unchanged. An existing rest is replaced.
/// [`offline::add_rest`](crate::offline::add_rest) goes on from there, with better results.
///
/// # Errors
/// If the mixture is silent or too short, or the callback asks to stop. The dictionary then
/// stays unchanged.
pub fn add_rest(
    dictionary: &mut Dictionary,
    mixture: &[Vec<f32>],
    settings: &RestSettings,
    progress: Progress,
) -> Result<SourceReport, FactorizeError> {
    let sample_rate_hz = dictionary.frames.sample_rate_hz;
    add_rest_from(
        dictionary,
        &[Mixture::new(&InMemory { channels: mixture, sample_rate_hz })],
        settings,
        progress,
    )
}

/// [`add_rest`] from recordings of a mixture, at any sample rate, in which sources may be known
/// to be silent.
///
/// # Errors
/// As for [`add_rest`].
pub fn add_rest_from(
    dictionary: &mut Dictionary,
    mixture: &[Mixture],
    settings: &RestSettings,
    progress: Progress,
) -> Result<SourceReport, FactorizeError> {
    let recordings = recordings(mixture);
    let work = work::of_rest(&recordings, &dictionary.frames, dictionary.components(), settings);
    let mut parts = Parts::new(work.total(), progress);
    learn_rest_of(dictionary, mixture, settings, work, &mut parts)
}

fn learn_rest_of(
    dictionary: &mut Dictionary,
    mixture: &[Mixture],
    settings: &RestSettings,
    work: LearningWork,
    parts: &mut Parts,
) -> Result<SourceReport, FactorizeError> {
    let Spectra { v, numbers, sound_s } = parts.run(work.reading, |progress| {
        audible_spectra(&recordings(mixture), &dictionary.frames, settings.max_frames, progress)
    })?;
    let mut changed = dictionary.clone();
    changed.remove_rest();
    let frames = &changed.frames;
    let material = RestMaterial {
        v: v.view(),
        w: changed.w.view(),
        sources: &changed.sources,
        silent: &silent_frames(mixture, frames, &numbers, &changed.sources),
        frames_per_s: f64::from(frames.sample_rate_hz) / learning_hop(frames) as f64,
        mode: frames.mode,
    };
    let (w, objective) =
        parts.run(work.learning, |progress| learn_rest(&material, settings, progress))?;
    let unexplained =
        parts.run(work.judging, |progress| unexplained_by(v.view(), changed.w.view(), progress))?;
    let penalty = rest_penalty(unexplained, &changed.sources);
    let range = append(&mut changed, &w);
    let components = range.len();
    changed.sources.push(Source { penalty, ..Source::rest(range.collect()) });
    *dictionary = changed;
    let name = crate::dictionary::REST_NAME.to_string();
    Ok(SourceReport { name, sound_s, components, objective, unexplained })
}

fn recordings<'a>(mixture: &[Mixture<'a>]) -> Vec<&'a dyn Recording> {
    mixture.iter().map(|mixture| mixture.recording).collect()
}

fn learn_blind(
    dictionary: &mut Dictionary,
    mixture: &[Mixture],
    settings: &LearnSettings,
    work: LearningWork,
    parts: &mut Parts,
) -> Result<SourceReport, FactorizeError> {
    let learned =
        learn_source(&recordings(mixture), |_, _| BLIND_COMPONENTS, settings, work, parts)?;
    let range = append(dictionary, &learned.factors.w);
    dictionary.sources = range
        .clone()
        .map(|k| Source::new(&format!("{BLIND_PREFIX}{:02}", k + 1), k, vec![k]))
        .collect();
    Ok(learned.report("mixture", range.len()))
}

/// What was learned from some recordings.
struct LearnedSource {
    factors: Factors,
    sound_s: f64,
    unexplained: f32,
}

impl LearnedSource {
    fn report(self, name: &str, components: usize) -> SourceReport {
        let Self { factors, sound_s, unexplained } = self;
        let (name, objective) = (name.to_string(), factors.objective);
        SourceReport { name, sound_s, components, objective, unexplained }
    }
}

/// `components` gives the number of components, if the settings do not, from the number of
/// frames and the seconds of sound.
fn learn_source(
    recordings: &[&dyn Recording],
    components: impl FnOnce(usize, f64) -> usize,
    settings: &LearnSettings,
    work: LearningWork,
    parts: &mut Parts,
) -> Result<LearnedSource, FactorizeError> {
    let Spectra { v, sound_s, .. } = parts.run(work.reading, |progress| {
        audible_spectra(recordings, &settings.frames, settings.max_frames, progress)
    })?;
    let components = settings.components.unwrap_or_else(|| components(v.ncols(), sound_s));
    let factors = parts
        .run(work.learning, |progress| learn_spectra(v.view(), components, settings, progress))?;
    let unexplained = match factors.objective.last() {
        Some(left) if settings.divergence == Divergence::KullbackLeibler => {
            fraction_of(v.view(), *left)
        }
        _ => parts
            .run(work.judging, |progress| unexplained_by(v.view(), factors.w.view(), progress))?,
    };
    Ok(LearnedSource { factors, sound_s, unexplained })
}

/// W of one source: columns of sum 1, ordered by the frequency of their peak.
fn learn_spectra(
    v: ArrayView2<f32>,
    components: usize,
    settings: &LearnSettings,
    progress: Progress,
) -> Result<Factors, FactorizeError> {
    let picked = settings.method.pick(v, components, Score::default(), progress)?;
    let Some(columns) = picked else {
        let options = NmfOptions {
            divergence: settings.divergence,
            // The faster one would need fewer iterations for the same fit.
            descent: Descent::Plain,
            iterations: settings.iterations,
            seed: settings.seed,
            ..NmfOptions::default()
        };
        let mut factors = nmf(v, components, Start::Snpa, &options, progress)?;
        factors.sort_by_peak();
        return Ok(factors);
    };
    let mut w = v.select(Axis(1), &columns);
    w = w.select(Axis(1), &peak_order(w.view()));
    let mut h = Array2::zeros((w.ncols(), 0));
    normalise(&mut w, &mut h, 0);
    Ok(Factors { w, h, columns: Some(columns), objective: Vec::new() })
}

/// The number of components for a number of frames and seconds of sound.
pub(super) fn components_for(frames: usize, sound_s: f64) -> usize {
    let wanted = if sound_s < SHORT_CLIPS_S { COMPONENTS_OF_SHORT_CLIPS } else { COMPONENTS };
    wanted.min(frames).max(1)
}

/// A dictionary without sources, for sources that are to be learned and known ones; `None` if
/// there is nothing to learn from.
fn empty(
    sources: &[SourceToLearn],
    mixture: &[Mixture],
    settings: &LearnSettings,
) -> Option<Dictionary> {
    let solo = sources.iter().any(|source| matches!(source, SourceToLearn::Solo { .. }));
    if !solo && mixture.is_empty() {
        return None;
    }
    let w = Array2::zeros((settings.frames.bins(), 0));
    let frames = settings.frames;
    if let [SourceToLearn::Known { dictionary, .. }, ..] = sources
        && !solo
    {
        // Only the rest is learned.
        return Some(Dictionary {
            w,
            rarity: Vec::new(),
            sources: Vec::new(),
            frames,
            ..Dictionary::clone(dictionary)
        });
    }
    Some(Dictionary {
        w,
        rarity: Vec::new(),
        sources: Vec::new(),
        frames,
        transpose: settings.transpose,
        divergence: settings.divergence,
        provenance: Provenance { method: settings.method.to_string(), seed: settings.seed },
    })
}

/// Appends columns to the dictionary's W, as common ones; returns their range.
fn append(dictionary: &mut Dictionary, w: &Array2<f32>) -> std::ops::Range<usize> {
    let first = dictionary.components();
    dictionary.w = concatenate(Axis(1), &[dictionary.w.view(), w.view()]).expect("same bins");
    dictionary.rarity.resize(dictionary.components(), 0.0);
    first..dictionary.components()
}
