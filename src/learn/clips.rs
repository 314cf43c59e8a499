//! Audio clips to learn from, and their spectra.

use ndarray::{Array2, Axis, concatenate};

use super::preprocess::{SILENCE_DB, audible_frames};
use crate::frames::FrameSettings;
use crate::stft::magnitudes;

/// A source and the clips in which it plays alone. Each clip is a list of
/// channels (one or two) of equal length, at the dictionary's sample rate.
#[derive(Clone, Debug)]
pub struct SourceClips<'a> {
    pub name: String,
    pub clips: Vec<&'a [Vec<f32>]>,
}

/// Frames per window used in learning, whatever the engine's hop: denser frames cost time
/// and add nothing.
const FRAMES_PER_WINDOW: usize = 4;

/// Hop between frames in learning, in samples.
pub fn learning_hop(frames: &FrameSettings) -> usize {
    frames.hop.max(frames.fft_size / FRAMES_PER_WINDOW)
}

/// Spectra of all clips, bins × frames, without the silent frames. Channels are combined by
/// power, so that out-of-phase content is not lost. A clip shorter than a window is
/// extended with silence.
pub fn audible_spectra(clips: &[&[Vec<f32>]], frames: &FrameSettings) -> Array2<f32> {
    let spectra: Vec<Array2<f32>> = clips.iter().map(|clip| spectra(clip, frames)).collect();
    let views: Vec<_> = spectra.iter().map(|v| v.view()).collect();
    let all = match concatenate(Axis(1), &views) {
        Ok(all) => all,
        // No clips at all.
        Err(_) => return Array2::zeros((frames.bins(), 0)),
    };
    let audible = audible_frames(all.view(), SILENCE_DB);
    all.select(Axis(1), &audible)
}

/// The duration of a number of learned frames, in seconds.
pub fn seconds_of(count: usize, frames: &FrameSettings) -> f64 {
    (count * learning_hop(frames)) as f64 / f64::from(frames.sample_rate_hz)
}

fn spectra(clip: &[Vec<f32>], frames: &FrameSettings) -> Array2<f32> {
    let window = frames.analysis_window();
    let hop = learning_hop(frames);
    let channel = |samples: &Vec<f32>| {
        if samples.is_empty() || samples.len() >= window.len() {
            return magnitudes(samples, &window, hop);
        }
        let mut padded = samples.clone();
        padded.resize(window.len(), 0.0);
        magnitudes(&padded, &window, hop)
    };
    match clip {
        [] => Array2::zeros((frames.bins(), 0)),
        [mono] => channel(mono),
        [left, right, ..] => {
            let mut both = channel(left);
            both.zip_mut_with(&channel(right), |l, r| *l = ((*l * *l + r * r) * 0.5).sqrt());
            both
        }
    }
}
