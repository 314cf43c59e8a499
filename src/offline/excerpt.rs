//! The part of a long recording that the rest is learned from.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::learn::Silence;

/// How much of a recording is used, and the pieces with wanted passages in addition.
const EXCERPT_S: u64 = 60;
const MAX_WANTED: usize = 12;

/// The longest that a recording of unknown length is taken to be.
const UNKNOWN_S: u64 = 24 * 3600;

/// Pieces of several seconds, because frames that straddle a cut are useless.
const PIECE_S: u64 = 5;

/// What is known of a recording before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamFormat {
    pub sample_rate_hz: u32,
    /// One or two.
    pub channels: usize,
    /// Samples per channel, if that is known.
    pub samples: Option<u64>,
}

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
    /// a minute of the pieces that have a part in one of the `wanted` passages (in seconds).
    ///
    /// `read` fills one block per channel with the next samples and returns their number, 0 at
    /// the end.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read<E>(
        format: StreamFormat,
        wanted: &[Range<f64>],
        mut read: impl FnMut(&mut [Vec<f32>], usize) -> Result<usize, E>,
    ) -> Result<Self, E> {
        let StreamFormat { sample_rate_hz, channels, samples } = format;
        let second = sample_rate_hz as usize;
        let seconds = samples.unwrap_or(0) / second as u64;
        let every = (seconds / EXCERPT_S).max(1);
        let wanted = wanted_pieces(wanted, (seconds > 0).then_some(seconds));
        let wanted_end_s = wanted.last().map_or(0, |last| (last + 1) * PIECE_S);
        let mut excerpt = Self {
            channels: vec![Vec::new(); channels],
            sample_rate_hz,
            samples_read: 0,
            pieces: Vec::new(),
        };
        let mut block = vec![Vec::new(); channels];
        let mut usual_s = 0;
        for place in 0_u64.. {
            if usual_s >= EXCERPT_S && place >= wanted_end_s {
                break;
            }
            let read = read(&mut block, second)?;
            if read == 0 {
                break;
            }
            let piece = place / PIECE_S;
            let is_usual = piece.is_multiple_of(every) && usual_s < EXCERPT_S;
            usual_s += u64::from(is_usual);
            let is_wanted = wanted.contains(&piece);
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

/// The pieces with a part of wanted passages; evenly spread ones if there are too many. `seconds`: of
/// the whole recording, if that is known.
fn wanted_pieces(passages: &[Range<f64>], seconds: Option<u64>) -> BTreeSet<u64> {
    let end = seconds.unwrap_or(UNKNOWN_S).div_ceil(PIECE_S);
    let piece = |second: f64| second / PIECE_S as f64;
    let of_passage = |passage: &Range<f64>| {
        piece(passage.start) as u64..(piece(passage.end).ceil() as u64).min(end)
    };
    let all: BTreeSet<u64> = passages.iter().flat_map(of_passage).collect();
    // Without a length, a passage may be said to last for hours that do not exist.
    let every = if seconds.is_some() { all.len().div_ceil(MAX_WANTED).max(1) } else { 1 };
    all.into_iter().step_by(every).take(MAX_WANTED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 8_000;

    /// An excerpt of a recording in which every sample is the number of its second.
    fn excerpt(seconds: u32, wanted: &[Range<f64>]) -> Excerpt {
        let samples: Vec<f32> =
            (0..seconds * RATE_HZ).map(|sample| (sample / RATE_HZ) as f32).collect();
        let length = Some(samples.len() as u64);
        let format = StreamFormat { sample_rate_hz: RATE_HZ, channels: 1, samples: length };
        let mut pieces = samples.chunks(RATE_HZ as usize);
        let read = |block: &mut [Vec<f32>], most: usize| {
            assert_eq!(most, RATE_HZ as usize);
            block[0] = pieces.next().unwrap_or_default().to_vec();
            Ok::<_, std::convert::Infallible>(block[0].len())
        };
        Excerpt::read(format, wanted, read).unwrap()
    }

    #[test]
    fn pieces_from_all_over_and_those_that_are_wanted() {
        // Of five minutes, every fifth piece.
        let second = RATE_HZ as usize;
        let seconds = |excerpt: &Excerpt| -> Vec<u32> {
            excerpt.channels[0].iter().step_by(second).map(|x| *x as u32).collect()
        };
        let usual = excerpt(300, &[]);
        assert_eq!(seconds(&usual).len(), 60);
        assert_eq!(seconds(&usual)[..10], [0, 1, 2, 3, 4, 25, 26, 27, 28, 29]);

        let with = excerpt(300, &[8.0..11.0, 290.5..294.0]);
        assert_eq!(seconds(&with)[..16], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 25]);
        assert_eq!(seconds(&with).len(), 60 + 10 + 5);
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

        // To the end, which is said to be far away: evenly spread, and the same twice counts once.
        for wanted in [vec![120.0..9_999.0], vec![120.0..300.0, 125.0..1e12]] {
            let rest = excerpt(300, &wanted);
            let pieces: Vec<u32> = seconds(&rest).into_iter().step_by(5).collect();
            let wanted = [120, 135, 150, 165, 180, 195, 210, 225, 240, 255, 270, 285];
            assert!(wanted.iter().all(|second| pieces.contains(second)), "{pieces:?}");
            assert!(pieces.len() <= 24, "{pieces:?}");
        }
    }
}
