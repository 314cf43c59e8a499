//! Runs the streaming engine on a file. The output has exactly the input's length, is
//! aligned with it, and has the same samples as the plugin's output.

mod excerpt;
mod refine;
mod rest;

use std::sync::Arc;

pub use excerpt::{Excerpt, StreamFormat};
pub use refine::{add_rest, learn_with_rest};
pub use rest::{RestChoice, RestError, learn_rest_of};

use crate::dictionary::Dictionary;
use crate::dsp::{Model, Separator};

/// Samples per channel that go through the engine at a time.
const BLOCK: usize = 16_384;

/// A separator with one bus for each of the sources `written` (indices of the dictionary's), and
/// a last one for all others together. Its frames are the dictionary's.
///
/// # Panics
/// If `channels` is neither 1 nor 2.
pub fn stem_separator(dictionary: &Dictionary, written: &[usize], channels: usize) -> Separator {
    stem_separator_of(Model::new(dictionary), written, channels)
}

fn stem_separator_of(model: Model, written: &[usize], channels: usize) -> Separator {
    let sources = model.sources();
    let mut separator = Separator::new(Arc::new(model), channels, written.len() + 1);
    for source in 0..sources {
        let own = written.iter().position(|&s| s == source);
        separator.bus_mut(own.unwrap_or(written.len())).set_gain(source, 1.0);
    }
    (0..=written.len()).for_each(|bus| separator.bus_mut(bus).settle());
    separator
}

/// Runs a whole stream through a separator that was made or reset for it.
///
/// `read` fills one block per channel with the next samples and returns their number, 0 at
/// the end. `write` receives the output of each bus, bus after bus and channel after
/// channel, with as many samples in total as were read.
///
/// # Errors
/// Returns the errors of `read` and `write`.
///
/// # Panics
/// If `buses` is not the separator's number of buses, or `read` gives channels of different
/// lengths or fewer samples than it says.
pub fn run<E>(
    separator: &mut Separator,
    buses: usize,
    mut read: impl FnMut(&mut [Vec<f32>], usize) -> Result<usize, E>,
    mut write: impl FnMut(&[&[f32]]) -> Result<(), E>,
) -> Result<(), E> {
    let channels = separator.channels();
    let mut input = vec![Vec::new(); channels];
    let mut output = vec![vec![0.0; BLOCK]; buses * channels];
    let mut skip = separator.latency_samples();
    // Silence follows the input until all of the output is complete.
    let mut flush = separator.latency_samples();
    loop {
        let mut samples = read(&mut input, BLOCK)?;
        if samples == 0 {
            if flush == 0 {
                return Ok(());
            }
            samples = flush.min(BLOCK);
            flush -= samples;
            for channel in &mut input {
                channel.clear();
                channel.resize(samples, 0.0);
            }
        }
        let blocks: Vec<&[f32]> = input.iter().map(|channel| &channel[..samples]).collect();
        let mut played: Vec<&mut [f32]> =
            output.iter_mut().map(|out| &mut out[..samples]).collect();
        separator.process(&blocks, &mut played);
        let early = skip.min(samples);
        skip -= early;
        if early < samples {
            let in_time: Vec<&[f32]> = output.iter().map(|out| &out[early..samples]).collect();
            write(&in_time)?;
        }
    }
}
