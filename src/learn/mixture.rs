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
    /// In samples of the recording.
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
        for Silence { source, samples } in silences {
            let Some(source) = sources.iter().position(|other| other.name == *source) else {
                continue;
            };
            let converted = |sample: usize| {
                let (to_hz, from_hz) = (frames.sample_rate_hz, recording.sample_rate_hz());
                (sample as u64 * u64::from(to_hz) / u64::from(from_hz)) as usize
            };
            let until =
                if samples.end >= recording.samples() { end } else { converted(samples.end) };
            let passage = converted(samples.start)..until;
            let is_inside = |number: usize| {
                let start = (number - own.start) * learning_hop(frames);
                passage.start <= start && (start + frames.fft_size).min(end) <= passage.end
            };
            let here = numbers.iter().enumerate().filter(|(_, number)| own.contains(number));
            silent[source]
                .extend(here.filter(|(_, number)| is_inside(**number)).map(|(place, _)| place));
        }
    }
    silent
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
        let some = [0, 2, 11, 12, 39];
        assert_eq!(silent_frames(&mixture, &frames, &some, &sources), [vec![2], vec![1, 4]]);
    }
}
