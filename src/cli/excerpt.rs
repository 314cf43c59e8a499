//! The part of a long recording that the rest is learned from.

use std::ops::Range;

use unbraid::audio::Input;
use unbraid::learn::Silence;

use super::interrupt;

/// How much of a recording is used, and how much in addition of passages that are wanted.
const EXCERPT_S: u64 = 60;
const WANTED_S: f64 = 60.0;

/// Pieces of several seconds, because frames that straddle a cut are useless.
const PIECE_S: u64 = 5;

/// Pieces of a recording, one after another.
pub struct Excerpt {
    /// Channels of equal length.
    pub channels: Vec<Vec<f32>>,
    pub sample_rate_hz: u32,
    /// Samples of the whole recording, as far as it was read.
    pub samples_read: usize,
    /// Where each piece was in the recording.
    pieces: Vec<Range<usize>>,
}

impl Excerpt {
    /// Reads a minute of a recording, in pieces from across it if it is longer; in addition, up to
    /// about a minute of the pieces that have a part in one of the `wanted` passages (in seconds).
    pub fn read(input: &Input, wanted: &[Range<f64>]) -> anyhow::Result<Self> {
        let mut reader = input.open()?;
        reader.set_silence_not_finite(true);
        let sample_rate_hz = reader.sample_rate_hz();
        let second = sample_rate_hz as usize;
        let seconds = reader.frames_hint().unwrap_or(0) / second as u64;
        let every = (seconds / EXCERPT_S).max(1);
        let wanted_s: f64 = wanted.iter().map(|passage| passage.end - passage.start).sum();
        let every_wanted = (wanted_s / WANTED_S).max(1.0) as u64;
        let last_s = wanted.iter().fold(0.0_f64, |last, passage| last.max(passage.end));
        let mut excerpt = Self {
            channels: vec![Vec::new(); reader.channels()],
            sample_rate_hz,
            samples_read: 0,
            pieces: Vec::new(),
        };
        let mut block = vec![Vec::new(); reader.channels()];
        let mut usual_s = 0;
        for place in 0_u64.. {
            if usual_s >= EXCERPT_S && place as f64 >= last_s {
                break;
            }
            let read = reader.read_block(&mut block, second)?;
            if read == 0 {
                break;
            }
            interrupt::check()?;
            let piece = place / PIECE_S;
            let is_usual = piece.is_multiple_of(every) && usual_s < EXCERPT_S;
            usual_s += u64::from(is_usual);
            let piece_s = (piece * PIECE_S) as f64..((piece + 1) * PIECE_S) as f64;
            let is_wanted = piece.is_multiple_of(every_wanted)
                && wanted.iter().any(|at| at.start < piece_s.end && at.end > piece_s.start);
            let here = excerpt.samples_read..excerpt.samples_read + read;
            excerpt.samples_read = here.end;
            if is_usual || is_wanted {
                excerpt.keep(here, &block);
            }
        }
        Ok(excerpt)
    }

    fn keep(&mut self, here: Range<usize>, block: &[Vec<f32>]) {
        for (channel, block) in self.channels.iter_mut().zip(block) {
            channel.extend_from_slice(block);
        }
        match self.pieces.last_mut() {
            Some(piece) if piece.end == here.start => piece.end = here.end,
            _ => self.pieces.push(here),
        }
    }

    /// Silences of the recording as those of the excerpt.
    pub fn silences<'a>(&self, silences: Vec<Silence<'a>>) -> Vec<Silence<'a>> {
        let mut all = Vec::new();
        let mut before = 0;
        for piece in &self.pieces {
            for Silence { source, samples } in &silences {
                let both = samples.start.max(piece.start)..samples.end.min(piece.end);
                if both.start < both.end {
                    let moved = |sample: usize| sample - piece.start + before;
                    all.push(Silence { source, samples: moved(both.start)..moved(both.end) });
                }
            }
            before += piece.len();
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 8_000;

    /// Every sample is the number of its second.
    fn recording(seconds: u32) -> (tempfile::TempDir, Input) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: RATE_HZ,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for sample in 0..seconds * RATE_HZ {
            writer.write_sample((sample / RATE_HZ) as f32).unwrap();
        }
        writer.finalize().unwrap();
        let input = super::super::recording::input(&path).unwrap();
        (folder, input)
    }

    #[test]
    fn pieces_from_all_over_and_those_that_are_wanted() {
        // Of five minutes, every fifth piece.
        let (_folder, input) = recording(300);
        let second = RATE_HZ as usize;
        let seconds = |excerpt: &Excerpt| -> Vec<u32> {
            excerpt.channels[0].iter().step_by(second).map(|x| *x as u32).collect()
        };
        let usual = Excerpt::read(&input, &[]).unwrap();
        assert_eq!(seconds(&usual).len(), 60);
        assert_eq!(seconds(&usual)[..10], [0, 1, 2, 3, 4, 25, 26, 27, 28, 29]);

        let with = Excerpt::read(&input, &[8.0..11.0, 290.5..294.0]).unwrap();
        assert_eq!(seconds(&with)[..16], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 25]);
        // The last piece ends with what is wanted.
        assert_eq!(seconds(&with).len(), 60 + 10 + 4);
        let silence = |from_s: usize, to_s: usize| Silence {
            source: "a",
            samples: from_s * second..to_s * second,
        };
        let silences = with.silences(vec![silence(8, 11), silence(20, 26), silence(291, 294)]);
        let expected = [silence(8, 11), silence(15, 16), silence(71, 74)];
        assert_eq!(silences, expected);
        for Silence { samples, .. } in &silences {
            let here = &with.channels[0][samples.clone()];
            let of = |x: f32| [8..11, 25..26, 291..294].iter().any(|s| s.contains(&(x as u32)));
            assert!(here.iter().all(|x| of(*x)), "{samples:?}");
        }

        let all = Excerpt::read(&input, &[0.0..300.0]).unwrap();
        assert!((60..=120).contains(&seconds(&all).len()), "{} s", seconds(&all).len());
    }
}
