//! The rest, learned again from what it was given.

use super::{RestSettings, options};
use crate::dictionary::Dictionary;
use crate::learn::clips::{Spectra, audible_spectra};
use crate::learn::nmf::{Start, nmf};
use crate::learn::{FactorizeError, Progress, Recording};

/// With more of them, single sets lose up to half a dB.
const ITERATIONS: usize = 40;

/// The fraction of the time that reading takes, about.
const READING: f32 = 0.2;

/// Learns the spectra of the rest again, from recordings of what it was given, at any sample rate.
/// Their number stays; nothing else changes. They start as noise: from the present ones, what was
/// wrongly learned would stay.
///
/// # Errors
/// If the recordings are silent or have fewer frames than the rest has components, or the callback
/// asks to stop. The dictionary then stays unchanged.
pub(crate) fn relearn_rest(
    dictionary: &mut Dictionary,
    recordings: &[&dyn Recording],
    settings: &RestSettings,
    progress: Progress,
) -> Result<(), FactorizeError> {
    let components = match dictionary.rest() {
        Some(rest) => dictionary.sources[rest].components.clone(),
        None => return Ok(()),
    };
    let Spectra { v, .. } =
        audible_spectra(recordings, &dictionary.frames, settings.max_frames, &mut |fraction| {
            progress(fraction * READING)
        })?;
    let options = options(ITERATIONS, settings.seed);
    let again = nmf(v.view(), components.len(), Start::Random, &options, &mut |fraction| {
        progress(READING + fraction * (1.0 - READING))
    })?;
    for (place, component) in components.into_iter().enumerate() {
        dictionary.w.column_mut(component).assign(&again.w.column(place));
    }
    Ok(())
}
