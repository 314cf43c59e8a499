//! `unbraid separate`: separates a mixture into its sources, with the same streaming engine
//! as the plugin.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{anyhow, bail};
use serde_json::{Value, json};

use unbraid::audio::{AudioReader, WavWriter};
use unbraid::dictionary::{Dictionary, REST_NAME, file_stems, same_name, storable};
use unbraid::dsp::{Separator, SpatialKind};
use unbraid::frames::{FrameSettings, SAMPLE_RATES_HZ};
use unbraid::offline::{self, RestChoice, RestError};

use super::chosen_dictionary::ChosenDictionary;
use super::failure::usage;
use super::progress::{self, Bar};
use super::silence::{self, SilentPassages};
use super::staging::Staging;
use super::strength::{self, Strength};
use super::values::whole;
use super::{adapted_rest, interrupt, output, recording};

/// Separates recordings into the sources of a dictionary and the rest.
#[derive(clap::Args)]
pub struct Args {
    /// Recordings; `-` is standard input. If there are several, each gets its own folder
    /// in DIR.
    #[arg(value_name = "MIX", required = true)]
    mixtures: Vec<PathBuf>,
    #[command(flatten)]
    dictionary: ChosenDictionary,
    /// Folder for one file per source, named after it, and one for the rest.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Write only this source; the rest is then everything else. May be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// The rest: none (the recording has only these sources), learned (the
    /// dictionary's), auto (learned from the recording) [default: learned if
    /// the dictionary has one, auto with a single source, otherwise none].
    #[arg(long, value_enum)]
    rest: Option<RestOption>,
    /// Where in the recording a source does not play, in seconds or minutes and
    /// seconds, for `--rest auto`. This often improves the separation. May be
    /// repeated.
    #[arg(long, value_name = "NAME=FROM-TO[,FROM-TO...]", value_parser = silence::parse)]
    silent: Vec<SilentPassages>,
    /// How strictly a source is separated, from -100 % (it keeps everything that might
    /// be its own, and more of the others) to 100 % (it keeps only what clearly is
    /// its own, and loses some of it). May be repeated.
    #[arg(long, value_name = "NAME=PERCENT", value_parser = strength::parse)]
    strength: Vec<Strength>,
    /// Number of recordings that are separated in parallel.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = whole(1..=256u16),
          allow_negative_numbers = true)]
    jobs: u16,
    /// Use one mask for both channels, without the spatial filter.
    #[arg(long)]
    no_spatial: bool,
    /// Replace existing files.
    #[arg(long, short)]
    force: bool,
    /// Report on standard output as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum RestOption {
    None,
    Learned,
    Auto,
}

impl From<RestOption> for RestChoice {
    fn from(option: RestOption) -> Self {
        match option {
            RestOption::None => Self::None,
            RestOption::Learned => Self::Learned,
            RestOption::Auto => Self::Auto,
        }
    }
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    finish(args, separate(args)?)
}

