//! `unbraid.learn`.

use pyo3::prelude::*;
use unbraid::frames::FrameSettings;
use unbraid::learn::{LearnSettings, Mixture, Recording, SourceToLearn, common_rate_hz};
use unbraid::offline::learn_with_rest;

use crate::audio::{ArrayRecording, Audio};
use crate::dictionary::{Dictionary, parsed, settings};
use crate::error::raised;
use crate::progress::Reporter;
use crate::separation::{Passage, named_silences};

/// Clips in arrays, and their sample rates in Hz.
type Clips<'py> = Vec<(Audio<'py>, u32)>;

fn recordings<'a>(clips: &'a Clips) -> Vec<ArrayRecording<'a>> {
    let recording = |(audio, sample_rate_hz): &'a (Audio, u32)| ArrayRecording {
        channels: audio.as_array(),
        sample_rate_hz: *sample_rate_hz,
    };
    clips.iter().map(recording).collect()
}

/// Learns a dictionary from named clips, and the rest from recordings of a mixture.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn learn(
    py: Python<'_>,
    sources: Vec<(String, Clips)>,
    mixture: Clips,
    silent: Vec<(String, Vec<Passage>)>,
    mode: &str,
    method: &str,
    components: Option<usize>,
    divergence: &str,
    iterations: usize,
    seed: u64,
    transpose: u32,
    progress: Option<Py<PyAny>>,
) -> PyResult<Dictionary> {
    let clips: Vec<Vec<ArrayRecording>> =
        sources.iter().map(|(_, clips)| recordings(clips)).collect();
    let mixture = recordings(&mixture);
    let all = clips.iter().flatten().chain(&mixture);
    let sample_rate_hz = common_rate_hz(all.map(|clip| clip as &dyn Recording));
    let (mode, divergence) = settings(mode, divergence)?;
    let settings = LearnSettings {
        method: parsed(method)?,
        components,
        divergence,
        iterations,
        seed,
        transpose,
        ..LearnSettings::new(FrameSettings::new(mode, sample_rate_hz))
    };
    let names: Vec<&str> = sources.iter().map(|(name, _)| name.as_str()).collect();
    for name in &names {
        unbraid::dictionary::check_name(name).map_err(raised)?;
    }
    let to_learn: Vec<SourceToLearn> = names
        .iter()
        .zip(&clips)
        .map(|(name, clips)| SourceToLearn::Solo {
            name,
            recordings: clips.iter().map(|clip| clip as &dyn Recording).collect(),
        })
        .collect();
    let mixture = mixture
        .iter()
        .map(|recording| {
            let (samples, rate) = (recording.samples(), recording.sample_rate_hz());
            let silences = named_silences(&silent, &names, samples, rate)?;
            Ok(Mixture { recording, silences })
        })
        .collect::<PyResult<Vec<_>>>()?;
    let reporter = Reporter::new(progress)?;
    let learned = py.detach(|| {
        learn_with_rest(&to_learn, &mixture, &settings, &mut |part| reporter.report(part))
    });
    let (dictionary, reports) = reporter.finish(learned.map_err(raised))?;
    dictionary.check().map_err(raised)?;
    Ok(Dictionary::new(dictionary, reports))
}
