//! From clips to a dictionary.

use ndarray::{Array2, ArrayView2, Axis, concatenate};

use super::clips::{SourceClips, audible_spectra, seconds_of};
use super::factors::{Factors, normalise, peak_order};
use super::method::Method;
use super::nmf::options::{Descent, NmfOptions};
use super::nmf::{Start, nmf};
use super::rest::{RestSettings, learn_rest};
use super::{FactorizeError, Progress, Score};
use crate::dictionary::{Dictionary, Provenance, Source};
use crate::divergence::Divergence;
use crate::frames::FrameSettings;

/// Settings for learning a dictionary.
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
pub struct Learned {
    pub name: String,
    /// Seconds of sound in its clips, without silence.
    pub heard_s: f64,
    pub components: usize,
    /// The divergence before the first update and after each one.
    pub objective: Vec<f64>,
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

/// Learns a dictionary: each source from its solo clips, and the rest if there is a mixture
/// clip. With a mixture alone, it is learned blind, one source per component.
///
/// # Errors
/// If clips are silent or too short for the requested components, or the callback asks to
/// stop.
pub fn learn_dictionary(
    sources: &[SourceClips],
    mixture: Option<&[Vec<f32>]>,
    settings: &LearnSettings,
    progress: Progress,
) -> Result<(Dictionary, Vec<Learned>), LearnError> {
    let mut dictionary = empty(settings);
    let mut report = Vec::new();
    let parts = (sources.len() + usize::from(mixture.is_some())).max(1) as f32;
    for (place, source) in sources.iter().enumerate() {
        let wrap = |cause| LearnError::Source { name: source.name.clone(), cause };
        let spectra = audible_spectra(&source.clips, &settings.frames);
        let heard_s = seconds_of(spectra.ncols(), &settings.frames);
        let components = settings.components.unwrap_or_else(|| components_for(&spectra, heard_s));
        let mut part = |share: f32| progress((place as f32 + share) / parts);
        let learned =
            learn_source(spectra.view(), components, settings, &mut part).map_err(wrap)?;
        let range = append(&mut dictionary, &learned.w);
        report.push(Learned {
            name: source.name.clone(),
            heard_s,
            components: range.len(),
            objective: learned.objective,
        });
        dictionary.sources.push(Source::new(&source.name, place, range.collect()));
    }
    let Some(mixture) = mixture else {
        return if sources.is_empty() {
            Err(LearnError::Nothing)
        } else {
            Ok((dictionary, report))
        };
    };
    let mut part = |share: f32| progress((sources.len() as f32 + share) / parts);
    let last = if sources.is_empty() {
        learn_blind(&mut dictionary, mixture, settings, &mut part)
    } else {
        let settings = RestSettings { seed: settings.seed, ..RestSettings::default() };
        add_rest(&mut dictionary, mixture, &settings, &mut part)
    };
    report.push(last.map_err(LearnError::Mixture)?);
    Ok((dictionary, report))
}

/// Adds a rest to a dictionary, learned from a mixture with the sources unchanged. An
/// existing rest is replaced.
///
/// # Errors
/// If the mixture is silent or too short, or the callback asks to stop. The dictionary then
/// stays unchanged.
pub fn add_rest(
    dictionary: &mut Dictionary,
    mixture: &[Vec<f32>],
    settings: &RestSettings,
    progress: Progress,
) -> Result<Learned, FactorizeError> {
    let spectra = audible_spectra(&[mixture], &dictionary.frames);
    let mut changed = dictionary.clone();
    changed.remove_rest();
    let (w, objective) = learn_rest(spectra.view(), changed.w.view(), settings, progress)?;
    let range = append(&mut changed, &w);
    let components = range.len();
    changed.sources.push(Source::rest(range.collect()));
    let heard_s = seconds_of(spectra.ncols(), &changed.frames);
    *dictionary = changed;
    Ok(Learned { name: crate::dictionary::REST_NAME.to_string(), heard_s, components, objective })
}

fn learn_blind(
    dictionary: &mut Dictionary,
    mixture: &[Vec<f32>],
    settings: &LearnSettings,
    progress: Progress,
) -> Result<Learned, FactorizeError> {
    let spectra = audible_spectra(&[mixture], &settings.frames);
    let components = settings.components.unwrap_or(BLIND_COMPONENTS);
    let learned = learn_source(spectra.view(), components, settings, progress)?;
    let range = append(dictionary, &learned.w);
    dictionary.sources = range
        .clone()
        .map(|k| Source::new(&format!("{BLIND_PREFIX}{:02}", k + 1), k, vec![k]))
        .collect();
    Ok(Learned {
        name: "mixture".to_string(),
        heard_s: seconds_of(spectra.ncols(), &settings.frames),
        components: range.len(),
        objective: learned.objective,
    })
}

/// W of one source: columns of sum 1, ordered by the frequency of their peak.
fn learn_source(
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

fn components_for(v: &Array2<f32>, heard_s: f64) -> usize {
    let wanted = if heard_s < SHORT_CLIPS_S { COMPONENTS_OF_SHORT_CLIPS } else { COMPONENTS };
    wanted.min(v.ncols()).max(1)
}

fn empty(settings: &LearnSettings) -> Dictionary {
    Dictionary {
        w: Array2::zeros((settings.frames.bins(), 0)),
        sources: Vec::new(),
        frames: settings.frames,
        transpose: settings.transpose,
        divergence: settings.divergence,
        provenance: Provenance { method: settings.method.to_string(), seed: settings.seed },
    }
}

/// Appends columns to the dictionary's W; returns their range.
fn append(dictionary: &mut Dictionary, w: &Array2<f32>) -> std::ops::Range<usize> {
    let first = dictionary.components();
    dictionary.w = concatenate(Axis(1), &[dictionary.w.view(), w.view()]).expect("same bins");
    first..dictionary.components()
}
