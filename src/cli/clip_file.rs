//! A clip to learn from, which stays in its file if it is long.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use unbraid::audio::{AudioError, AudioReader, Input};
use unbraid::eval::SILENCE;
use unbraid::learn::Recording;

use super::{interrupt, recording};

/// Samples of all clips and channels that are kept in memory: 64 MiB, three minutes of stereo at
/// 44.1 kHz.
const MAX_SAMPLES: usize = 1 << 24;

/// What is left of the memory for samples, by their number.
pub struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(MAX_SAMPLES)
    }
}

/// Samples per channel that are read at a time.
const BLOCK: usize = 1 << 16;

/// A clip that has been read from its start to its end, so that it is known to be good.
pub struct ClipFile {
    input: Input,
    sample_rate_hz: u32,
    channels: usize,
    samples: usize,
    /// The largest magnitude of a sample.
    pub peak: f32,
    /// Of all samples: equal for equal clips.
    pub hash: u64,
    /// All samples, channel by channel, if they are few.
    held: Option<Vec<Vec<f32>>>,
    position: Mutex<Position>,
}

/// Where reading a long clip again has got to.
#[derive(Default)]
struct Position {
    reader: Option<AudioReader>,
    /// The number of the sample that the reader returns next.
    next: usize,
    /// What was read last, channel by channel, and its range.
    read: Vec<Vec<f32>>,
    range: Range<usize>,
    /// Why reading failed.
    error: Option<AudioError>,
}

impl ClipFile {
    /// Reads the whole file, and keeps its samples if there is room; `-` is standard input.
    pub fn open(path: &Path, room: &mut Room) -> anyhow::Result<Self> {
        let input = recording::input(path)?;
        let mut reader = recording::open(&input)?;
        let channels = reader.channels();
        let mut clip = Self {
            input,
            sample_rate_hz: reader.sample_rate_hz(),
            channels,
            samples: 0,
            peak: 0.0,
            hash: 0,
            held: Some(vec![Vec::new(); channels]),
            position: Mutex::default(),
        };
        let mut block = vec![Vec::new(); channels];
        let mut hasher = DefaultHasher::new();
        loop {
            interrupt::check()?;
            let read = reader.read_block(&mut block, BLOCK)?;
            if read == 0 {
                break;
            }
            clip.samples += read;
            for x in block.iter().flatten() {
                clip.peak = clip.peak.max(x.abs());
                hasher.write_u32(x.to_bits());
            }
            if clip.samples * channels > room.0 {
                clip.held = None;
            }
            for (held, block) in clip.held.iter_mut().flatten().zip(&block) {
                held.extend_from_slice(block);
            }
        }
        clip.hash = hasher.finish();
        if clip.held.is_some() {
            room.0 -= clip.samples * channels;
        }
        Ok(clip)
    }

    /// Whether any sample reaches the level that counts as sound.
    pub fn sounds(&self) -> bool {
        self.peak >= SILENCE
    }

    /// What messages call it.
    pub fn name(&self) -> &Path {
        self.input.name()
    }

    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate_hz)
    }

    /// Why the file could not be read again, if so: it was changed or removed. What was learned
    /// is then worthless.
    pub fn error(&self) -> Option<AudioError> {
        self.position().error.take()
    }

    fn position(&self) -> MutexGuard<'_, Position> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recording for ClipFile {
    fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    fn channels(&self) -> usize {
        self.channels
    }

    fn samples(&self) -> usize {
        self.samples
    }

    fn read(&self, channel: usize, range: Range<usize>) -> Cow<'_, [f32]> {
        if let Some(held) = &self.held {
            return Cow::Borrowed(&held[channel][range]);
        }
        let mut position = self.position();
        // Both channels are asked for, one after the other.
        if position.range != range
            && let Err(error) = position.read(&self.input, self.channels, range.clone())
        {
            position.error = Some(error);
        }
        let mut samples = position.read.get(channel).cloned().unwrap_or_default();
        // Silence, where reading failed.
        samples.resize(range.len(), 0.0);
        Cow::Owned(samples)
    }
}

impl Position {
    fn read(
        &mut self,
        input: &Input,
        channels: usize,
        range: Range<usize>,
    ) -> Result<(), AudioError> {
        self.read = vec![Vec::new(); channels];
        self.range = range.clone();
        if self.next > range.start {
            self.reader = None;
        }
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => {
                self.next = 0;
                none.insert(input.open()?)
            }
        };
        if reader.channels() != channels {
            let (path, found) = (input.name().to_path_buf(), reader.channels());
            return Err(AudioError::Channels { path, found });
        }
        while self.next < range.start {
            let skipped =
                reader.read_block(&mut self.read, (range.start - self.next).min(BLOCK))?;
            if skipped == 0 {
                break;
            }
            self.next += skipped;
        }
        self.next += reader.read_block(&mut self.read, range.len())?;
        if self.next < range.end {
            let (path, found) = (input.name().to_path_buf(), self.next as u64);
            return Err(AudioError::EndsEarly { path, found, expected: Some(range.end as u64) });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unbraid::audio::write_wav;

    /// Both channels piece by piece, as a learner reads, then from an earlier place; and a file
    /// that is cut while it is read.
    #[test]
    fn what_stays_in_the_file_is_read_as_what_is_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clip.wav");
        let ramp = |scale: f32| (0..200_000).map(|i| scale * (i as f32 * 0.01).sin()).collect();
        let whole: [Vec<f32>; 2] = [ramp(0.5), ramp(-0.25)];
        write_wav(&path, 44_100, &whole).unwrap();
        let [long, short] =
            [0, usize::MAX].map(|most| ClipFile::open(&path, &mut Room(most)).unwrap());
        assert!(long.held.is_none() && short.held.is_some() && long.hash == short.hash);
        assert!(long.sounds() && long.samples() == 200_000 && long.channels() == 2);
        for range in [0..70_000, 70_000..200_000, 150_000..150_001, 10..20] {
            for (channel, whole) in whole.iter().enumerate() {
                let expected = &whole[range.clone()];
                assert!(*long.read(channel, range.clone()) == *expected, "{range:?}");
                assert!(*short.read(channel, range.clone()) == *expected, "{range:?}");
            }
        }
        assert!(long.error().is_none());
        let cut = whole.each_ref().map(|channel: &Vec<f32>| &channel[..1000]);
        if let Err(error) = write_wav(&path, 44_100, &cut) {
            if !cfg!(windows) {
                panic!("{error}");
            }
            // Not every file system of Windows replaces an open file.
            assert!(*long.read(0, 0..2000) == whole[0][..2000], "it stays as it was");
            return;
        }
        assert!(long.read(0, 0..2000)[1000..].iter().all(|x| *x == 0.0));
        assert!(long.error().unwrap().to_string().contains("ends early"));
    }
}
