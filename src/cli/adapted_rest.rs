//! A rest that is learned from the recording that is to be separated.

use std::ops::Range;
use std::path::Path;

use unbraid::audio::Input;
use unbraid::dictionary::Dictionary;
use unbraid::learn::is_rest_unlikely;
use unbraid::offline::{Excerpt, StreamFormat, learn_rest_of};

use super::interrupt::{self, Stopped};
use super::progress::{self, Bar};
use super::silence::{self, SilentPassages};

/// Learns from a recording, `file`, what the sources of a dictionary do not explain, and adds it
/// as the rest.
pub fn add(
    mut dictionary: Dictionary,
    input: &Input,
    file: &Path,
    silent: &[SilentPassages],
    bar: &Bar,
) -> anyhow::Result<Dictionary> {
    let file = file.display();
    silence::note_short(silent, &dictionary.frames);
    let excerpt = excerpt(input, silent)?;
    let Excerpt { sample_rate_hz, samples_read, .. } = excerpt;
    let names: Vec<String> = dictionary.sources.iter().map(|source| source.name.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let silences =
        silence::of_recording(silent, &names, &file.to_string(), samples_read, sample_rate_hz)?;
    learn_rest_of(&mut dictionary, &excerpt, silences, &mut |part| bar.advance(part))
        .map_err(|_| Stopped)?;
    if is_rest_unlikely(&dictionary) {
        progress::note(format_args!(
            "{file}: the sources explain nearly all of it, so hardly anything goes to the rest; \
             --rest none gives them the remainder, too"
        ));
    }
    Ok(dictionary)
}

fn excerpt(input: &Input, silent: &[SilentPassages]) -> anyhow::Result<Excerpt> {
    let mut reader = input.open()?;
    reader.set_silence_not_finite(true);
    let format =
        StreamFormat { sample_rate_hz: reader.sample_rate_hz(), channels: reader.channels() };
    let wanted: Vec<Range<f64>> = silence::passages(silent).cloned().collect();
    Excerpt::read(format, &wanted, |block, most| {
        interrupt::check()?;
        Ok(reader.read_block(block, most)?)
    })
}
