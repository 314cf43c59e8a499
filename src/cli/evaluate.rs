//! `unbraid evaluate`: separated audio scored against the true stems.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use serde_json::json;

use unbraid::audio::EXTENSIONS;
use unbraid::dictionary::same_name;
use unbraid::eval::{
    self, EvalError, Evaluation, LeftOut, MIXTURE_NAME, MatchedBy, Reason, Scores, Side, Stem,
};

use super::interrupt::{self, Stopped};
use super::progress::{self, Bar};
use super::{output, recording};

/// Scores separated audio against the true stems: SDR, SIR, SAR, SI-SDR, SNR.
#[derive(clap::Args)]
pub struct Args {
    /// Folder with a file for each true stem, or a single file; `-` is standard input. A
    /// file named `mixture` is ignored.
    #[arg(long, value_name = "DIR")]
    reference: PathBuf,
    /// Folder with the separated files, or a single file; `-` is standard input. They are
    /// matched to the stems by name; if no name matches, one to one so that the mean SDR
    /// is highest. `rest` is scored against the sum of all stems without a file of their
    /// own.
    #[arg(long, value_name = "DIR")]
    estimate: PathBuf,
    /// Report on standard output as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let (evaluation, unread) = evaluate(&args.reference, &args.estimate)?;
    for path in &unread {
        progress::note(format_args!("left out: {}: {UNREADABLE}", path.display()));
    }
    for left_out in &evaluation.left_out {
        progress::note(format_args!("left out: {left_out}"));
    }
    if evaluation.cut_samples > 0 {
        progress::note(format_args!(
            "the stems differ in length by up to {} samples; {} of each are scored",
            evaluation.cut_samples, evaluation.samples
        ));
    }
    if !args.json {
        return output::print(&table(&evaluation));
    }
    output::print_json(&json!({
        "reference": args.reference.to_string_lossy(),
        "estimate": args.estimate.to_string_lossy(),
        "sources": evaluation.sources,
        "mean": evaluation.mean,
        "matched_by": evaluation.matched_by,
        "left_out": evaluation.left_out,
        "unread": output::lossy(&unread),
        "samples": evaluation.samples,
        "cut_samples": evaluation.cut_samples,
    }))
}

/// Fraction of the progress bar for reading; the remainder is for scoring.
const READ: f32 = 0.1;

/// Scores all audio files of one folder against those of another. Also returns the files in
/// both that are audio in a format that cannot be read.
fn evaluate(reference: &Path, estimate: &Path) -> anyhow::Result<(Evaluation, Vec<PathBuf>)> {
    let bar = Bar::new("evaluating");
    let references = AudioFolder::read(reference, &mut |part| bar.advance(part * READ / 2.0))?;
    let estimates =
        AudioFolder::read(estimate, &mut |part| bar.advance((1.0 + part) * READ / 2.0))?;
    if references.sample_rate_hz != estimates.sample_rate_hz {
        bail!(
            "{}: {} Hz, but {} is at {} Hz; bring both to one sample rate",
            estimate.display(),
            estimates.sample_rate_hz,
            reference.display(),
            references.sample_rate_hz
        );
    }
    let advance = |part: f32| bar.advance(READ + part * (1.0 - READ));
    let scored = eval::evaluate_with_progress(&references.stems, &estimates.stems, &advance);
    let mut evaluation = scored.map_err(|error| named(error, reference, estimate))?;
    for (side, folder) in [(Side::Estimate, &estimates), (Side::Reference, &references)] {
        let left_out = folder.mixtures.iter().cloned().map(|name| LeftOut {
            side,
            name,
            reason: Reason::Mixture,
        });
        evaluation.left_out.splice(0..0, left_out);
    }
    Ok((evaluation, [references.unread, estimates.unread].concat()))
}

/// The error, with the folders that it is about.
fn named(error: EvalError, reference: &Path, estimate: &Path) -> anyhow::Error {
    let [reference, estimate] = [reference, estimate].map(Path::display);
    match error {
        EvalError::Cancelled => Stopped.into(),
        EvalError::SameName { side: Side::Estimate, .. } => anyhow!("{estimate}: {error}"),
        EvalError::SameName { side: Side::Reference, .. }
        | EvalError::NoReferences
        | EvalError::TooManyReferences { .. }
        | EvalError::Dependent { .. }
        | EvalError::Singular => anyhow!("{reference}: {error}"),
        error => anyhow!("estimates in {estimate}, references in {reference}: {error}"),
    }
}

