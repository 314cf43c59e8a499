//! Recordings of everything that plays, and where in them a source is known to be silent.

use std::ops::Range;

use super::recording::{Recording, samples_at};
use super::spectra::{frame_count, learning_hop};
use crate::dictionary::Source;
use crate::frames::FrameSettings;

/// A recording of everything that plays.
#[derive(Clone)]
pub struct Mixture<'a> {
    pub recording: &'a dyn Recording,
    /// Where sources do not play. All the sound there is then learned as the rest, or as the
    /// other sources.
    pub silences: Vec<Silence<'a>>,
}

/// A passage of a recording in which a source does not play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence<'a> {
    /// The name of the source. One that the dictionary does not have changes nothing.
    pub source: &'a str,
    /// In samples of the recording; what is beyond its end is ignored.
    pub samples: Range<usize>,
}

impl<'a> Mixture<'a> {
    /// A recording in which every source may play at any time.
    pub fn new(recording: &'a dyn Recording) -> Self {
        Self { recording, silences: Vec::new() }
    }
}

/// For each source, the frames in which it is silent: those that are completely in passages where
/// it does not play. Frames are places in `numbers`, which count the frames of all recordings,
/// one recording after another.
pub(super) fn silent_frames(
    mixture: &[Mixture],
    frames: &FrameSettings,
    numbers: &[usize],
    sources: &[Source],
) -> Vec<Vec<usize>> {
    let mut silent = vec![Vec::new(); sources.len()];
    let mut first = 0;
    for Mixture { recording, silences } in mixture {
        let own = first..first + frame_count(*recording, frames);
        first = own.end;
        let end = samples_at(*recording, frames.sample_rate_hz);
        let converted = |sample: usize| {
            let (to_hz, from_hz) = (frames.sample_rate_hz, recording.sample_rate_hz());
            match recording.samples() {
                samples if sample >= samples => end,
                _ => (sample as u64 * u64::from(to_hz) / u64::from(from_hz)) as usize,
            }
        };
        for (source, silent) in sources.iter().zip(&mut silent) {
            let passages = joined(silences.iter().filter(|silence| silence.source == source.name));
            let is_silent = |number: usize| {
                let start = (number - own.start) * learning_hop(frames);
                let until = (start + frames.fft_size).min(end);
                let mut passages = passages.iter();
                passages.any(|passage| {
                    converted(passage.start) <= start && until <= converted(passage.end)
                })
            };
            let here = numbers.iter().enumerate().filter(|(_, number)| own.contains(number));
            silent.extend(here.filter(|(_, number)| is_silent(**number)).map(|(place, _)| place));
        }
    }
    silent
}

/// The passages in order, those that touch or overlap as one.
fn joined<'a>(silences: impl Iterator<Item = &'a Silence<'a>>) -> Vec<Range<usize>> {
    let mut passages: Vec<Range<usize>> = silences.map(|silence| silence.samples.clone()).collect();
    passages.sort_by_key(|passage| passage.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for passage in passages {
        match joined.last_mut() {
            Some(last) if passage.start <= last.end => last.end = last.end.max(passage.end),
            _ => joined.push(passage),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Mode;
    use crate::learn::InMemory;

    #[test]
    fn frames_completely_in_a_silence_are_silent() {
        let frames = FrameSettings::new(Mode::Quality, 44_100);
        let hop = learning_hop(&frames);
        let window = frames.fft_size;
        // The second one has another rate, but as many frames.
        let first = [vec![0.5; window + 9 * hop]];
        let second = [vec![0.5; 2 * (window + 9 * hop)]];
        let first = InMemory { channels: &first, sample_rate_hz: 44_100 };
        let second = InMemory { channels: &second, sample_rate_hz: 88_200 };
        let of = |recording, source, samples| Mixture {
            recording,
            silences: vec![Silence { source, samples }],
        };
        let two = Mixture {
            silences: [hop..2 * hop, 2 * hop..usize::MAX]
                .map(|samples| Silence { source: "bass", samples })
                .to_vec(),
            recording: &first,
        };
        let mixture = [
            of(&first, "bass", hop..window + 3 * hop),
            of(&second, "voice", 0..2 * (window + hop) + 1),
            of(&first, "flute", 0..first.samples()),
            of(&first, "bass", 0..first.samples()),
        ];
        let sources = ["voice", "bass"].map(|name| Source::new(name, 0, Vec::new()));
        let all: Vec<usize> = (0..40).collect();
        let silent = silent_frames(&mixture, &frames, &all, &sources);
        assert_eq!(silent[0], [10, 11]);
        assert_eq!(silent[1], [vec![1, 2, 3], (30..40).collect()].concat());
        let all: Vec<usize> = (0..10).collect();
        assert_eq!(silent_frames(&[two], &frames, &all, &sources)[1], (1..10).collect::<Vec<_>>());
        let some = [0, 2, 11, 12, 39];
        assert_eq!(silent_frames(&mixture, &frames, &some, &sources), [vec![2], vec![1, 4]]);
    }
}