/// Separates every recording; returns one report for each, in their order.
///
/// # Errors
/// Errors that concern all recordings.
pub fn separate(args: &Args) -> anyhow::Result<Vec<anyhow::Result<Value>>> {
    recording::check_folder(&args.output)?;
    let mut dictionary = args.dictionary.load()?;
    let rest = choose_rest(args, &mut dictionary)?;
    check_names(args, &dictionary)?;
    check_silences(args, rest)?;
    let jobs = plan(args)?;
    // Before anything is computed.
    let inputs = inputs(args);
    note_renamed(&dictionary, &written_sources(args, &dictionary));
    for job in &jobs {
        for name in file_names(&dictionary, &written_sources(args, &dictionary)) {
            output::check_target(&job.folder.join(name), &inputs, args.force)?;
        }
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, anyhow::Result<Value>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..usize::from(args.jobs).min(jobs.len()) {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = job.run(args, &dictionary, rest);
                    if let Ok(mut done) = done.lock() {
                        done.push((job.place, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// Reports the results. A failure does not affect the other recordings.
fn finish(args: &Args, results: Vec<anyhow::Result<Value>>) -> anyhow::Result<()> {
    let mut reports = Vec::new();
    let mut failed = Vec::new();
    let mut errors = Vec::new();
    for (mixture, result) in args.mixtures.iter().zip(results) {
        match result {
            Ok(report) => reports.push(report),
            Err(error) => {
                let mixture = mixture.to_string_lossy();
                failed.push(json!({ "mixture": mixture, "error": super::failure::line(&error) }));
                errors.push(error);
            }
        }
    }
    if args.json && !interrupt::interrupted() {
        output::print_json(&json!({ "separated": reports, "failed": failed }))?;
    }
    let last = errors.pop();
    for error in errors {
        super::failure::report(&error);
    }
    last.map_or(Ok(()), Err)
}

fn choose_rest(args: &Args, dictionary: &mut Dictionary) -> anyhow::Result<RestChoice> {
    let wanted = args.rest.map(RestChoice::from);
    RestChoice::prepare(wanted, dictionary).map_err(|error| match error {
        RestError::NotLearned => usage(format!(
            "{}: no rest was learned with it; use --rest auto, or learn it again with --mixture",
            args.dictionary.name()
        )),
        RestError::NoSource => {
            anyhow!("{}: it holds no source beside the rest", args.dictionary.name())
        }
    })
}

fn check_names(args: &Args, dictionary: &Dictionary) -> anyhow::Result<()> {
    let names: Vec<_> =
        dictionary.sources.iter().filter(|s| !s.rest).map(|s| s.name.as_str()).collect();
    let known = |only: &&String| names.iter().any(|name| same_name(name, only));
    if let Some(name) = args.only.iter().find(|only| !known(only)) {
        return Err(usage(format!(
            "--only {name}: the dictionary's sources are {}",
            names.join(", ")
        )));
    }
    silence::check(&args.silent, &names)?;
    // The rest may be added later.
    let mut with_rest = dictionary.clone();
    with_rest.add_empty_rest();
    strength::check(&args.strength, &with_rest)
}

fn check_silences(args: &Args, rest: RestChoice) -> anyhow::Result<()> {
    if !args.silent.is_empty() && rest != RestChoice::Auto {
        return Err(usage(
            "--silent is for learning the rest from the recording: add --rest auto".to_string(),
        ));
    }
    if !args.silent.is_empty() && args.mixtures.len() > 1 {
        return Err(usage(
            "--silent is for one recording: separate the others by themselves".to_string(),
        ));
    }
    Ok(())
}

/// One recording and the destination of its sources.
struct SeparationJob {
    place: usize,
    mixture: PathBuf,
    folder: PathBuf,
}

fn plan(args: &Args) -> anyhow::Result<Vec<SeparationJob>> {
    let mut jobs: Vec<SeparationJob> = Vec::new();
    for (place, mixture) in args.mixtures.iter().enumerate() {
        let folder = if args.mixtures.len() == 1 {
            args.output.clone()
        } else {
            args.output.join(folder_name(mixture))
        };
        if let Some(other) = jobs.iter().find(|job| same_folder(&job.folder, &folder)) {
            return Err(usage(format!(
                "{} and {} would both be written to {}: separate them into two folders",
                other.mixture.display(),
                mixture.display(),
                folder.display()
            )));
        }
        jobs.push(SeparationJob { place, mixture: mixture.clone(), folder });
    }
    Ok(jobs)
}

/// The name of a recording's folder: that of its file without the extension.
fn folder_name(mixture: &Path) -> OsString {
    if recording::is_standard(mixture) {
        return "standard-input".into();
    }
    let stem = mixture.file_stem().unwrap_or(mixture.as_os_str());
    stem.to_str().map_or_else(|| stem.to_os_string(), |stem| storable(stem).into())
}

/// Whether two folders are the same, on some systems at least.
fn same_folder(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.to_str(), other.to_str()), (Some(a), Some(b)) if same_name(a, b))
}

impl SeparationJob {
    fn run(&self, args: &Args, dictionary: &Dictionary, rest: RestChoice) -> anyhow::Result<Value> {
        let bar = Bar::new(&self.mixture.file_name().unwrap_or_default().to_string_lossy());
        self.separate(args, dictionary, rest, &bar)
    }

    fn separate(
        &self,
        args: &Args,
        dictionary: &Dictionary,
        rest: RestChoice,
        bar: &Bar,
    ) -> anyhow::Result<Value> {
        let input = recording::input(&self.mixture)?;
        let mut reader = recording::open(&input)?;
        reader.set_silence_not_finite(true);
        let (dictionary, remapped) = self.fit(dictionary, reader.sample_rate_hz())?;
        let dictionary = match rest {
            RestChoice::Auto => {
                // Learning may take long: whether the result can be written is found out before.
                drop(Staging::create(&self.folder)?);
                adapted_rest::add(dictionary, &input, &self.mixture, &args.silent, bar)?
            }
            RestChoice::None | RestChoice::Learned => dictionary,
        };
        let written = written_sources(args, &dictionary);
        let mut files = Files::create(args, &self.folder, &dictionary, &written, &reader)?;
        let mut separator = self.separator(args, &dictionary, &written, reader.channels());
        let total = reader.frames_hint().unwrap_or(0).max(1);
        let mut samples = 0u64;
        offline::run(
            &mut separator,
            written.len() + 1,
            |block, most| -> anyhow::Result<usize> {
                interrupt::check()?;
                let read = reader.read_block(block, most)?;
                samples += read as u64;
                bar.advance((samples as f32 / total as f32).min(1.0));
                Ok(read)
            },
            |played| files.write(played),
        )?;
        let paths = files.finish(&self.folder)?;
        if let Some(note) = &remapped {
            progress::note(format_args!("{}: {note}", self.mixture.display()));
        }
        let not_finite = reader.not_finite();
        if not_finite > 0 {
            progress::note(format_args!(
                "{}: {not_finite} samples were not finite and were taken as silence",
                input.name().display()
            ));
        }
        Ok(json!({
            "mixture": self.mixture.to_string_lossy(),
            "sample_rate_hz": dictionary.frames.sample_rate_hz,
            "channels": separator.channels(),
            "samples": samples,
            "not_finite": not_finite,
            "mode": dictionary.frames.mode.name(),
            "rest": format!("{rest:?}").to_lowercase(),
            "remapped": remapped,
            "files": output::lossy(&paths),
        }))
    }

    /// The dictionary at the recording's sample rate, and a note if it was learned at a
    /// different rate.
    fn fit(
        &self,
        dictionary: &Dictionary,
        sample_rate_hz: u32,
    ) -> anyhow::Result<(Dictionary, Option<String>)> {
        if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
            bail!(
                "{}: {sample_rate_hz} Hz; convert it to a rate from {} to {} Hz",
                self.mixture.display(),
                SAMPLE_RATES_HZ.start(),
                SAMPLE_RATES_HZ.end()
            );
        }
        let frames = FrameSettings::new(dictionary.frames.mode, sample_rate_hz);
        let (dictionary, remapped) = dictionary.remapped(frames);
        Ok((dictionary, remapped.map(|remapped| remapped.to_string())))
    }

    fn separator(
        &self,
        args: &Args,
        dictionary: &Dictionary,
        written: &[usize],
        channels: usize,
    ) -> Separator {
        let mut separator = offline::stem_separator(dictionary, written, channels);
        separator.set_spatial(SpatialKind::of_setting(!args.no_spatial));
        strength::set(&args.strength, dictionary, &mut separator);
        separator
    }
}

/// Indices of the sources that get their own file.
fn written_sources(args: &Args, dictionary: &Dictionary) -> Vec<usize> {
    let wanted = |s: &usize| {
        let source = &dictionary.sources[*s];
        let asked_for = args.only.iter().any(|only| same_name(only, &source.name));
        !source.rest && (args.only.is_empty() || asked_for)
    };
    (0..dictionary.sources.len()).filter(wanted).collect()
}

/// The files of one recording. None appears before all are complete.
struct Files<'a> {
    // Dropped first: Windows does not remove a folder in which files are open.
    writers: Vec<WavWriter>,
    staging: Staging,
    names: Vec<String>,
    channels: usize,
    args: &'a Args,
}

/// Files that must not be replaced.
fn inputs(args: &Args) -> Vec<&Path> {
    args.mixtures.iter().chain(args.dictionary.file()).map(PathBuf::as_path).collect()
}

/// Reports sources whose files cannot have their names.
fn note_renamed(dictionary: &Dictionary, written: &[usize]) {
    let files = file_names(dictionary, written);
    for (&source, file) in written.iter().zip(&files) {
        let name = &dictionary.sources[source].name;
        if *file != unbraid::audio::file_name(name) {
            progress::note(format_args!(
                "source `{name}` is written to {file}: not every system can store a file of its name"
            ));
        }
    }
}

/// The names of the files of these sources, and that of the rest.
fn file_names(dictionary: &Dictionary, written: &[usize]) -> Vec<String> {
    let sources = written.iter().map(|&s| dictionary.sources[s].name.as_str());
    let stems = file_stems(sources.chain([REST_NAME]));
    stems.iter().map(|stem| unbraid::audio::file_name(stem)).collect()
}

impl<'a> Files<'a> {
    fn create(
        args: &'a Args,
        folder: &Path,
        dictionary: &Dictionary,
        written: &[usize],
        reader: &AudioReader,
    ) -> anyhow::Result<Self> {
        let staging = Staging::create(folder)?;
        let names = file_names(dictionary, written);
        let mut writers = Vec::new();
        for name in &names {
            let (rate, channels) = (reader.sample_rate_hz(), reader.channels());
            let path = staging.path(name);
            let writer = WavWriter::create(&path, rate, channels);
            let mut writer = writer.map_err(|error| staging.name_target(error.into()))?;
            writer.set_origin(reader.origin());
            writers.push(writer);
        }
        Ok(Self { writers, staging, names, channels: reader.channels(), args })
    }

    fn write(&mut self, played: &[&[f32]]) -> anyhow::Result<()> {
        for (writer, channels) in self.writers.iter_mut().zip(played.chunks(self.channels)) {
            let written = writer.write_block(channels);
            written.map_err(|error| self.staging.name_target(error.into()))?;
        }
        Ok(())
    }

    /// Publishes the files and returns their names, in the order of the buses.
    fn finish(self, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
        for writer in self.writers {
            writer.finish().map_err(|error| self.staging.name_target(error.into()))?;
        }
        self.staging.publish(&inputs(self.args), self.args.force)?;
        let paths: Vec<PathBuf> = self.names.iter().map(|name| folder.join(name)).collect();
        output::note_leftover_files(folder, &paths, unbraid::audio::has_output_extension)?;
        Ok(paths)
    }
}
