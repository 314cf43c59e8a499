//! 32-bit float WAV, written block by block.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::AudioError;
use crate::atomic_file::AtomicFile;

/// Extension of written files. Together with [`WavWriter`], this defines the output format.
const EXTENSION: &str = "wav";

/// The name of an output audio file.
pub fn file_name(stem: &str) -> String {
    format!("{stem}.{EXTENSION}")
}

/// Whether a file name is one of an output audio file.
pub fn is_written(name: &str) -> bool {
    name.strip_suffix(EXTENSION).is_some_and(|stem| stem.ends_with('.'))
}

const BYTES_PER_SAMPLE: u64 = 4;

/// Sizes in a WAV header are 32 bits; the header itself takes less than this.
const MOST_DATA_BYTES: u64 = u32::MAX as u64 - 128;

/// Writes a WAV file that appears under its name on [`WavWriter::finish`]. If dropped
/// before that, it leaves nothing behind.
pub struct WavWriter {
    path: PathBuf,
    encoder: hound::WavWriter<BufWriter<File>>,
    atomic: AtomicFile,
    channels: usize,
    frames: u64,
}

impl WavWriter {
    /// Creates a file of 32-bit float samples. If the number of `frames` is known and too
    /// large for WAV, it is rejected immediately.
    pub fn create(
        path: &Path,
        sample_rate_hz: u32,
        channels: usize,
        frames: Option<u64>,
    ) -> Result<Self, AudioError> {
        check_length(path, channels, frames.unwrap_or(0))?;
        let failed = |source| AudioError::Write { path: path.to_path_buf(), source };
        let mut atomic = AtomicFile::create(path).map_err(failed)?;
        let file = atomic.file().try_clone().map_err(failed)?;
        let spec = hound::WavSpec {
            channels: u16::try_from(channels).unwrap_or(u16::MAX),
            sample_rate: sample_rate_hz,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let encoder = hound::WavWriter::new(BufWriter::with_capacity(1 << 16, file), spec)
            .map_err(|error| failed(to_io(error)))?;
        Ok(Self { path: path.to_path_buf(), encoder, atomic, channels, frames: 0 })
    }

    /// Appends planar samples: one slice per channel, all of equal length.
    ///
    /// # Panics
    /// If the number of channels is not that of the file, or their lengths differ.
    pub fn write_block<C: AsRef<[f32]>>(&mut self, channels: &[C]) -> Result<(), AudioError> {
        assert_eq!(channels.len(), self.channels, "channels of the file");
        let frames = channels[0].as_ref().len();
        assert!(channels.iter().all(|c| c.as_ref().len() == frames), "channels of one length");
        check_length(&self.path, self.channels, self.frames + frames as u64)?;
        for frame in 0..frames {
            for channel in channels {
                let written = self.encoder.write_sample(channel.as_ref()[frame]);
                written.map_err(|error| self.failed(error))?;
            }
        }
        self.frames += frames as u64;
        Ok(())
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Completes the file and gives it its name.
    pub fn finish(self) -> Result<(), AudioError> {
        let Self { path, encoder, mut atomic, channels, .. } = self;
        let failed = |source| AudioError::Write { path, source };
        let completed = encoder.finalize().map_err(to_io);
        let positioned = completed.and_then(|()| set_positions(atomic.file(), channels));
        match positioned.and_then(|()| atomic.commit()) {
            Ok(()) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    fn failed(&self, error: hound::Error) -> AudioError {
        AudioError::Write { path: self.path.clone(), source: to_io(error) }
    }
}

/// Where the header of a `WAVEFORMATEXTENSIBLE` file has the speakers of its channels.
const CHANNEL_MASK_AT: u64 = 40;

/// The size of its `fmt ` chunk, and where it is.
const EXTENSIBLE_BYTES: u32 = 40;
const CHUNK_SIZE_AT: u64 = 16;

/// Says that a single channel has no particular speaker. The encoder says that it is the
/// front left one, where some players then leave it.
fn set_positions(file: &mut File, channels: usize) -> std::io::Result<()> {
    let mut size = [0; 4];
    file.seek(SeekFrom::Start(CHUNK_SIZE_AT))?;
    file.read_exact(&mut size)?;
    if channels == 1 && u32::from_le_bytes(size) == EXTENSIBLE_BYTES {
        file.seek(SeekFrom::Start(CHANNEL_MASK_AT))?;
        file.write_all(&[0; 4])?;
    }
    Ok(())
}

/// Writes planar samples as a 32-bit float WAV file, completely or not at all.
pub fn write_wav<C: AsRef<[f32]>>(
    path: &Path,
    sample_rate_hz: u32,
    channels: &[C],
) -> Result<(), AudioError> {
    let frames = channels.first().map(|channel| channel.as_ref().len() as u64);
    let mut writer = WavWriter::create(path, sample_rate_hz, channels.len(), frames)?;
    writer.write_block(channels)?;
    writer.finish()
}

fn check_length(path: &Path, channels: usize, frames: u64) -> Result<(), AudioError> {
    let most = MOST_DATA_BYTES / (BYTES_PER_SAMPLE * channels.max(1) as u64);
    if frames > most {
        return Err(AudioError::TooLong { path: path.to_path_buf(), frames, channels, most });
    }
    Ok(())
}

fn to_io(error: hound::Error) -> std::io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => std::io::Error::other(other),
    }
}
