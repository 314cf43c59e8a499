//! `unbraid learn`: solo clips in, a dictionary out.

mod notes;
mod report;
mod sources;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use ndarray::Array2;

use unbraid::dictionary::{COMPONENTS, Dictionary, Provenance, Source};
use unbraid::divergence::Divergence;
use unbraid::frames::{FrameSettings, Mode, SAMPLE_RATES_HZ};
use unbraid::learn::{
    Cancelled, LearnError, LearnSettings, Method, Mixture, Recording, SourceReport, SourceToLearn,
    common_rate_hz,
};
use unbraid::offline::learn_with_rest;
use unbraid::verdict::{self, Solo, Verdict};

use self::notes::{note_shared, note_soft, note_unjudged};
use self::report::report;
use self::sources::{NamedFiles, listed, named_files, read_clips};
use super::clip_file::{ClipFile, Room};
use super::failure::usage;
use super::interrupt::Stopped;
use super::progress::{self, Bar};
use super::silence::{self, SilentPassages};
use super::values::whole;
use super::{output, recording, staging};

/// Learns a dictionary from clips in which each source plays alone.
#[derive(clap::Args)]
pub struct Args {
    /// A source and its solo clips; `-` is standard input. Longer clips with more varied
    /// playing separate better.
    #[arg(long, value_name = "NAME=FILE[,FILE...]", num_args = 1..)]
    source: Vec<OsString>,
    /// A recording of the sources with everything else, to learn the rest from.
    /// Without --source, it is factorised blind, into one source per component.
    #[arg(long, value_name = "FILE")]
    mixture: Option<PathBuf>,
    /// Where in the mixture a source does not play, in seconds or minutes and
    /// seconds. This often improves the separation. May be repeated.
    #[arg(long, value_name = "NAME=FROM-TO[,FROM-TO...]", value_parser = silence::parse)]
    silent: Vec<SilentPassages>,
    /// The dictionary to write; `-` is standard output.
    #[arg(short, long, value_name = "DICT")]
    output: PathBuf,
    /// Learning method: nmf, which usually separates best; or frames of the clips picked
    /// by snpa, greedy, or greedy2, which is greedy in two passes.
    #[arg(long, default_value = "nmf", value_parser = learning_method)]
    method: Method,
    /// Number of components per source [default: 32, or 16 from less than 6 s].
    #[arg(long, value_name = "N", value_parser = whole(1..=1024u32),
          allow_negative_numbers = true)]
    components: Option<u32>,
    /// β-divergence that nmf minimises: kl, euclidean, is, or a β from 0 to 2.
    #[arg(
        long,
        default_value = "kl",
        value_name = "kl|euclidean|is|BETA",
        allow_negative_numbers = true
    )]
    divergence: Divergence,
    /// Number of nmf iterations.
    #[arg(long, default_value_t = 25, value_name = "N", value_parser = whole(0..=usize::MAX),
          allow_negative_numbers = true)]
    iterations: usize,
    /// Random seed.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = whole(0..=u64::MAX),
          allow_negative_numbers = true)]
    seed: u64,
    /// Range of transposed copies, in semitones up and down: 0, 6 or 12.
    #[arg(long, default_value_t = 12, value_parser = transpose, value_name = "0|6|12",
          allow_negative_numbers = true)]
    transpose: u32,
    /// Mode, which sets the latency: quality, balanced or live.
    #[arg(long, default_value = "quality")]
    mode: Mode,
    /// Sample rate to learn at, in Hz: best that of the recordings to separate
    /// [default: the highest among the clips].
    #[arg(long, value_name = "HZ", value_parser = sample_rate, allow_negative_numbers = true)]
    rate: Option<u32>,
    /// Do not judge from held-out parts of the clips how well the sources can be
    /// told apart, which takes about as long as learning.
    #[arg(long)]
    no_verdict: bool,
    /// Replace an existing file.
    #[arg(long, short)]
    force: bool,
    /// Report on standard output as JSON.
    #[arg(long)]
    json: bool,
}

fn learning_method(text: &str) -> Result<Method, String> {
    match text.parse() {
        Ok(Method::Spa | Method::Xray) => {
            Err(format!("`{text}` is for `unbraid decompose`: use nmf, snpa, greedy or greedy2"))
        }
        Ok(method) => Ok(method),
        Err(_) => Err(format!("no method `{text}`: use nmf, snpa, greedy or greedy2")),
    }
}

