//! `unbraid learn`: solo clips in, a dictionary out.

use std::path::{Path, PathBuf};

use indicatif::MultiProgress;
use serde_json::json;

use unbraid::audio::{self, Clip};
use unbraid::dsp::{FrameSettings, Mode, SAMPLE_RATES_HZ};
use unbraid::learn::{Divergence, Learned, Method, SourceClips, TrainSettings, train};

use super::failure::usage;
use super::{output, progress};

/// Learns a dictionary from clips in which each source plays alone.
#[derive(clap::Args)]
pub struct Args {
    /// A source and its solo clips; more and more varied playing separates better.
    #[arg(long, value_name = "NAME=FILE[,FILE...]", num_args = 1..)]
    source: Vec<String>,
    /// A recording of the sources with everything else: the rest is learned from it.
    /// Without any source it is learned blind, one source a component.
    #[arg(long, value_name = "FILE")]
    mixture: Option<PathBuf>,
    /// The dictionary to write.
    #[arg(short, long, value_name = "DICT")]
    output: PathBuf,
    /// nmf, snpa, greedy or greedy2.
    #[arg(long, default_value = "nmf", value_parser = learning_method)]
    method: Method,
    /// Components of each source [default: by the length of its clips].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    components: Option<u32>,
    /// kl, euclidean, is, or a β from 0 to 2.
    #[arg(long, default_value = "kl", value_name = "kl|euclidean|is|BETA")]
    divergence: Divergence,
    /// Updates of nmf.
    #[arg(long, default_value_t = 25, value_name = "N")]
    iterations: usize,
    /// Seed of what is random.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// How many semitones up and down each sound is looked for: 0, 6 or 12.
    #[arg(long, default_value_t = 12, value_parser = transpose, value_name = "0|6|12")]
    transpose: u32,
    /// quality, balanced or live: what latency it is for.
    #[arg(long, default_value = "quality")]
    mode: Mode,
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

fn transpose(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(semitones @ (0 | 6 | 12)) => Ok(semitones),
        _ => Err("use 0, 6 or 12 semitones".to_string()),
    }
}

/// Clips shorter than this (seconds of sound) are warned of.
const SHORT_S: f64 = 2.0;

pub fn run(args: &Args) -> anyhow::Result<()> {
    let sources = named_files(&args.source)?;
    if sources.is_empty() && args.mixture.is_none() {
        return Err(usage("nothing to learn from: give --source NAME=FILE, or --mixture FILE"));
    }
    let mut clips = read_sources(&sources)?;
    let mut mixture = args.mixture.as_deref().map(audio::read).transpose()?;
    let sample_rate_hz = common_rate(clips.iter_mut().flatten().chain(&mut mixture))?;
    let settings = TrainSettings {
        method: args.method,
        components: args.components.map(|n| n as usize),
        divergence: args.divergence,
        iterations: args.iterations,
        seed: args.seed,
        transpose: args.transpose,
        ..TrainSettings::new(FrameSettings::new(args.mode, sample_rate_hz))
    };
    let source_clips: Vec<SourceClips> = sources
        .iter()
        .zip(&clips)
        .map(|((name, _), clips)| SourceClips {
            name: name.clone(),
            clips: clips.iter().map(|clip| &clip.channels[..]).collect(),
        })
        .collect();
    let mixture = mixture.as_ref().map(|clip| &clip.channels[..]);
    let bar = progress::bar(&MultiProgress::new(), "learning");
    let (dictionary, learned) =
        train(&source_clips, mixture, &settings, &mut |share| progress::advance(&bar, share))
            .map_err(|error| {
                if error.is_cancelled() { progress::stopped() } else { anyhow::Error::from(error) }
            })?;
    bar.finish_and_clear();
    dictionary.check().map_err(|cause| usage(cause.to_string()))?;
    dictionary.save(&args.output)?;
    report(args, sample_rate_hz, &learned)
}

/// `NAME=FILE[,FILE...]` of every source.
fn named_files(texts: &[String]) -> anyhow::Result<Vec<(String, Vec<PathBuf>)>> {
    let mut sources: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for text in texts {
        let (name, files) = text
            .split_once('=')
            .filter(|(name, files)| !name.trim().is_empty() && !files.is_empty())
            .ok_or_else(|| usage(format!("--source {text}: write it as NAME=FILE[,FILE...]")))?;
        let name = name.trim();
        if sources.iter().any(|(other, _)| other.to_lowercase() == name.to_lowercase()) {
            return Err(usage(format!(
                "two sources are named `{name}`: list all its clips behind one name, \
                 --source {name}=FILE,FILE"
            )));
        }
        sources.push((name.to_string(), split_files(files)));
    }
    Ok(sources)
}

/// A comma separates files, unless a file of the whole name exists.
fn split_files(files: &str) -> Vec<PathBuf> {
    if Path::new(files).exists() {
        return vec![PathBuf::from(files)];
    }
    files.split(',').filter(|file| !file.is_empty()).map(PathBuf::from).collect()
}

fn read_sources(sources: &[(String, Vec<PathBuf>)]) -> anyhow::Result<Vec<Vec<Clip>>> {
    let read = |file: &PathBuf| -> anyhow::Result<Clip> {
        progress::check()?;
        Ok(audio::read(file)?)
    };
    sources.iter().map(|(_, files)| files.iter().map(read).collect()).collect()
}

/// Brings all clips to one rate, the highest among them, and says which.
fn common_rate<'a>(clips: impl Iterator<Item = &'a mut Clip>) -> anyhow::Result<u32> {
    let clips: Vec<&mut Clip> = clips.collect();
    let highest = clips.iter().map(|clip| clip.sample_rate_hz).max().unwrap_or(0);
    let rate = highest.clamp(*SAMPLE_RATES_HZ.start(), *SAMPLE_RATES_HZ.end());
    for clip in clips {
        if clip.sample_rate_hz != rate {
            eprintln!("note: a clip at {} Hz is converted to {rate} Hz", clip.sample_rate_hz);
            clip.channels = audio::resample(&clip.channels, clip.sample_rate_hz, rate);
            clip.sample_rate_hz = rate;
        }
    }
    Ok(rate)
}

fn report(args: &Args, sample_rate_hz: u32, learned: &[Learned]) -> anyhow::Result<()> {
    for source in learned {
        if source.heard_s < SHORT_S {
            eprintln!(
                "note: only {:.1} s of `{}` are sound; several seconds of varied playing separate \
                 better",
                source.heard_s, source.name
            );
        }
    }
    if !args.json {
        let line = |source: &Learned| {
            format!(
                "{}: {} components from {:.1} s\n",
                source.name, source.components, source.heard_s
            )
        };
        return output::print(&learned.iter().map(line).collect::<String>());
    }
    let sources: Vec<_> = learned
        .iter()
        .map(|source| {
            json!({
                "name": source.name,
                "components": source.components,
                "heard_s": source.heard_s,
                "objective": source.objective,
            })
        })
        .collect();
    let report = json!({
        "dictionary": args.output,
        "sample_rate_hz": sample_rate_hz,
        "mode": args.mode.name(),
        "method": args.method.name(),
        "divergence": args.divergence.to_string(),
        "seed": args.seed,
        "transpose": args.transpose,
        "learned": sources,
    });
    output::print_json(&report)
}
