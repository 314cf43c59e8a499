//! `unbraid learn`: solo clips in, a dictionary out.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use ndarray::Array2;
use serde_json::json;

use unbraid::dictionary::{COMPONENTS, Dictionary, Provenance, Source, same_name};
use unbraid::divergence::Divergence;
use unbraid::frames::{FrameSettings, Mode, SAMPLE_RATES_HZ};
use unbraid::learn::preprocess::SILENCE_DB;
use unbraid::learn::{
    Cancelled, LearnError, LearnSettings, Method, Mixture, Recording, SourceReport, SourceToLearn,
    common_rate_hz, learn_from,
};
use unbraid::verdict::{self, Solo, Verdict};

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
    /// seconds. This usually improves the separation. May be repeated.
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

/// Clips shorter than this (seconds of sound) cause a warning.
const SHORT_S: f64 = 2.0;

/// Nothing can be learned from less than this: a drum stroke is longer.
const MIN_S: f64 = 0.01;

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
    let learned = learn_from(&to_learn, &with_rest, &settings, &mut |part| bar.advance(part));
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

/// Says which sources have no verdict. A single one has nothing to be told apart from.
fn note_unjudged(sources: &[(String, Vec<PathBuf>)], verdicts: &[Verdict]) {
    let is_judged = |place: &usize| verdicts.iter().any(|verdict| verdict.source == *place);
    let unjudged = (0..sources.len()).filter(|place| !is_judged(place));
    let unjudged: Vec<&str> = unjudged.map(|place| sources[place].0.as_str()).collect();
    if sources.len() > 1 && !unjudged.is_empty() {
        progress::note(format_args!(
            "no verdict on {}: that takes two sources with four seconds of sound each",
            unjudged.join(", ")
        ));
    }
}

