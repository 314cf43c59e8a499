//! Audio to learn from, read in pieces, so that it need not be in memory as a whole.

use std::borrow::Cow;
use std::ops::Range;

use super::progress::stop_unless;
use super::{Cancelled, GoOn};
use crate::audio::{Resampler, converted_frames};
use crate::frames::SAMPLE_RATES_HZ;
use crate::frames::level::valid;

/// Samples per channel that are read, and converted to another rate, between two calls of
/// the progress callback.
const PIECE_SAMPLES: usize = 1 << 16;

/// A clip that can be read in pieces.
pub trait Recording: Sync {
    fn sample_rate_hz(&self) -> u32;
    /// One or two; more are ignored.
    fn channels(&self) -> usize;
    /// Samples per channel.
    fn samples(&self) -> usize;
    /// Samples `range` of a channel, full scale ±1.
    fn read(&self, channel: usize, range: Range<usize>) -> Cow<'_, [f32]>;
}

/// A clip in memory.
#[derive(Clone, Copy, Debug)]
pub struct InMemory<'a> {
    /// Channels of equal length.
    pub channels: &'a [Vec<f32>],
    pub sample_rate_hz: u32,
}

impl Recording for InMemory<'_> {
    fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    fn channels(&self) -> usize {
        self.channels.len()
    }

    fn samples(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    fn read(&self, channel: usize, range: Range<usize>) -> Cow<'_, [f32]> {
        Cow::Borrowed(&self.channels[channel][range])
    }
}

/// The rate that a dictionary of these recordings is learned at, in Hz: the highest among them, to
/// which the others are converted, within the range that the engine runs at.
pub fn common_rate_hz<'a>(recordings: impl IntoIterator<Item = &'a dyn Recording>) -> u32 {
    let rates = recordings.into_iter().map(|recording| recording.sample_rate_hz());
    rates.max().unwrap_or(0).clamp(*SAMPLE_RATES_HZ.start(), *SAMPLE_RATES_HZ.end())
}

/// Samples per channel of a recording at a sample rate.
pub(super) fn samples_at(recording: &dyn Recording, sample_rate_hz: u32) -> usize {
    let (samples, from_hz) = (recording.samples() as u64, recording.sample_rate_hz());
    converted_frames(samples, from_hz, sample_rate_hz) as usize
}

/// Reads a recording at a sample rate, from its start to its end. Samples that are not finite
/// become silence.
pub(crate) struct Reader<'a> {
    recording: &'a dyn Recording,
    /// `None` if the rates are equal.
    resampler: Option<Resampler>,
    /// The next sample to read, at the recording's rate.
    next: usize,
    /// Samples at the requested rate, per channel.
    held: Vec<Vec<f32>>,
    /// The number of the first sample held.
    start: usize,
}

impl<'a> Reader<'a> {
    pub fn new(recording: &'a dyn Recording, sample_rate_hz: u32) -> Self {
        let (channels, from_hz) = (recording.channels().min(2), recording.sample_rate_hz());
        let resampler = (from_hz != sample_rate_hz)
            .then(|| Resampler::new(channels.max(1), from_hz, sample_rate_hz));
        Self { recording, resampler, next: 0, held: vec![Vec::new(); channels], start: 0 }
    }

    /// Reads on until samples `range` are available from [`channel`](Self::channel), or the
    /// recording ends. Ranges must not go backwards.
    pub fn hold(&mut self, range: &Range<usize>, go_on: GoOn) -> Result<(), Cancelled> {
        self.discard(range.start);
        let samples = self.recording.samples();
        while self.start + self.held_samples() < range.end && self.next < samples {
            stop_unless(go_on())?;
            if self.resampler.is_none() && self.held_samples() == 0 {
                // What comes before is not needed.
                self.next = range.start.clamp(self.next, samples);
                self.start = self.next;
            }
            let piece = self.next..(self.next + PIECE_SAMPLES).min(samples);
            self.next = piece.end;
            let read = |channel| -> Vec<f32> {
                let samples = self.recording.read(channel, piece.clone());
                samples.iter().map(|x| valid(*x)).collect()
            };
            let channels: Vec<Vec<f32>> = (0..self.held.len()).map(read).collect();
            match &mut self.resampler {
                Some(resampler) => {
                    resampler.process(&channels, &mut self.held);
                    if self.next == samples {
                        resampler.finish(&mut self.held);
                    }
                }
                None => {
                    self.held.iter_mut().zip(channels).for_each(|(held, x)| held.extend(x));
                }
            }
            self.discard(range.start);
        }
        Ok(())
    }

    /// Samples `range` of a channel, as far as they are held.
    pub fn channel(&self, channel: usize, range: Range<usize>) -> &[f32] {
        let held = &self.held[channel];
        let from = (range.start - self.start).min(held.len());
        &held[from..(range.end - self.start).min(held.len())]
    }

    pub fn channels(&self) -> usize {
        self.held.len()
    }

    fn held_samples(&self) -> usize {
        self.held.first().map_or(0, Vec::len)
    }

    /// Forgets the samples before number `until`.
    fn discard(&mut self, until: usize) {
        let count = until.saturating_sub(self.start).min(self.held_samples());
        self.held.iter_mut().for_each(|channel| drop(channel.drain(..count)));
        self.start += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::resample;

    fn ramp(samples: usize) -> [Vec<f32>; 2] {
        [1.0, -0.5].map(|scale| (0..samples).map(|i| scale * (i as f32 * 0.01).sin()).collect())
    }

    /// The same samples as from the whole clip, wherever reading begins.
    #[test]
    fn pieces_are_those_of_the_whole() {
        let channels = ramp(3 * PIECE_SAMPLES + 1234);
        for (from_hz, to_hz) in [(44_100, 44_100), (48_000, 44_100), (22_050, 48_000)] {
            let whole = resample(&channels, from_hz, to_hz);
            let recording = InMemory { channels: &channels, sample_rate_hz: from_hz };
            assert_eq!(samples_at(&recording, to_hz), whole[0].len());
            let mut reader = Reader::new(&recording, to_hz);
            let last = whole[0].len() - 1000;
            for start in [0, 500, 30_000, 2 * PIECE_SAMPLES - 7, last] {
                let range = start..start + 1000;
                reader.hold(&range, &mut || true).unwrap();
                for (c, whole) in whole.iter().enumerate() {
                    assert!(*reader.channel(c, range.clone()) == whole[range.clone()], "{start}");
                }
            }
            // Beyond the end there is nothing.
            let range = last..last + 2000;
            reader.hold(&range, &mut || true).unwrap();
            assert_eq!(reader.channel(1, range).len(), 1000);
        }
    }
}
