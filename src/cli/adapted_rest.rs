//! A rest that is learned from the recording that is to be separated.

use std::ops::Range;
use std::path::Path;

use unbraid::audio::Input;
use unbraid::dictionary::Dictionary;
use unbraid::learn::{
    FactorizeError, InMemory, Mixture, RestSettings, add_rest_from, is_rest_unlikely,
};

use super::excerpt::Excerpt;
use super::interrupt::Stopped;
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
    let wanted: Vec<Range<f64>> = silence::passages(silent).cloned().collect();
    let excerpt = Excerpt::read(input, &wanted)?;
    let Excerpt { sample_rate_hz, samples_read, .. } = excerpt;
    let names: Vec<String> = dictionary.sources.iter().map(|source| source.name.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let silences =
        silence::of_recording(silent, &names, &file.to_string(), samples_read, sample_rate_hz)?;
    let recording = &InMemory { channels: &excerpt.channels, sample_rate_hz };
    let mixture = [Mixture { recording, silences: excerpt.silences(silences) }];
    let settings = RestSettings { seed: dictionary.provenance.seed, ..RestSettings::default() };
    match add_rest_from(&mut dictionary, &mixture, &settings, &mut |part| bar.advance(part)) {
        Ok(_) if is_rest_unlikely(&dictionary) => {
            progress::note(format_args!(
                "{file}: the sources explain nearly all of it, so hardly anything goes to the \
                 rest; --rest none gives them the remainder, too"
            ));
        }
        Ok(_) => {}
        Err(FactorizeError::Cancelled(_)) => return Err(Stopped.into()),
        // Silent or nearly so: everything goes to the rest.
        Err(_) => dictionary.add_empty_rest(),
    }
    Ok(dictionary)
}