fn judge(
    sources: &[(String, Vec<PathBuf>)],
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
fn check_names(sources: &[(String, Vec<PathBuf>)], frames: &FrameSettings) -> anyhow::Result<()> {
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
fn name_files(error: LearnError, args: &Args, sources: &[(String, Vec<PathBuf>)]) -> anyhow::Error {
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

fn listed(files: &[&Path]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// `NAME=FILE[,FILE...]` of every source.
fn named_files(texts: &[OsString]) -> anyhow::Result<Vec<(String, Vec<PathBuf>)>> {
    let mut sources: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for text in texts {
        let malformed = || {
            let text = text.to_string_lossy();
            usage(format!("--source {text}: write it as NAME=FILE[,FILE...]"))
        };
        let parts = split(text, b'=', 2);
        let [name, files] = &parts[..] else { return Err(malformed()) };
        let name = name.to_str().unwrap_or_default().trim();
        if name.is_empty() || files.is_empty() {
            return Err(malformed());
        }
        if sources.iter().any(|(other, _)| same_name(other, name)) {
            return Err(usage(format!(
                "two sources are named `{name}`: list all its clips behind one name, \
                 --source {name}=FILE,FILE"
            )));
        }
        let files = split_files(files);
        if files.is_empty() {
            return Err(malformed());
        }
        sources.push((name.to_string(), files));
    }
    Ok(sources)
}

/// A comma separates files, unless a file of the whole name exists.
fn split_files(files: &OsStr) -> Vec<PathBuf> {
    if Path::new(files).exists() {
        return vec![PathBuf::from(files)];
    }
    let names = split(files, b',', usize::MAX);
    names.into_iter().filter(|file| !file.is_empty()).map(PathBuf::from).collect()
}

/// Splits at an ASCII character into at most `most` parts. File names need not be UTF-8.
fn split(text: &OsStr, at: u8, most: usize) -> Vec<&OsStr> {
    let parts = text.as_encoded_bytes().splitn(most, |byte| *byte == at);
    // SAFETY: the bytes are those of an `OsStr`, split next to an ASCII character.
    parts.map(|part| unsafe { OsStr::from_encoded_bytes_unchecked(part) }).collect()
}

fn recordings(clips: &[ClipFile]) -> Vec<&dyn Recording> {
    clips.iter().map(|clip| clip as &dyn Recording).collect()
}

/// Reads the clips of one source, which must not be silent.
fn read_clips(files: &[PathBuf], room: &mut Room) -> anyhow::Result<Vec<ClipFile>> {
    let clips: Vec<ClipFile> =
        files.iter().map(|file| ClipFile::open(file, room)).collect::<Result<_, _>>()?;
    let seconds: f64 = clips.iter().map(ClipFile::seconds).sum();
    let files: Vec<&Path> = clips.iter().map(ClipFile::name).collect();
    if !clips.is_empty() && !clips.iter().any(ClipFile::sounds) {
        bail!("{}: silent from start to end; give a clip in which it plays", listed(&files));
    }
    if !clips.is_empty() && seconds < MIN_S {
        let samples: usize = clips.iter().map(|clip| clip.samples() * clip.channels()).sum();
        bail!("{}: {samples} samples are too few; give several seconds", listed(&files));
    }
    Ok(clips)
}

/// Reports clips that belong to two sources: what both learn from them cannot be separated.
fn note_shared(sources: &[(String, Vec<PathBuf>)], clips: &[Vec<ClipFile>]) {
    let named = sources.iter().zip(clips);
    let all: Vec<(&str, &ClipFile)> = named
        .flat_map(|((name, _), clips)| clips.iter().map(move |clip| (name.as_str(), clip)))
        .collect();
    for (place, (name, clip)) in all.iter().enumerate() {
        let same = |other: &ClipFile| other.hash == clip.hash && other.samples() == clip.samples();
        let earlier = all[..place].iter().find(|(_, other)| same(other));
        let Some((other_name, other)) = earlier else { continue };
        let (file, other) = (clip.name().display(), other.name().display());
        if name == other_name {
            progress::note(format_args!("{file} holds the same as {other}, for `{name}`"));
        } else {
            progress::note(format_args!(
                "{file} of `{name}` holds the same as {other} of `{other_name}`: what two sources \
                 learn from one clip cannot be separated"
            ));
        }
    }
}

/// Reports clips of which nothing is learned: frames this far below the loudest count as silent.
fn note_soft(sources: &[(String, Vec<PathBuf>)], clips: &[Vec<ClipFile>]) {
    for ((name, _), clips) in sources.iter().zip(clips) {
        let loudest = clips.iter().map(|clip| clip.peak).fold(0.0, f32::max);
        let least = loudest * 10f32.powf(SILENCE_DB / 20.0);
        for clip in clips.iter().filter(|clip| clip.peak < least) {
            let file = clip.name().display();
            match clip.sounds() {
                true => progress::note(format_args!(
                    "{file} is too soft beside the other clips of `{name}` to learn from; bring \
                     them to about the same level"
                )),
                false => progress::note(format_args!("{file} of `{name}` is silent")),
            }
        }
    }
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

fn report(args: &Args, outcome: &LearnedFile) -> anyhow::Result<()> {
    let LearnedFile { sample_rate_hz, learned, verdicts, .. } = outcome;
    // The sources come first, in their order.
    let verdict = |place: usize| verdicts.iter().find(|verdict| verdict.source == place);
    for source in learned {
        if source.sound_s < SHORT_S {
            progress::note(format_args!(
                "only {:.1} s of `{}` are sound; several seconds of varied playing separate \
                 better",
                source.sound_s, source.name
            ));
        }
    }
    if !args.json {
        let line = |(place, source): (usize, &SourceReport)| {
            let verdict = verdict(place).map(|verdict| format!("; {verdict}"));
            format!(
                "{}: {} components from {:.1} s{}\n",
                source.name,
                source.components,
                source.sound_s,
                verdict.unwrap_or_default()
            )
        };
        return print(args, &learned.iter().enumerate().map(line).collect::<String>());
    }
    let sources: Vec<_> = learned
        .iter()
        .enumerate()
        .map(|(place, source)| {
            json!({
                "name": source.name,
                "components": source.components,
                "heard_s": source.sound_s,
                "objective": source.objective,
                "verdict": verdict(place).map(|verdict| {
                    json!({ "snr": verdict.snr_db, "closest": verdict.closest })
                }),
            })
        })
        .collect();
    let report = json!({
        "dictionary": args.output.to_string_lossy(),
        "sample_rate_hz": sample_rate_hz,
        "mode": args.mode.name(),
        "method": args.method.name(),
        "divergence": args.divergence.to_string(),
        "seed": args.seed,
        "transpose": args.transpose,
        "learned": sources,
    });
    print(args, &format!("{report:#}\n"))
}

/// Prints the report, on standard error where the dictionary goes to standard output.
fn print(args: &Args, text: &str) -> anyhow::Result<()> {
    if recording::is_standard(&args.output) {
        eprint!("{text}");
        return Ok(());
    }
    output::print(text)
}
