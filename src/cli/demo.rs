//! `unbraid demo`: the main task on audio included with the command, using the same
//! commands that a user would type.

mod band;
mod report;
mod scores;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use unbraid::audio;
use unbraid::dictionary::{Dictionary, REST_NAME};
use unbraid::plot::{self, Label};

use super::frames::LibrosaFrames;
use super::output;
use super::plot::{dictionary_picture, recording_picture};
use super::staging::Staging;
use super::{interrupt, learn, separate};
use band::{BAND, DemoInstrument};
use scores::Row;

/// Learns four instruments, separates a recording of them, and scores the result.
#[derive(clap::Args)]
pub struct Args {
    /// Folder for the audio, the pictures and the report.
    #[arg(short, long, value_name = "DIR", default_value = "unbraid-demo")]
    output: PathBuf,
    /// Replace existing files that are not an earlier demo's.
    #[arg(long, short)]
    force: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let force = args.force || is_a_demo(&args.output);
    for name in file_names() {
        // Before anything is computed.
        output::check_target(&args.output.join(name), &[], force)?;
    }
    let staging = Staging::create(&args.output)?;
    let rows = fill(&staging).map_err(|error| staging.name_target(error))?;
    interrupt::check()?;
    staging.publish(&[], force)?;
    output::print(&summary(&rows, &args.output))
}

/// Whether a folder is an earlier demo's output, which this one may replace.
fn is_a_demo(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join(REPORT)).is_ok_and(|page| report::is_ours(&page))
}

const REPORT: &str = "report.html";
const LICENSE: &str = "clips/LICENSE.md";
const DICTIONARY: &str = "band.safetensors";
const PICTURES: [&str; 3] = ["mixture.png", "dictionary.png", "sources.png"];

/// The names of all files that the demo writes.
fn file_names() -> Vec<String> {
    let mut names: Vec<String> =
        [REPORT, LICENSE, DICTIONARY].into_iter().chain(PICTURES).map(String::from).collect();
    names.push(audio::file_name("mixture"));
    for DemoInstrument { name, .. } in &BAND {
        names.extend([format!("clips/{name}.flac"), format!("true/{name}.flac")]);
        names.push(format!("separated/{}", audio::file_name(name)));
    }
    names.push(format!("separated/{}", audio::file_name(REST_NAME)));
    names
}

/// Does all the work in a folder; returns the scores.
fn fill(staging: &Staging) -> anyhow::Result<Vec<Row>> {
    for instrument in &BAND {
        staging.write(&format!("clips/{}.flac", instrument.name), instrument.solo)?;
        staging.write(&format!("true/{}.flac", instrument.name), instrument.stem)?;
    }
    staging.write(LICENSE, band::LICENSE.as_bytes())?;
    let (stems, sample_rate_hz) = read_all(staging, "true", &|name| format!("{name}.flac"))?;
    let mixture = sum(&stems);
    audio::write_wav(&staging.path(&audio::file_name("mixture")), sample_rate_hz, &[&mixture[..]])?;

    let place = |name: &str| staging.path(name).into_os_string();
    learn::learn(&parse(&learn_words(&place))?, false)?;
    let words = separate_words(&place);
    for separated in separate::separate(&parse(&words)?)? {
        separated?;
    }
    let (separated, _) = read_all(staging, "separated", &audio::file_name)?;

    let names = BAND.map(|instrument| instrument.name);
    let rows = scores::score(&names, &stems, &mixture, &separated)?;
    draw(staging, &separated, sample_rate_hz)?;
    let here = |name: &str| OsString::from(name);
    let line = |words: Vec<OsString>| words.join(OsStr::new(" ")).to_string_lossy().into_owned();
    let commands = [
        format!("unbraid learn {} --force", line(learn_words(&here))),
        format!("unbraid separate {} --force", line(separate_words(&here))),
        "unbraid evaluate --reference true --estimate separated".to_string(),
    ];
    staging.write(REPORT, report::page(&rows, &commands).as_bytes())?;
    Ok(rows)
}

