//! `unbraid plot`: a recording's spectrogram or a dictionary's spectra.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use unbraid::audio::Input;
use unbraid::dictionary::Dictionary;
use unbraid::plot::{self, Label, PlotError, Resolution};

use super::failure::usage;
use super::progress::Bar;
use super::{long_spectrogram, output, recording, staging};

/// Draws the spectrogram of a recording, or the spectra of a dictionary.
#[derive(clap::Args)]
pub struct Args {
    /// An audio file, or a dictionary (.safetensors); `-` is standard input.
    #[arg(value_name = "FILE|DICT")]
    file: PathBuf,
    /// The picture to write; `-` is standard output.
    #[arg(short, long, value_name = "PNG")]
    output: PathBuf,
    /// Replace an existing file.
    #[arg(long, short)]
    force: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let name = args.output.extension().unwrap_or_default();
    if !name.eq_ignore_ascii_case("png") && !recording::is_standard(&args.output) {
        return Err(usage(format!(
            "{}: the picture is a PNG; end its name in .png",
            args.output.display()
        )));
    }
    if !recording::is_standard(&args.output) {
        output::check_target(&args.output, &[&args.file], args.force)?;
        staging::remove_abandoned(output::folder_of(&args.output));
    }
    recording::write_output(&args.output, |picture| draw(picture, &args.file))
}

fn draw(picture: &Path, file: &Path) -> anyhow::Result<()> {
    let is_regular = !recording::is_standard(file) && file.is_file();
    if is_regular && is_dictionary(file, std::fs::File::open(file)) {
        let title = file.file_name().unwrap_or_default().to_string_lossy();
        return dictionary_picture(picture, &title, &Dictionary::load(file)?);
    }
    let input = recording::input(file)?;
    let title = input.name().file_name().unwrap_or_default().to_string_lossy();
    if !is_regular && is_dictionary(file, Ok(input.file()?)) {
        let mut bytes = Vec::new();
        input.file()?.read_to_end(&mut bytes)?;
        return dictionary_picture(picture, &title, &Dictionary::from_bytes(&bytes, input.name())?);
    }
    draw_recording(picture, &title, &input)
}

/// Decides by the first bytes: a safetensors file begins with the length of a JSON object,
/// followed by that object.
fn is_dictionary(path: &Path, file: std::io::Result<impl Read>) -> bool {
    let mut start = [0; 9];
    let read = file.and_then(|mut file| file.read_exact(&mut start));
    let named = path.extension().is_some_and(|name| name.eq_ignore_ascii_case("safetensors"));
    named || (read.is_ok() && start[8] == b'{' && !start.starts_with(b"RIFF"))
}

/// Draws W of a dictionary.
pub fn dictionary_picture(
    picture: &Path,
    title: &str,
    dictionary: &Dictionary,
) -> anyhow::Result<()> {
    let labels = Label::components(&dictionary.sources);
    let resolution = Resolution::from(dictionary.frames);
    plot::components(picture, title, dictionary.w.view(), &labels, resolution)
        .map_err(|error| named(error, title))
}

/// Draws the spectrogram of an audio file.
pub fn recording_picture(picture: &Path, title: &str, recording: &Path) -> anyhow::Result<()> {
    draw_recording(picture, title, &recording::input(recording)?)
}

fn draw_recording(picture: &Path, title: &str, input: &Input) -> anyhow::Result<()> {
    let bar = Bar::new("plotting");
    let mut reader = recording::open(input)?;
    let (v, resolution) = long_spectrogram::read(&mut reader, |part| {
        bar.advance(part);
    })?;
    plot::spectrogram(picture, title, v.view(), resolution).map_err(|error| named(error, title))
}

fn named(error: PlotError, file: &str) -> anyhow::Error {
    match error {
        error @ PlotError::Write { .. } => error.into(),
        error => anyhow!("{file}: {error}"),
    }
}
