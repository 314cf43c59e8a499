//! The rest, learned in rounds. Factors of the mixture alone cannot tell what belongs to a source
//! and is not in its clips from what belongs to the rest. The engine knows more: it transposes what
//! is in the clips, and judges over seconds whether a source plays at all. So the mixture is
//! separated with the rest learned so far, and the rest is learned again from what it was given.

use std::convert::Infallible;

use super::{Excerpt, StreamFormat, run, stem_separator_of};
use crate::dictionary::Dictionary;
use crate::dsp::Model;
use crate::learn::{
    Cancelled, FactorizeError, InMemory, LearnError, LearnSettings, Mixture, Progress, Reader,
    RestSettings, Silence, SourceReport, SourceToLearn, add_rest_from, learn_from, relearn_rest,
};

/// Times that the mixture is separated. What is gained becomes less with every round.
const ROUNDS: usize = 3;

/// The fraction of the time that the rounds take, about.
const REFINING: f32 = 0.5;

/// The fraction of a round that the engine takes, about.
const SEPARATING: f32 = 0.6;

/// Samples that the engine takes between two calls of the progress callback.
const BLOCK_SAMPLES: usize = 4096;

/// Learns a dictionary as [`learn_from`] does, and its rest, if there is a mixture and a source,
/// as [`add_rest`] does.
///
/// # Errors
/// Those of [`learn_from`].
pub fn learn_with_rest(
    sources: &[SourceToLearn],
    mixture: &[Mixture],
    settings: &LearnSettings,
    progress: Progress,
) -> Result<(Dictionary, Vec<SourceReport>), LearnError> {
    if sources.is_empty() || mixture.is_empty() {
        return learn_from(sources, mixture, settings, progress);
    }
    let (mut dictionary, reports) = learn_from(sources, mixture, settings, &mut |fraction| {
        progress(fraction * (1.0 - REFINING))
    })?;
    let rest = RestSettings {
        seed: settings.seed,
        max_frames: settings.max_frames,
        ..RestSettings::default()
    };
    refine(&mut dictionary, mixture, &rest, &mut |fraction| {
        progress(1.0 - REFINING + fraction * REFINING)
    })
    .map_err(|cancelled| LearnError::Mixture(cancelled.into()))?;
    Ok((dictionary, reports))
}

/// Adds a rest to a dictionary as [`learn::add_rest_from`](add_rest_from) does, and learns it
/// again in rounds from what the engine gives to it in the mixture: in up to a minute of it, in
/// pieces from across it if it is longer. Where a source is known to be silent, what was learned
/// there is better, and stays. An existing rest is replaced.
///
/// # Errors
/// If the mixture is silent or too short, or the callback asks to stop. The dictionary then stays
/// unchanged.
pub fn add_rest(
    dictionary: &mut Dictionary,
    mixture: &[Mixture],
    settings: &RestSettings,
    progress: Progress,
) -> Result<SourceReport, FactorizeError> {
    let mut changed = dictionary.clone();
    let report = add_rest_from(&mut changed, mixture, settings, &mut |fraction| {
        progress(fraction * (1.0 - REFINING))
    })?;
    refine(&mut changed, mixture, settings, &mut |fraction| {
        progress(1.0 - REFINING + fraction * REFINING)
    })?;
    *dictionary = changed;
    Ok(report)
}