/// The audio in a folder.
struct AudioFolder {
    stems: Vec<Stem>,
    sample_rate_hz: u32,
    /// Names of mixtures, which are not read.
    mixtures: Vec<String>,
    /// Audio files in formats that cannot be read.
    unread: Vec<PathBuf>,
}

impl AudioFolder {
    /// Reads all audio files of a folder, or a single one.
    fn read(folder: &Path, progress: &mut dyn FnMut(f32) -> bool) -> anyhow::Result<Self> {
        let (mut paths, unread) = audio_files(folder)?;
        // Beside its stems, a mixture is not scored: it need not fit them.
        let is_mixture = |path: &PathBuf| same_name(&name_of(path), MIXTURE_NAME);
        let mut mixtures = Vec::new();
        if !paths.iter().all(is_mixture) {
            mixtures = paths.extract_if(.., |path| is_mixture(path)).collect();
        }
        if paths.is_empty() {
            let folder = folder.display();
            let Some(other) = unread.first() else {
                bail!("{folder}: no audio files in it; name a folder of stems");
            };
            bail!("{folder}: no audio files that can be read, only {}", describe(other, &unread));
        }
        let mut stems = Vec::new();
        let mut first: Option<(&Path, u32)> = None;
        for (place, path) in paths.iter().enumerate() {
            interrupt::check()?;
            let clip = recording::read(path)?;
            let (first, rate) = first.get_or_insert((path, clip.sample_rate_hz));
            if *rate != clip.sample_rate_hz {
                bail!(
                    "{}: {} Hz, but {} is at {rate} Hz; bring all stems to one sample rate",
                    path.display(),
                    clip.sample_rate_hz,
                    first.display()
                );
            }
            stems.push(Stem::new(name_of(path), clip.channels));
            progress((place + 1) as f32 / paths.len() as f32);
        }
        let sample_rate_hz = first.map_or(0, |(_, rate)| rate);
        let mixtures = mixtures.iter().map(|path| name_of(path)).collect();
        Ok(Self { stems, sample_rate_hz, mixtures, unread })
    }
}

fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

const UNREADABLE: &str = "not in a format that can be read; convert it to WAV or FLAC";

/// The first file that cannot be read, and how many there are.
fn describe(first: &Path, all: &[PathBuf]) -> String {
    let name = first.file_name().unwrap_or_default().to_string_lossy();
    match all.len() {
        1 => format!("{name}, {UNREADABLE}"),
        count => format!("{name} and {} more, {UNREADABLE}", count - 1),
    }
}

/// The audio files of a folder, sorted, and those in formats that cannot be read. Judged by
/// their names: pictures and factors may be next to the audio. A file or a pipe by itself is
/// a single stem.
fn audio_files(folder: &Path) -> anyhow::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    const UNREAD: [&str; 12] =
        ["ac3", "alac", "amr", "ape", "au", "dsf", "opus", "snd", "spx", "w64", "wma", "wv"];
    if recording::is_standard(folder) || folder.metadata().is_ok_and(|found| !found.is_dir()) {
        return Ok((vec![folder.to_path_buf()], Vec::new()));
    }
    let named = |path: &Path, names: &[&str]| {
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        names.contains(&extension.to_lowercase().as_str())
    };
    let (mut audio, mut unread) = (Vec::new(), Vec::new());
    for name in output::names_in(folder)? {
        // Systems and archives leave files such as `._drums.wav` behind.
        let is_hidden = name.to_string_lossy().starts_with('.');
        let path = folder.join(name);
        if is_hidden || !path.is_file() {
            continue;
        }
        if named(&path, &EXTENSIONS) {
            audio.push(path);
        } else if named(&path, &UNREAD) {
            unread.push(path);
        }
    }
    Ok((audio, unread))
}

/// One line per source, and their mean.
fn table(evaluation: &Evaluation) -> String {
    let by_score = evaluation.matched_by == MatchedBy::Score;
    let name = |reference: &str, estimate: &str| {
        if by_score { format!("{reference} ← {estimate}") } else { reference.to_string() }
    };
    let mut rows: Vec<(String, Scores)> = evaluation
        .sources
        .iter()
        .map(|source| (name(&source.reference, &source.estimate), source.scores))
        .collect();
    rows.push(("mean".to_string(), evaluation.mean));
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = format!(
        "{:<width$} {:>8} {:>8} {:>8} {:>8} {:>8}\n",
        "dB", "SDR", "SIR", "SAR", "SI-SDR", "SNR"
    );
    for (name, s) in rows {
        text += &format!(
            "{name:<width$} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2}\n",
            s.sdr_db, s.sir_db, s.sar_db, s.si_sdr_db, s.snr_db
        );
    }
    text
}
