//! The part of a long recording that the rest is learned from.

use std::ops::Range;

use unbraid::audio::Input;
use unbraid::learn::Silence;

use super::interrupt;

/// How much of a recording is used.
const EXCERPT_S: u64 = 60;

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
    /// Reads a minute of a recording, in pieces from across it if it is longer; in addition, all
    /// pieces that have a part in one of the `wanted` passages (in seconds).
    pub fn read(input: &Input, wanted: &[Range<f64>]) -> anyhow::Result<Self> {
        let mut reader = input.open()?;
        reader.set_silence_not_finite(true);
        let sample_rate_hz = reader.sample_rate_hz();
        let second = sample_rate_hz as usize;
        let seconds = reader.frames_hint().unwrap_or(0) / second as u64;
        let every = (seconds / EXCERPT_S).max(1);
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
            let is_wanted = wanted
                .iter()
                .any(|passage| passage.start < piece_s.end && passage.end > piece_s.start);
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
