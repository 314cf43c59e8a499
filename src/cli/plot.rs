//! `unbraid plot`: a recording's spectrogram or a dictionary's spectra.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use unbraid::audio::AudioReader;
use unbraid::dictionary::Dictionary;
use unbraid::plot::{self, Label, PlotError, Resolution};

use super::failure::usage;
use super::progress::Bar;
use super::{long_spectrogram, output, staging};

/// Draws the spectrogram of a recording, or the spectra of a dictionary.
#[derive(clap::Args)]
pub struct Args {
    /// An audio file, or a dictionary (.safetensors).
    #[arg(value_name = "FILE|DICT")]
    file: PathBuf,
    /// The picture to write.
    #[arg(short, long, value_name = "PNG")]
    output: PathBuf,
    /// Replace an existing file.
    #[arg(long, short)]
    force: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let name = args.output.extension().unwrap_or_default();
    if !name.eq_ignore_ascii_case("png") {
        return Err(usage(format!(
            "{}: the picture is a PNG; end its name in .png",
            args.output.display()
        )));
    }
    output::check_target(&args.output, &[&args.file], args.force)?;
    staging::remove_abandoned(output::folder_of(&args.output));
    let title = args.file.file_name().unwrap_or_default().to_string_lossy();
    if is_dictionary(&args.file) {
        let dictionary = Dictionary::load(&args.file)?;
        dictionary_picture(&args.output, &title, &dictionary)
    } else {
        recording_picture(&args.output, &title, &args.file)
    }
}

/// Decides by the first bytes: a safetensors file begins with the length of a JSON object,
/// followed by that object.
fn is_dictionary(path: &Path) -> bool {
    use std::io::Read;
    let mut start = [0; 9];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
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
    let bar = Bar::new("plotting");
    let mut reader = AudioReader::open(recording)?;
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
