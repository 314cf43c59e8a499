//! The rest, learned in rounds. Factors of the mixture alone cannot tell what belongs to a source
//! and is not in its clips from what belongs to the rest. The engine knows more: it transposes what
//! is in the clips, and judges over seconds whether a source plays at all. So the mixture is
//! separated with the rest learned so far, and the rest is learned again from what it was given.

use super::{Excerpt, StreamFormat, run, stem_separator_of};
use crate::dictionary::{Dictionary, Source};
use crate::dsp::Model;
use crate::learn::{
    Cancelled, FactorizeError, InMemory, LearnError, LearnSettings, Mixture, Progress, Reader,
    Recording, RestSettings, SourceReport, SourceToLearn, add_rest_from, learn_from, relearn_rest,
};

/// Times that the mixture is separated. What is gained becomes less with every round.
const ROUNDS: usize = 3;

/// From this fraction of the mixture on in which a source is known to be silent, there are none.
const SILENT: f64 = 0.05;

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
/// pieces from across it if it is longer. An existing rest is replaced. If a source is known to be
/// silent in a twentieth of the mixture or more, there are no rounds: what is learned there is better.
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
    let sample_rate_hz = dictionary.frames.sample_rate_hz;
    let rest = dictionary.rest().filter(|_| !is_a_source_silent(mixture, &dictionary.sources));
    // The caller refuses dictionaries that no engine can be made of.
    let (Some(rest), Ok(())) = (rest, dictionary.check()) else { return finish(progress) };
    let excerpt = joined(mixture, sample_rate_hz, &mut || progress(0.0))?;
    for round in 0..ROUNDS {
        let mut part = |fraction: f32| progress((round as f32 + fraction) / ROUNDS as f32);
        let channels = given_to(rest, dictionary, &excerpt.channels, &mut |fraction| {
            part(fraction * SEPARATING)
        })?;
        let recording = InMemory { channels: &channels, sample_rate_hz };
        let again = relearn_rest(dictionary, &[&recording], settings, &mut |fraction| {
            part(SEPARATING + fraction * (1.0 - SEPARATING))
        });
        match again {
            Ok(()) => {}
            Err(FactorizeError::Cancelled(cancelled)) => return Err(cancelled),
            // The sources were given everything, or nearly so: there is nothing to learn from.
            Err(_) => break,
        }
    }
    finish(progress)
}

fn finish(progress: Progress) -> Result<(), Cancelled> {
    if progress(1.0) { Ok(()) } else { Err(Cancelled) }
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
    run(
        &mut separator,
        2,
        |block, most| {
            if !progress(position as f32 / samples.max(1) as f32) {
                return Err(Cancelled);
            }
            let end = (position + most.min(BLOCK_SAMPLES)).min(samples);
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
    )?;
    Ok(given)
}

/// A minute of recordings, one after another, at a sample rate, with as many channels as the widest.
fn joined(
    mixture: &[Mixture],
    sample_rate_hz: u32,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Excerpt, Cancelled> {
    let recordings = mixture.iter().map(|mixture| mixture.recording);
    let recordings = recordings.filter(|recording| recording.channels() > 0);
    let channels = recordings.clone().map(|recording| recording.channels()).max().unwrap_or(1);
    let mut readers = recordings.map(|recording| Reader::new(recording, sample_rate_hz));
    let mut reader = readers.next();
    let mut position = 0;
    let format = StreamFormat { sample_rate_hz, channels: channels.min(2) };
    Excerpt::read(format, &[], |block, most| {
        block.iter_mut().for_each(Vec::clear);
        let mut count = 0;
        while let Some(present) = reader.as_mut().filter(|_| count < most) {
            let range = position..position + most - count;
            present.hold(&range, go_on)?;
            for (channel, block) in block.iter_mut().enumerate() {
                // One channel is both.
                let own = channel.min(present.channels() - 1);
                block.extend_from_slice(present.channel(own, range.clone()));
            }
            let read = block[0].len() - count;
            (count, position) = (count + read, position + read);
            if read == 0 {
                (reader, position) = (readers.next(), 0);
            }
        }
        Ok(count)
    })
}

/// Whether a source is known to be silent in enough of the mixture.
fn is_a_source_silent(mixture: &[Mixture], sources: &[Source]) -> bool {
    let lasts_s = |samples: usize, recording: &dyn Recording| {
        samples as f64 / f64::from(recording.sample_rate_hz().max(1))
    };
    let all_s: f64 = mixture.iter().map(|m| lasts_s(m.recording.samples(), m.recording)).sum();
    sources.iter().filter(|source| !source.rest).any(|source| {
        let silent_s = mixture.iter().flat_map(|Mixture { recording, silences }| {
            let own = silences.iter().filter(|silence| silence.source == source.name);
            own.map(|silence| {
                let end = silence.samples.end.min(recording.samples());
                lasts_s(end.saturating_sub(silence.samples.start), *recording)
            })
        });
        silent_s.sum::<f64>() >= SILENT * all_s
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Silence;

    #[test]
    fn short_recordings_are_joined() {
        let one = [vec![0.25; 100]];
        let two = [vec![0.5; 200], vec![-0.5; 200]];
        let empty = [Vec::new()];
        let recording = |channels| InMemory { channels, sample_rate_hz: 8_000 };
        let all = [recording(&one), recording(&[]), recording(&two), recording(&empty)];
        let mixture: Vec<Mixture> = all.iter().map(|recording| Mixture::new(recording)).collect();
        let excerpt = joined(&mixture, 8_000, &mut || true).unwrap();
        assert_eq!(excerpt.channels[0], [&one[0][..], &two[0][..]].concat());
        assert_eq!(excerpt.channels[1], [&one[0][..], &two[1][..]].concat());
        assert_eq!(joined(&mixture[1..2], 8_000, &mut || true).unwrap().samples_read, 0);
        assert!(joined(&mixture, 8_000, &mut || false).is_err());
    }

    #[test]
    fn only_silence_within_the_recording_counts() {
        let channels = [vec![0.0; 8_000]];
        let recording = InMemory { channels: &channels, sample_rate_hz: 8_000 };
        let sources = [Source::new("a", 0, vec![0]), Source::rest(vec![1])];
        let is_silent = |source, samples| {
            let silences = vec![Silence { source, samples }];
            is_a_source_silent(&[Mixture { recording: &recording, silences }], &sources)
        };
        assert!(is_silent("a", 0..400) && is_silent("a", 7_600..usize::MAX));
        assert!(!is_silent("a", 0..399) && !is_silent("a", 7_601..usize::MAX));
        assert!(!is_silent("b", 0..8_000) && !is_silent(&sources[1].name, 0..8_000));
    }
}