fn sample_rate(text: &str) -> Result<u32, String> {
    let parsed = text.parse().ok().filter(|rate| SAMPLE_RATES_HZ.contains(rate));
    let (low, high) = (SAMPLE_RATES_HZ.start(), SAMPLE_RATES_HZ.end());
    parsed.ok_or_else(|| format!("use a rate from {low} to {high} Hz"))
}

fn transpose(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(semitones @ (0 | 6 | 12)) => Ok(semitones),
        _ => Err("use 0, 6 or 12 semitones".to_string()),
    }
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let learned = learn(args, !args.no_verdict)?;
    report(args, &learned)?;
    match learned.is_judging_stopped {
        true => {
            let output = args.output.display();
            progress::note(format_args!("{output} is complete; only the verdict is missing"));
            Err(Stopped.into())
        }
        false => Ok(()),
    }
}

/// What was learned.
pub struct LearnedFile {
    sample_rate_hz: u32,
    learned: Vec<SourceReport>,
    verdicts: Vec<Verdict>,
    is_judging_stopped: bool,
}

/// Learns and saves a dictionary; then judges its sources if `judges`.
pub fn learn(args: &Args, judges: bool) -> anyhow::Result<LearnedFile> {
    let sources = named_files(&args.source)?;
    if sources.is_empty() && args.mixture.is_none() {
        return Err(usage("nothing to learn from: give --source NAME=FILE, or --mixture FILE"));
    }
    let names: Vec<&str> = sources.iter().map(|(name, _)| name.as_str()).collect();
    if !args.silent.is_empty() && names.is_empty() {
        return Err(usage("--silent needs the source that is silent: give --source NAME=FILE"));
    }
    silence::check(&args.silent, &names)?;
    if !args.silent.is_empty() && args.mixture.is_none() {
        return Err(usage("--silent is for learning the rest: give --mixture FILE as well"));
    }
    let mixture: Vec<PathBuf> = args.mixture.iter().cloned().collect();
    let inputs = sources.iter().flat_map(|(_, files)| files).chain(&mixture);
    check_output(args, inputs)?;
    check_components(args, sources.len())?;
    let mut room = Room::default();
    let clips: Vec<Vec<ClipFile>> =
        sources.iter().map(|(_, files)| read_clips(files, &mut room)).collect::<Result<_, _>>()?;
    let mixture = read_clips(&mixture, &mut room)?;
    note_shared(&sources, &clips);
    note_soft(&sources, &clips);
    let all: Vec<&ClipFile> = clips.iter().flatten().chain(&mixture).collect();
    let sample_rate_hz = learning_rate(args.rate, &all);
    let settings = LearnSettings {
        method: args.method,
        components: args.components.map(|n| n as usize),
        divergence: args.divergence,
        iterations: args.iterations,
        seed: args.seed,
        transpose: args.transpose,
        ..LearnSettings::new(FrameSettings::new(args.mode, sample_rate_hz))
    };
    check_names(&sources, &settings.frames)?;
    let to_learn: Vec<SourceToLearn> = sources
        .iter()
        .zip(&clips)
        .map(|((name, _), clips)| SourceToLearn::Solo { name, recordings: recordings(clips) })
        .collect();
    let with_rest: Vec<Mixture> = mixture
        .iter()
        .map(|clip| {
            let file = clip.name().display().to_string();
            let (samples, rate) = (clip.samples(), clip.sample_rate_hz());
            let silences = silence::of_recording(&args.silent, &names, &file, samples, rate)?;
            silence::note_short(&args.silent, &settings.frames);
            Ok(Mixture { recording: clip, silences })
        })
        .collect::<anyhow::Result<_>>()?;
    let bar = Bar::new("learning");
    let learned = learn_with_rest(&to_learn, &with_rest, &settings, &mut |part| bar.advance(part));
    // What cannot be read is silence to the learner.
    if let Some(error) = all.iter().find_map(|clip| clip.error()) {
        return Err(error.into());
    }
    let (dictionary, learned) = learned.map_err(|error| name_files(error, args, &sources))?;
    drop(bar);
    dictionary.check().map_err(|cause| usage(cause.to_string()))?;
    recording::write_output(&args.output, |path| {
        staging::remove_abandoned(output::folder_of(path));
        Ok(staging::uninterrupted(|| dictionary.save(path))?)
    })?;
    let judged = if judges { judge(&sources, &clips, &settings) } else { Ok(Vec::new()) };
    let is_judging_stopped = judged.is_err();
    let verdicts = judged.unwrap_or_default();
    if judges && !is_judging_stopped {
        note_unjudged(&sources, &verdicts);
    }
    Ok(LearnedFile { sample_rate_hz, learned, verdicts, is_judging_stopped })
}

