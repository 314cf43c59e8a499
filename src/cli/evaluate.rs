//! `unbraid evaluate`: separated audio scored against the true stems.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde_json::json;

use unbraid::audio;
use unbraid::eval::{self, Evaluation, MatchedBy, Scores, Stem};

use super::{output, progress};

/// Scores separated audio against the true stems: SDR, SIR, SAR, SI-SDR, SNR.
#[derive(clap::Args)]
pub struct Args {
    /// Folder with a file for each true stem. One named mixture is left out.
    #[arg(long, value_name = "DIR")]
    reference: PathBuf,
    /// Folder with what is to be scored. Files of the same name belong together; if
    /// no name agrees, they are matched one to one so that the mean SDR is highest.
    /// `rest` stands for all stems that no other file is named after.
    #[arg(long, value_name = "DIR")]
    estimate: PathBuf,
    /// Report on standard output as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let evaluation = evaluate(&args.reference, &args.estimate)?;
    for left_out in &evaluation.left_out {
        eprintln!("note: left out: {left_out}");
    }
    if evaluation.cut_samples > 0 {
        eprintln!(
            "note: the stems differ in length by up to {} samples; {} of each are scored",
            evaluation.cut_samples, evaluation.samples
        );
    }
    if !args.json {
        return output::print(&table(&evaluation));
    }
    output::print_json(&json!({
        "reference": args.reference,
        "estimate": args.estimate,
        "sources": evaluation.sources,
        "mean": evaluation.mean,
        "matched_by": evaluation.matched_by,
        "left_out": evaluation.left_out,
        "samples": evaluation.samples,
        "cut_samples": evaluation.cut_samples,
    }))
}

/// Scores all audio files of one folder against those of another.
pub fn evaluate(reference: &Path, estimate: &Path) -> anyhow::Result<Evaluation> {
    let (references, reference_hz) = read_stems(reference)?;
    let (estimates, estimate_hz) = read_stems(estimate)?;
    if reference_hz != estimate_hz {
        bail!(
            "{}: {estimate_hz} Hz, but {} is at {reference_hz} Hz; bring both to one sample rate",
            estimate.display(),
            reference.display()
        );
    }
    eval::evaluate(&references, &estimates)
        .map_err(|error| anyhow!("{} against {}: {error}", estimate.display(), reference.display()))
}

/// All audio files of a folder, by name, and their sample rate.
fn read_stems(folder: &Path) -> anyhow::Result<(Vec<Stem>, u32)> {
    let mut stems: Vec<Stem> = Vec::new();
    let mut first: Option<(PathBuf, u32)> = None;
    for name in output::names_in(folder)? {
        progress::check()?;
        // Systems and archives leave files such as `._drums.wav` behind.
        let is_hidden = name.to_string_lossy().starts_with('.');
        let path = folder.join(name);
        if is_hidden || !is_audio(&path) {
            continue;
        }
        let clip = audio::read(&path)?;
        let (first, rate) = first.get_or_insert((path.clone(), clip.sample_rate_hz));
        if *rate != clip.sample_rate_hz {
            bail!(
                "{}: {} Hz, but {} is at {rate} Hz; bring all stems to one sample rate",
                path.display(),
                clip.sample_rate_hz,
                first.display()
            );
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        stems.push(Stem::new(name, clip.channels));
    }
    let (_, rate) = first.with_context(|| {
        format!("{}: no audio files in it; name a folder of stems", folder.display())
    })?;
    Ok((stems, rate))
}

/// Judged by its name: pictures and factors may be next to the audio.
fn is_audio(path: &Path) -> bool {
    const NAMES: [&str; 9] = ["wav", "wave", "aif", "aiff", "aifc", "flac", "ogg", "oga", "mp3"];
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    NAMES.contains(&extension.as_str()) && path.is_file()
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
