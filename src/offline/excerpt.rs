//! The part of a long recording that the rest is learned from.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use crate::learn::Silence;

/// Several seconds, because frames that straddle a cut are useless.
const PIECE_S: usize = 5;

/// How much of a recording is used, a minute; and as much again of what is wanted in addition.
const PIECES: usize = 12;

/// What is known of a recording before it is read. Its length is not: what files state may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamFormat {
    pub sample_rate_hz: u32,
    /// One or two.
    pub channels: usize,
}

/// Pieces of a recording, one after another.
pub struct Excerpt {
    /// Channels of equal length.
    pub channels: Vec<Vec<f32>>,
    pub sample_rate_hz: u32,
    /// Samples of the whole recording.
    pub samples_read: usize,
    /// Where each piece was in the recording.
    pieces: Vec<Range<usize>>,
}

impl Excerpt {
    /// Reads a recording to its end, and keeps a minute of it, in pieces from across it if it is
    /// longer; in addition, up to a minute of the pieces that have a part in one of the `wanted`
    /// passages (in seconds).
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
        let StreamFormat { sample_rate_hz, channels } = format;
        let second = sample_rate_hz as usize;
        let mut usual = EvenlySpread::default();
        let mut in_addition = EvenlySpread::default();
        let mut samples_read = 0;
        let mut block = vec![Vec::new(); channels];
        loop {
            let mut piece = Piece { start: samples_read, channels: vec![Vec::new(); channels] };
            for _ in 0..PIECE_S {
                if read(&mut block, second)? == 0 {
                    break;
                }
                for (channel, block) in piece.channels.iter_mut().zip(&block) {
                    channel.extend_from_slice(block);
                }
            }
            let samples = piece.samples();
            if samples.is_empty() {
                break;
            }
            samples_read = samples.end;
            let piece = Rc::new(piece);
            if wanted.iter().any(|passage| overlap(passage, &samples, sample_rate_hz)) {
                in_addition.push(piece.clone());
            }
            usual.push(piece);
        }
        let chosen = usual.finish().chain(in_addition.finish());
        // A piece that is chosen twice counts once.
        let chosen: BTreeMap<usize, Rc<Piece>> = chosen.map(|piece| (piece.start, piece)).collect();
        let mut excerpt = Self {
            channels: vec![Vec::new(); channels],
            sample_rate_hz,
            samples_read,
            pieces: Vec::new(),
        };
        chosen.into_values().for_each(|piece| excerpt.keep(&piece));
        Ok(excerpt)
    }

    fn keep(&mut self, piece: &Piece) {
        for (channel, piece) in self.channels.iter_mut().zip(&piece.channels) {
            channel.extend_from_slice(piece);
        }
        let samples = piece.samples();
        match self.pieces.last_mut() {
            Some(last) if last.end == samples.start => last.end = samples.end,
            _ => self.pieces.push(samples),
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

/// Some seconds of a recording.
struct Piece {
    /// Its first sample in the recording.
    start: usize,
    channels: Vec<Vec<f32>>,
}

impl Piece {
    fn samples(&self) -> Range<usize> {
        self.start..self.start + self.channels.first().map_or(0, Vec::len)
    }
}

/// Whether samples have a part in a passage, in seconds.
fn overlap(passage: &Range<f64>, samples: &Range<usize>, sample_rate_hz: u32) -> bool {
    let second = |sample: usize| sample as f64 / f64::from(sample_rate_hz);
    passage.start < second(samples.end) && passage.end > second(samples.start)
}

/// Pieces that are evenly spread over a stream whose length is only known at its end.
struct EvenlySpread {
    /// One in so many pieces is kept.
    every: usize,
    pushed: usize,
    /// At most twice as many as there will be.
    kept: Vec<Rc<Piece>>,
}

impl Default for EvenlySpread {
    fn default() -> Self {
        Self { every: 1, pushed: 0, kept: Vec::new() }
    }
}

impl EvenlySpread {
    fn push(&mut self, piece: Rc<Piece>) {
        if self.kept.len() == 2 * PIECES {
            self.kept = self.kept.iter().step_by(2).cloned().collect();
            self.every *= 2;
        }
        if self.pushed.is_multiple_of(self.every) {
            self.kept.push(piece);
        }
        self.pushed += 1;
    }

    fn finish(self) -> impl Iterator<Item = Rc<Piece>> {
        let found = self.kept.len();
        let count = found.min(PIECES);
        (0..count).map(move |number| self.kept[number * found / count].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 8_000;

    /// An excerpt of a recording in which every sample is the number of its second.
    fn excerpt(seconds: f64, wanted: &[Range<f64>]) -> Excerpt {
        let samples = (seconds * f64::from(RATE_HZ)) as u32;
        let samples: Vec<f32> = (0..samples).map(|sample| (sample / RATE_HZ) as f32).collect();
        let format = StreamFormat { sample_rate_hz: RATE_HZ, channels: 1 };
        let mut pieces = samples.chunks(RATE_HZ as usize);
        let read = |block: &mut [Vec<f32>], most: usize| {
            assert_eq!(most, RATE_HZ as usize);
            block[0] = pieces.next().unwrap_or_default().to_vec();
            Ok::<_, std::convert::Infallible>(block[0].len())
        };
        let excerpt = Excerpt::read(format, wanted, read).unwrap();
        assert_eq!(excerpt.samples_read, samples.len());
        excerpt
    }

    /// The first second of each piece of five.
    fn starts(excerpt: &Excerpt) -> Vec<u32> {
        let piece = PIECE_S * RATE_HZ as usize;
        excerpt.channels[0].iter().step_by(piece).map(|x| *x as u32).collect()
    }

    #[test]
    fn pieces_are_from_all_over() {
        for seconds in [0.5, 4.0, 59.9, 60.0] {
            let whole = excerpt(seconds, &[]);
            assert_eq!(whole.channels[0].len(), whole.samples_read, "{seconds} s");
        }
        assert_eq!(excerpt(0.0, &[]).channels, [[0.0; 0]]);
        for seconds in 61..1_000 {
            let excerpt = excerpt(f64::from(seconds), &[]);
            let starts = starts(&excerpt);
            assert_eq!(starts.len(), 12, "{seconds} s");
            let mut edges = starts.clone();
            edges.push(seconds);
            // A twelfth of it lies between two on average.
            let widest = edges.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
            assert!(starts[0] == 0 && widest <= seconds / 6 + 5, "{seconds} s: {starts:?}");
        }
        assert_eq!(starts(&excerpt(118.0, &[]))[..4], [0, 10, 20, 30]);
    }

    #[test]
    fn pieces_that_are_wanted_come_in_addition() {
        let second = RATE_HZ as usize;
        let usual = [0, 20, 40, 60, 100, 120, 140, 160, 200, 220, 240, 260];
        assert_eq!(starts(&excerpt(300.0, &[])), usual);
        let with = excerpt(300.0, &[8.0..11.0, 290.5..294.0]);
        assert_eq!(starts(&with)[..5], [0, 5, 10, 20, 40]);
        assert_eq!(starts(&with).len(), 12 + 3);
        let silence = |from_s: usize, to_s: usize| Silence {
            source: "a",
            samples: from_s * second..to_s * second,
        };
        let silences = with.silences(vec![silence(8, 11), silence(14, 22), silence(291, 294)]);
        let expected = [silence(8, 11), silence(14, 15), silence(15, 17), silence(71, 74)];
        assert_eq!(silences, expected);
        for Silence { samples, .. } in &silences {
            let here = &with.channels[0][samples.clone()];
            let of = |x: f32| [8..11, 14..22, 291..294].iter().any(|s| s.contains(&(x as u32)));
            assert!(here.iter().all(|x| of(*x)), "{samples:?}");
        }

        // To the end, which is said to be far away: evenly spread, and the same twice counts once.
        for wanted in [vec![120.0..9_999.0], vec![120.0..300.0, 125.0..1e12]] {
            let starts = starts(&excerpt(300.0, &wanted));
            let late = starts.iter().filter(|start| **start >= 120).count();
            assert!(late >= 12 && starts.len() <= 24, "{starts:?}");
            assert!(starts.last() >= Some(&280), "{starts:?}");
        }

        // Shorter than a second, and after the last whole one.
        assert_eq!(starts(&excerpt(65.4, &[65.1..65.4])).last(), Some(&65));
    }
}
