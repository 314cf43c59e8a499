//! `unbraid.separate_file`: from a file to files, piece by piece.

use std::path::{Path, PathBuf};

use pyo3::exceptions::PyFileExistsError;
use pyo3::prelude::*;
use unbraid::audio::{AudioError, AudioReader, Input, WavWriter, file_name};
use unbraid::dictionary::file_stems;
use unbraid::learn::{Cancelled, Silence};
use unbraid::offline::{self, Excerpt, RestChoice, StreamFormat};

use crate::dictionary::Dictionary;
use crate::error::{UnbraidError, raised};
use crate::progress::Reporter;
use crate::separation::{LEARNING, Passage, Plan, named_silences, passages};

/// The file of each source, by its name, and what the user should know.
type Files = (Vec<(String, PathBuf)>, Vec<String>);

/// Separates a recording into files in a folder, which is created. Each file appears only when
/// it is complete.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn separate_file(
    py: Python<'_>,
    path: PathBuf,
    dictionary: &Dictionary,
    folder: PathBuf,
    rest: Option<&str>,
    only: Vec<String>,
    strengths: Vec<(String, f32)>,
    silent: Vec<(String, Vec<Passage>)>,
    spatial: bool,
    overwrite: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Files> {
    let input = Input::new(&path).map_err(raised)?;
    let reader = py.detach(|| input.open()).map_err(raised)?;
    let plan = Plan::new(dictionary, reader.sample_rate_hz(), rest, &only, strengths, spatial)?;
    plan.check_silent(&silent)?;
    let names = plan.names();
    let stems = file_stems(names.iter().map(String::as_str));
    let paths: Vec<PathBuf> = stems.iter().map(|stem| folder.join(file_name(stem))).collect();
    paths.iter().try_for_each(|target| check_target(target, &path, overwrite))?;
    std::fs::create_dir_all(&folder)?;
    let job = Job { input, paths, silent };
    let reporter = Reporter::new(progress)?;
    let separated = py.detach(|| job.run(reader, plan, &reporter));
    reporter.finish(separated)
}

struct Job {
    input: Input,
    paths: Vec<PathBuf>,
    silent: Vec<(String, Vec<Passage>)>,
}

impl Job {
    fn run(&self, mut reader: AudioReader, mut plan: Plan, reporter: &Reporter) -> PyResult<Files> {
        let mut learned = 0.0;
        if plan.rest == RestChoice::Auto {
            let excerpt = self.excerpt(reporter)?;
            let names: Vec<String> =
                plan.dictionary.sources.iter().map(|source| source.name.clone()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let silences: Vec<Silence> =
                named_silences(&self.silent, &names, excerpt.samples_read, excerpt.sample_rate_hz)?;
            plan.learn_rest(&excerpt, silences, reporter).map_err(raised)?;
            learned = LEARNING;
        }
        reader.set_silence_not_finite(true);
        let channels = reader.channels();
        let names = plan.names();
        let mut writers = create(&self.paths, &reader)?;
        let mut separator = plan.separator(channels);
        let whole = reader.frames_hint().unwrap_or(0).max(1) as f32;
        let mut taken = 0;
        offline::run(
            &mut separator,
            names.len(),
            |block, most| {
                let count = reader.read_block(block, most).map_err(raised)?;
                taken += count;
                let part = (taken as f32 / whole).min(1.0);
                let goes_on = reporter.report(learned + (1.0 - learned) * part);
                if goes_on { Ok(count) } else { Err(raised(Cancelled)) }
            },
            |played| {
                let mut all = writers.iter_mut().zip(played.chunks(channels));
                all.try_for_each(|(writer, block)| writer.write_block(block)).map_err(raised)
            },
        )?;
        for writer in writers {
            writer.finish().map_err(raised)?;
        }
        let mut notes = plan.notes;
        if reader.not_finite() > 0 {
            notes.push(format!(
                "{} samples were not finite and were taken as silence",
                reader.not_finite()
            ));
        }
        Ok((names.into_iter().zip(self.paths.clone()).collect(), notes))
    }

    fn excerpt(&self, reporter: &Reporter) -> PyResult<Excerpt> {
        let mut reader = self.input.open().map_err(raised)?;
        reader.set_silence_not_finite(true);
        let format =
            StreamFormat { sample_rate_hz: reader.sample_rate_hz(), channels: reader.channels() };
        Excerpt::read(format, &passages(&self.silent), |block, most| {
            if !reporter.report(0.0) {
                return Err(raised(Cancelled));
            }
            reader.read_block(block, most).map_err(raised)
        })
    }
}

/// Refuses to write over the recording, and over other files unless they may be replaced.
fn check_target(target: &Path, recording: &Path, overwrite: bool) -> PyResult<()> {
    let Ok(found) = target.canonicalize() else { return Ok(()) };
    if recording.canonicalize().is_ok_and(|recording| recording == found) {
        return Err(UnbraidError::new_err(format!(
            "{}: would overwrite the recording; choose another folder",
            target.display()
        )));
    }
    if overwrite {
        return Ok(());
    }
    let text =
        format!("{}: exists; choose another folder, or add overwrite=True", target.display());
    Err(PyFileExistsError::new_err(text))
}

fn create(paths: &[PathBuf], reader: &AudioReader) -> PyResult<Vec<WavWriter>> {
    let writer = |path: &PathBuf| -> Result<WavWriter, AudioError> {
        let path: &Path = path;
        let mut writer = WavWriter::create(path, reader.sample_rate_hz(), reader.channels())?;
        writer.set_origin(reader.origin());
        Ok(writer)
    };
    paths.iter().map(writer).collect::<Result<_, _>>().map_err(raised)
}
