//! The frames to learn from.

use ndarray::Array2;

use super::preprocess::{SILENCE_DB, audible};
use super::progress::stop_unless;
use super::recording::Recording;
use super::spectra::{FrameAnalysis, energy, frame_count, learning_hop, matrix_of_spectra};
use super::{Cancelled, Progress};
use crate::frames::FrameSettings;
use crate::frames::level::divisor;

/// A source and the clips in which it plays alone. Each clip is a list of
/// channels (one or two) of equal length, at the dictionary's sample rate.
#[derive(Clone, Debug)]
pub struct SourceClips<'a> {
    pub name: String,
    pub clips: Vec<&'a [Vec<f32>]>,
}

/// Frames that a source, or a mixture, is learned from at most: about two and a half minutes
/// of sound in `quality`, and half of that in the other modes. The cost of learning grows
/// with the frames, and more of them do not make a better dictionary: see
/// `docs/algorithms.md`.
pub const MAX_FRAMES: usize = 3072;

/// Spectra to learn from.
pub(super) struct Spectra {
    /// Bins × frames.
    pub v: Array2<f32>,
    /// The number of each frame, counted over all recordings, one recording after another.
    pub numbers: Vec<usize>,
    /// Seconds of sound in the recordings, without silence.
    pub sound_s: f64,
}

/// Spectra of the frames of all recordings that are not silent. If there are more than
/// `most`, frames are chosen that are evenly spread over the sound.
pub(super) fn audible_spectra(
    recordings: &[&dyn Recording],
    frames: &FrameSettings,
    most: usize,
    progress: Progress,
) -> Result<Spectra, Cancelled> {
    let analysis = FrameAnalysis::new(frames);
    let count = recordings.iter().map(|recording| frame_count(*recording, frames)).sum();
    let all: Vec<usize> = (0..count).collect();
    let (spectra, numbers, count_audible) = if count <= most {
        let spectra = analysis.map(recordings, &all, |spectrum| spectrum, progress)?;
        let energies: Vec<f64> = spectra.iter().map(|spectrum| energy(spectrum)).collect();
        let audible = audible(&energies, SILENCE_DB);
        let mut numbers = audible.iter().copied().peekable();
        let is_audible = |(number, _): &(usize, Vec<f32>)| numbers.next_if_eq(number).is_some();
        let spectra = spectra.into_iter().enumerate().filter(is_audible);
        let spectra: Vec<Vec<f32>> = spectra.map(|(_, spectrum)| spectrum).collect();
        let count_audible = spectra.len();
        (spectra, audible, count_audible)
    } else {
        // All spectra together could be larger than the memory.
        let part = 1.0 / (1.0 + most as f32 / count as f32);
        let energies =
            analysis.map(recordings, &all, |spectrum| energy(&spectrum), &mut |fraction| {
                progress(fraction * part)
            })?;
        let audible = audible(&energies, SILENCE_DB);
        let chosen = spread(&audible, most);
        let spectra = analysis.map(recordings, &chosen, |spectrum| spectrum, &mut |fraction| {
            progress(part + fraction * (1.0 - part))
        })?;
        (spectra, chosen, audible.len())
    };
    let mut v = matrix_of_spectra(spectra, frames.bins());
    stop_unless(progress(1.0))?;
    // Absurd levels could overflow when squared and summed.
    v /= divisor(v.fold(0.0, |peak, x| x.max(peak)), 1.0);
    Ok(Spectra { v, numbers, sound_s: seconds_of(count_audible, frames) })
}

/// At most `most` of the `numbers`, evenly spread.
fn spread(numbers: &[usize], most: usize) -> Vec<usize> {
    let count = numbers.len().min(most);
    (0..count).map(|place| numbers[place * numbers.len() / count]).collect()
}

/// The duration of a number of frames, in seconds.
pub(super) fn seconds_of(count: usize, frames: &FrameSettings) -> f64 {
    (count * learning_hop(frames)) as f64 / f64::from(frames.sample_rate_hz)
}
