//! `unbraid.separate`, for recordings of known length.

use numpy::ndarray::{Array2, s};
use numpy::{IntoPyArray, PyArray2};
use pyo3::prelude::*;
use unbraid::dictionary::{REST_NAME, same_name};
use unbraid::dsp::{Separator, SpatialKind};
use unbraid::frames::{FrameSettings, SAMPLE_RATES_HZ};
use unbraid::learn::{Cancelled, Silence, is_rest_unlikely};
use unbraid::offline::{self, Excerpt, RestChoice, StreamFormat, learn_rest_of};

use crate::audio::Audio;
use crate::dictionary::{Dictionary, listed};
use crate::error::{UnbraidError, raised};
use crate::progress::Reporter;

/// A passage in seconds.
pub type Passage = (f64, f64);

/// Part of the progress for learning the rest.
pub const LEARNING: f32 = 0.5;

/// The audio of each source, by its name, and what the user should know.
type Stems<'py> = (Vec<(String, Bound<'py, PyArray2<f32>>)>, Vec<String>);

/// How a recording is separated.
pub struct Plan {
    /// The dictionary at the recording's rate.
    pub dictionary: unbraid::dictionary::Dictionary,
    pub rest: RestChoice,
    /// The sources that have an output of their own.
    pub written: Vec<usize>,
    pub notes: Vec<String>,
    strengths: Vec<(String, f32)>,
    spatial: bool,
}

impl Plan {
    pub fn new(
        dictionary: &Dictionary,
        sample_rate_hz: u32,
        rest: Option<&str>,
        only: &[String],
        strengths: Vec<(String, f32)>,
        spatial: bool,
    ) -> PyResult<Self> {
        if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
            let (least, most) = (SAMPLE_RATES_HZ.start(), SAMPLE_RATES_HZ.end());
            return Err(UnbraidError::new_err(format!(
                "sr is {sample_rate_hz} Hz: convert the audio to a rate from {least} to {most} Hz"
            )));
        }
        let wanted = rest.map(rest_choice).transpose()?;
        let mut prepared = unbraid::dictionary::Dictionary::clone(&dictionary.inner);
        let rest = RestChoice::prepare(wanted, &mut prepared).map_err(raised)?;
        // The rest is always an output, and may be learned later.
        let is_source = |name: &&String| {
            let mut sources = prepared.sources.iter().filter(|source| !source.rest);
            sources.any(|source| same_name(&source.name, name))
        };
        let unknown = only.iter().find(|name| !is_source(name)).or_else(|| {
            let mut names = strengths.iter().map(|(name, _)| name);
            names.find(|name| !is_source(name) && !same_name(name, REST_NAME))
        });
        if let Some(name) = unknown {
            return Err(UnbraidError::new_err(format!(
                "no source `{name}`: {}",
                listed(&prepared)
            )));
        }
        if let Some((name, value)) = strengths.iter().find(|(_, x)| !(-1.0..=1.0).contains(x)) {
            return Err(UnbraidError::new_err(format!(
                "the strength of `{name}` is {value}: use -1 to 1"
            )));
        }
        let frames = FrameSettings::new(prepared.frames.mode, sample_rate_hz);
        let (dictionary, remapped) = prepared.remapped(frames);
        let notes = remapped.iter().map(ToString::to_string).collect();
        let is_written = |&source: &usize| {
            let source = &dictionary.sources[source];
            let asked_for = only.iter().any(|only| same_name(only, &source.name));
            !source.rest && (only.is_empty() || asked_for)
        };
        let written = (0..dictionary.sources.len()).filter(is_written).collect();
        Ok(Self { dictionary, rest, written, notes, strengths, spatial })
    }

    pub fn separator(&self, channels: usize) -> Separator {
        let mut separator = offline::stem_separator(&self.dictionary, &self.written, channels);
        separator.set_spatial(SpatialKind::of_setting(self.spatial));
        for (name, strength) in &self.strengths {
            let sources = &self.dictionary.sources;
            if let Some(source) = sources.iter().position(|source| same_name(&source.name, name)) {
                separator.set_strength(source, *strength);
            }
        }
        separator
    }

    /// Silences are for the rest that is learned from the recording.
    pub fn check_silent(&self, silent: &[(String, Vec<Passage>)]) -> PyResult<()> {
        if silent.is_empty() || self.rest == RestChoice::Auto {
            return Ok(());
        }
        Err(UnbraidError::new_err(
            "`silent` is for learning the rest from the recording: add rest='auto'",
        ))
    }

    /// Learns the rest from an excerpt of the recording.
    pub fn learn_rest(
        &mut self,
        excerpt: &Excerpt,
        silences: Vec<Silence>,
        reporter: &Reporter,
    ) -> Result<(), Cancelled> {
        let report = &mut |part| reporter.report(part * LEARNING);
        learn_rest_of(&mut self.dictionary, excerpt, silences, report)?;
        if is_rest_unlikely(&self.dictionary) {
            self.notes.push(
                "the sources explain nearly all of the recording, so hardly anything goes to the \
                 rest; rest='none' gives them the remainder, too"
                    .to_string(),
            );
        }
        Ok(())
    }

    /// The names of the outputs: of the sources, and the rest.
    pub fn names(&self) -> Vec<String> {
        let sources = self.written.iter().map(|&s| self.dictionary.sources[s].name.clone());
        sources.chain([REST_NAME.to_string()]).collect()
    }
}