fn judge(
    sources: &[NamedFiles],
    clips: &[Vec<ClipFile>],
    settings: &LearnSettings,
) -> Result<Vec<Verdict>, Cancelled> {
    let solos: Vec<Solo> = (sources.iter().zip(clips))
        .map(|((name, _), clips)| Solo { name, recordings: recordings(clips) })
        .collect();
    let bar = Bar::new("judging");
    verdict::judge(&solos, settings, &mut |part| bar.advance(part))
}

fn check_output<'a>(
    args: &Args,
    mut inputs: impl Iterator<Item = &'a PathBuf>,
) -> anyhow::Result<()> {
    let output = &args.output;
    if recording::is_standard(output) {
        return recording::check_output(output);
    }
    match inputs.find(|input| output::same_file(input, output)) {
        Some(_) => Err(usage(format!(
            "{}: would overwrite a clip; choose another name with -o",
            output.display()
        ))),
        None => {
            output::check_target(output, &[], args.force)?;
            recording::check_output(output)
        }
    }
}

/// Rejects invalid source names before anything is learned.
fn check_names(sources: &[NamedFiles], frames: &FrameSettings) -> anyhow::Result<()> {
    let dictionary = Dictionary {
        w: Array2::zeros((frames.bins(), 0)),
        rarity: Vec::new(),
        sources: sources.iter().map(|(name, _)| Source::new(name, 0, Vec::new())).collect(),
        frames: *frames,
        transpose: 0,
        divergence: Divergence::KullbackLeibler,
        provenance: Provenance { method: String::new(), seed: 0 },
    };
    dictionary.check().map_err(|cause| usage(format!("--source: {cause}")))
}

/// The error, with the names of the files that it concerns.
fn name_files(error: LearnError, args: &Args, sources: &[NamedFiles]) -> anyhow::Error {
    if error.is_cancelled() {
        return Stopped.into();
    }
    let files: Vec<&Path> = match &error {
        LearnError::Source { name, .. } => sources
            .iter()
            .filter(|(source, _)| source == name)
            .flat_map(|(_, files)| files.iter().map(PathBuf::as_path))
            .collect(),
        LearnError::Mixture(_) => args.mixture.iter().map(PathBuf::as_path).collect(),
        LearnError::Nothing => Vec::new(),
    };
    anyhow!("{}: {error}", listed(&files))
}

fn recordings(clips: &[ClipFile]) -> Vec<&dyn Recording> {
    clips.iter().map(|clip| clip as &dyn Recording).collect()
}

/// Rejects what would only be found out after learning.
fn check_components(args: &Args, sources: usize) -> anyhow::Result<()> {
    let most = *COMPONENTS.end();
    let (components, sources) = (args.components.unwrap_or(0) as usize, sources.max(1));
    if components * sources > most {
        return Err(usage(format!(
            "--components {components}: a dictionary holds at most {most} components, so each of \
             {sources} sources can have at most {}",
            most / sources
        )));
    }
    Ok(())
}

/// The rate to learn at, to which the clips are converted: unless asked for, the highest among them.
fn learning_rate(wanted: Option<u32>, clips: &[&ClipFile]) -> u32 {
    let rate =
        wanted.unwrap_or_else(|| common_rate_hz(clips.iter().map(|clip| *clip as &dyn Recording)));
    for clip in clips {
        let (file, found) = (clip.name().display(), clip.sample_rate_hz());
        if found != rate {
            progress::note(format_args!("{file}: converted from {found} to {rate} Hz"));
        }
    }
    rate
}