/// The arguments of `unbraid learn`; `place` returns the location of a file.
fn learn_words(place: &dyn Fn(&str) -> OsString) -> Vec<OsString> {
    let mut words: Vec<OsString> = Vec::new();
    for DemoInstrument { name, .. } in &BAND {
        let mut source = OsString::from(format!("{name}="));
        source.push(place(&format!("clips/{name}.flac")));
        words.extend(["--source".into(), source]);
    }
    words.extend(["-o".into(), place(DICTIONARY)]);
    words
}

/// The arguments of `unbraid separate`.
fn separate_words(place: &dyn Fn(&str) -> OsString) -> Vec<OsString> {
    let [mixture, dictionary, folder] =
        [&audio::file_name("mixture"), DICTIONARY, "separated"].map(place);
    vec![mixture, "-d".into(), dictionary, "-o".into(), folder]
}

/// Parses arguments as a sub-command does from the command line.
fn parse<A: clap::Args>(words: &[OsString]) -> anyhow::Result<A> {
    let command = A::augment_args(clap::Command::new("unbraid").no_binary_name(true));
    Ok(A::from_arg_matches(&command.try_get_matches_from(words)?)?)
}

/// One channel of each instrument's file in a folder, and their sample rate.
fn read_all(
    staging: &Staging,
    folder: &str,
    file_name: &dyn Fn(&str) -> String,
) -> anyhow::Result<(Vec<Vec<f32>>, u32)> {
    let mut all = Vec::new();
    let mut sample_rate_hz = 0;
    for instrument in &BAND {
        let clip = audio::read(staging.path(&format!("{folder}/{}", file_name(instrument.name))))?;
        sample_rate_hz = clip.sample_rate_hz;
        all.push(clip.mono());
    }
    Ok((all, sample_rate_hz))
}

fn sum(stems: &[Vec<f32>]) -> Vec<f32> {
    let mut mixture = vec![0.0; stems.first().map_or(0, Vec::len)];
    for stem in stems {
        mixture.iter_mut().zip(stem).for_each(|(sum, x)| *sum += x);
    }
    mixture
}

fn draw(staging: &Staging, separated: &[Vec<f32>], sample_rate_hz: u32) -> anyhow::Result<()> {
    let mixture = staging.path(&audio::file_name("mixture"));
    let [mixture_png, dictionary_png, sources_png] = PICTURES.map(|name| staging.path(name));
    recording_picture(&mixture_png, "The mixture", &mixture)?;
    let dictionary = Dictionary::load(&staging.path(DICTIONARY))?;
    dictionary_picture(&dictionary_png, "The dictionary", &dictionary)?;
    let frames = LibrosaFrames::for_picture(sample_rate_hz);
    let spectrograms: Vec<_> =
        separated.iter().map(|samples| frames.spectra(samples).mapv(|x| x.norm())).collect();
    let label =
        |(name, color): (&str, &str)| Label { name: name.to_string(), color: color.to_string() };
    let labels = dictionary.sources.iter().map(|s| label((&s.name, &s.color)));
    let panels: Vec<_> = labels.zip(spectrograms.iter().map(|v| v.view())).collect();
    plot::source_spectrograms(&sources_png, &panels, frames.resolution(sample_rate_hz))?;
    Ok(())
}

/// The scores, and what to listen to.
fn summary(rows: &[Row], folder: &Path) -> String {
    let (folder, mixture) = (folder.display(), audio::file_name("mixture"));
    let instruments = &rows[..rows.len() - 1];
    let sdr = |row: &&Row| (row.separated.sdr_db * 1e6) as i64;
    let file = |row: Option<&Row>| audio::file_name(row.map_or("", |row| &row.name));
    let best = file(instruments.iter().max_by_key(sdr));
    let worst = file(instruments.iter().min_by_key(sdr));
    format!(
        "{}\n{}.\n\n\
         Listen to {folder}/{mixture} first, then to\n  \
         {folder}/separated/{best}, which came out best, and\n  \
         {folder}/separated/{worst}, which came out worst. How each really sounds is in\n  \
         {folder}/true. All of it with pictures: {folder}/report.html\n",
        scores::table(rows),
        scores::LEGEND,
    )
}