fn rest_choice(name: &str) -> PyResult<RestChoice> {
    match name {
        "none" => Ok(RestChoice::None),
        "learned" => Ok(RestChoice::Learned),
        "auto" => Ok(RestChoice::Auto),
        _ => {
            Err(UnbraidError::new_err(format!("no rest `{name}`: use 'none', 'learned' or 'auto'")))
        }
    }
}

/// Separates a recording.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn separate<'py>(
    py: Python<'py>,
    audio: Audio<'py>,
    sample_rate_hz: u32,
    dictionary: &Dictionary,
    rest: Option<&str>,
    only: Vec<String>,
    strengths: Vec<(String, f32)>,
    silent: Vec<(String, Vec<Passage>)>,
    spatial: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Stems<'py>> {
    let plan = Plan::new(dictionary, sample_rate_hz, rest, &only, strengths, spatial)?;
    plan.check_silent(&silent)?;
    let input = audio.as_array();
    let format = StreamFormat { sample_rate_hz, channels: input.nrows() };
    let silences = silences(&silent, &dictionary.inner, input.ncols(), sample_rate_hz)?;
    let reporter = Reporter::new(progress)?;
    let separated = py.detach(|| -> Result<_, Cancelled> {
        let mut plan = plan;
        let mut learned = 0.0;
        if plan.rest == RestChoice::Auto {
            let Ok(excerpt) = Excerpt::read(format, &passages(&silent), reader(input));
            plan.learn_rest(&excerpt, silences, &reporter)?;
            learned = LEARNING;
        }
        let mut separator = plan.separator(format.channels);
        let names = plan.names();
        let mut stems = vec![Array2::zeros(input.dim()); names.len()];
        let mut read = reader(input);
        let (mut taken, mut given) = (0, 0);
        let whole = input.ncols().max(1) as f32;
        offline::run(
            &mut separator,
            names.len(),
            |block, most| {
                let Ok(count) = read(block, most);
                taken += count;
                let part = learned + (1.0 - learned) * taken as f32 / whole;
                if reporter.report(part) { Ok(count) } else { Err(Cancelled) }
            },
            |played| {
                let count = played[0].len();
                for (stem, channels) in stems.iter_mut().zip(played.chunks(format.channels)) {
                    for (mut row, channel) in stem.rows_mut().into_iter().zip(channels) {
                        let mut to = row.slice_mut(s![given..given + count]);
                        to.iter_mut().zip(*channel).for_each(|(to, from)| *to = *from);
                    }
                }
                given += count;
                Ok(())
            },
        )?;
        Ok((names, stems, plan.notes))
    });
    let (names, stems, notes) = reporter.finish(separated.map_err(raised))?;
    let stems = stems.into_iter().map(|stem| stem.into_pyarray(py));
    Ok((names.into_iter().zip(stems).collect(), notes))
}

/// Reads an array as a stream.
fn reader(
    input: numpy::ndarray::ArrayView2<'_, f32>,
) -> impl FnMut(&mut [Vec<f32>], usize) -> Result<usize, std::convert::Infallible> + '_ {
    let mut next = 0;
    move |block, most| {
        let end = (next + most).min(input.ncols());
        for (channel, row) in block.iter_mut().zip(input.rows()) {
            channel.clear();
            channel.extend(row.slice(s![next..end]));
        }
        let count = end - next;
        next = end;
        Ok(count)
    }
}

/// All passages, in seconds.
pub fn passages(silent: &[(String, Vec<Passage>)]) -> Vec<std::ops::Range<f64>> {
    let all = silent.iter().flat_map(|(_, passages)| passages);
    all.map(|&(from, to)| from..to).collect()
}

/// Passages in which sources of a dictionary are silent, in samples of a recording.
pub fn silences<'a>(
    silent: &[(String, Vec<Passage>)],
    dictionary: &'a unbraid::dictionary::Dictionary,
    samples: usize,
    sample_rate_hz: u32,
) -> PyResult<Vec<Silence<'a>>> {
    let names: Vec<&str> = dictionary.sources.iter().map(|source| source.name.as_str()).collect();
    named_silences(silent, &names, samples, sample_rate_hz)
}

/// [`silences`] of sources with these names.
pub fn named_silences<'a>(
    silent: &[(String, Vec<Passage>)],
    names: &[&'a str],
    samples: usize,
    sample_rate_hz: u32,
) -> PyResult<Vec<Silence<'a>>> {
    let rate = f64::from(sample_rate_hz);
    let mut all = Vec::new();
    for (name, passages) in silent {
        let Some(source) = names.iter().find(|source| same_name(source, name)) else {
            let names = names.join(", ");
            return Err(UnbraidError::new_err(format!(
                "silent: no source `{name}`: the sources are {names}"
            )));
        };
        for &(from, to) in passages {
            let is_within = from >= 0.0 && from < to && from < samples as f64 / rate;
            if !is_within {
                let length = samples as f64 / rate;
                return Err(UnbraidError::new_err(format!(
                    "silent: `{name}` from {from} to {to} s: use two times in seconds, the first \
                     one earlier and within the recording of {length:.1} s"
                )));
            }
            let range = (from * rate).ceil() as usize..((to * rate).floor() as usize).min(samples);
            all.push(Silence { source, samples: range });
        }
    }
    Ok(all)
}