/// The rounds; the dictionary has a rest.
fn refine(
    dictionary: &mut Dictionary,
    mixture: &[Mixture],
    settings: &RestSettings,
    progress: Progress,
) -> Result<(), Cancelled> {
    let Some(rest) = dictionary.rest() else { return Ok(()) };
    if is_a_source_silent(mixture, dictionary) {
        return Ok(());
    }
    let excerpt = joined(mixture, dictionary.frames.sample_rate_hz, &mut || progress(0.0))?;
    for round in 0..ROUNDS {
        let mut part = |fraction: f32| progress((round as f32 + fraction) / ROUNDS as f32);
        let channels = given_to(rest, dictionary, &excerpt.channels, &mut |fraction| {
            part(fraction * SEPARATING)
        })?;
        let recording =
            InMemory { channels: &channels, sample_rate_hz: dictionary.frames.sample_rate_hz };
        let again = relearn_rest(dictionary, &[&recording], settings, &mut |fraction| {
            part(SEPARATING + fraction * (1.0 - SEPARATING))
        });
        match again {
            Ok(()) => {}
            Err(FactorizeError::Cancelled(cancelled)) => return Err(cancelled),
            // The sources were given everything, or nearly so: there is nothing to learn from.
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}

/// What the engine gives to a source, aligned with the input.
fn given_to(
    source: usize,
    dictionary: &Dictionary,
    input: &[Vec<f32>],
    progress: Progress,
) -> Result<Vec<Vec<f32>>, Cancelled> {
    let channels = input.len();
    let samples = input.first().map_or(0, Vec::len);
    let mut given: Vec<Vec<f32>> = vec![Vec::with_capacity(samples); channels];
    let mut position = 0;
    let model = Model::new_while(dictionary, &mut || progress(0.0)).ok_or(Cancelled)?;
    let mut separator = stem_separator_of(model, &[source], channels);
    let mut goes_on = true;
    let finished: Result<(), Infallible> = run(
        &mut separator,
        2,
        |block, most| {
            goes_on = goes_on && progress(position as f32 / samples.max(1) as f32);
            let most = most.min(BLOCK_SAMPLES);
            let end = if goes_on { (position + most).min(samples) } else { position };
            for (block, channel) in block.iter_mut().zip(input) {
                block.clear();
                block.extend_from_slice(&channel[position..end]);
            }
            let count = end - position;
            position = end;
            Ok(count)
        },
        |outputs| {
            given.iter_mut().zip(outputs).for_each(|(given, output)| given.extend(*output));
            Ok(())
        },
    );
    let Ok(()) = finished;
    if !goes_on {
        return Err(Cancelled);
    }
    Ok(given)
}

/// A minute of recordings, one after another, at a sample rate, with as many channels as the widest.
fn joined(
    mixture: &[Mixture],
    sample_rate_hz: u32,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Excerpt, Cancelled> {
    let channels = mixture.iter().map(|mixture| mixture.recording.channels()).max().unwrap_or(1);
    let channels = channels.clamp(1, 2);
    let mut readers = mixture.iter().map(|mixture| Reader::new(mixture.recording, sample_rate_hz));
    let mut reader = readers.next();
    let mut position = 0;
    Excerpt::read(StreamFormat { sample_rate_hz, channels }, &[], |block, most| {
        while let Some(present) = &mut reader {
            let range = position..position + most;
            present.hold(&range, go_on)?;
            for (channel, block) in block.iter_mut().enumerate() {
                // One channel is both.
                let own = channel.min(present.channels().saturating_sub(1));
                block.clear();
                block.extend_from_slice(present.channel(own, range.clone()));
            }
            let count = block.first().map_or(0, Vec::len);
            position += count;
            if count > 0 {
                return Ok(count);
            }
            (reader, position) = (readers.next(), 0);
        }
        Ok(0)
    })
}

/// Whether a source of the dictionary is known to be silent in a passage that has a frame.
fn is_a_source_silent(mixture: &[Mixture], dictionary: &Dictionary) -> bool {
    let frames = &dictionary.frames;
    let lasts_s = |samples: usize, rate_hz: u32| samples as f64 / f64::from(rate_hz);
    let frame_s = lasts_s(frames.fft_size, frames.sample_rate_hz);
    mixture.iter().any(|Mixture { recording, silences }| {
        silences.iter().any(|Silence { source, samples }| {
            dictionary.sources.iter().any(|other| other.name == *source)
                && lasts_s(samples.len(), recording.sample_rate_hz()) >= frame_s
        })
    })
}
