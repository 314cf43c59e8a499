//! 32-bit float WAV, written block by block.

use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::origin::BEXT_BYTES;
use super::{AudioError, Origin};
use crate::atomic_file::AtomicFile;

/// Extension of written files. Together with [`WavWriter`], this defines the output format.
const EXTENSION: &str = "wav";

/// The name of an output audio file.
pub fn file_name(stem: &str) -> String {
    format!("{stem}.{EXTENSION}")
}

/// Whether a file name is one of an output audio file.
pub fn has_output_extension(name: &str) -> bool {
    name.strip_suffix(EXTENSION).is_some_and(|stem| stem.ends_with('.'))
}

const BYTES_PER_SAMPLE: u64 = 4;

/// Samples are collected to this length before they are written.
const BUFFER_BYTES: usize = 1 << 16;

/// Largest length that a WAV file can state. Longer files are RF64 (EBU Tech 3306).
const MAX_BYTES: u64 = u32::MAX as u64 - 1;

/// Writes a WAV file that appears under its name on [`WavWriter::finish`]. If dropped
/// before that, it leaves nothing behind.
pub struct WavWriter {
    path: PathBuf,
    atomic: AtomicFile,
    buffer: Vec<u8>,
    header: WavHeader,
    /// Longest file that is not RF64.
    max_bytes: u64,
}

impl WavWriter {
    /// Creates a file of 32-bit float samples.
    pub fn create(path: &Path, sample_rate_hz: u32, channels: usize) -> Result<Self, AudioError> {
        let atomic = AtomicFile::create(path).map_err(|e| unwritable(path, e))?;
        let header = WavHeader {
            sample_rate_hz,
            channels: u16::try_from(channels).unwrap_or(u16::MAX),
            frames: 0,
            origin: Origin::default(),
        };
        let path = path.to_path_buf();
        let mut writer = Self { path, atomic, buffer: Vec::new(), header, max_bytes: MAX_BYTES };
        writer.buffer = writer.header.bytes(MAX_BYTES);
        Ok(writer)
    }

    /// Sets the date and the time reference that are written to the `bext` chunk, so that the file
    /// lines up with its recording in a project.
    pub fn set_origin(&mut self, origin: &Origin) {
        self.header.origin = origin.clone();
    }

    /// Appends planar samples: one slice per channel, all of equal length.
    ///
    /// # Panics
    /// If the number of channels is not that of the file, or their lengths differ.
    pub fn write_block<C: AsRef<[f32]>>(&mut self, channels: &[C]) -> Result<(), AudioError> {
        assert_eq!(channels.len(), usize::from(self.header.channels), "channels of the file");
        let frames = channels[0].as_ref().len();
        assert!(channels.iter().all(|c| c.as_ref().len() == frames), "channels of one length");
        for frame in 0..frames {
            for channel in channels {
                self.buffer.extend(channel.as_ref()[frame].to_le_bytes());
            }
            if self.buffer.len() >= BUFFER_BYTES {
                self.flush()?;
            }
        }
        self.header.frames += frames as u64;
        Ok(())
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.header.frames
    }

    /// Completes the file and gives it its name.
    pub fn finish(mut self) -> Result<(), AudioError> {
        self.flush()?;
        let Self { path, mut atomic, header, max_bytes, .. } = self;
        let mut file = BufWriter::new(atomic.file());
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(&header.bytes(max_bytes)))
            .and_then(|()| file.flush())
            .map_err(|e| unwritable(&path, e))?;
        drop(file);
        atomic.commit().map_err(|e| unwritable(&path, e))
    }

    fn flush(&mut self) -> Result<(), AudioError> {
        let written = self.atomic.file().write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|e| unwritable(&self.path, e))
    }
}

/// What precedes the samples. Its length does not depend on its content, so that it can be
/// written again when the number of frames is known.
struct WavHeader {
    sample_rate_hz: u32,
    channels: u16,
    frames: u64,
    origin: Origin,
}

/// Length of the body of a `ds64` chunk without a table, and of the `JUNK` chunk that reserves
/// its place.
const DS64_BYTES: usize = 28;

/// The subformat of 32-bit float samples (mmreg.h), as a GUID.
const FLOAT_GUID: [u8; 16] = [3, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

impl WavHeader {
    /// The header; that of an RF64 file if the file is longer than `max_bytes`.
    fn bytes(&self, max_bytes: u64) -> Vec<u8> {
        let frame_bytes = u64::from(self.channels) * BYTES_PER_SAMPLE;
        let data = self.frames * frame_bytes;
        let mut format = Vec::new();
        format.extend(0xfffe_u16.to_le_bytes());
        format.extend(self.channels.to_le_bytes());
        format.extend(self.sample_rate_hz.to_le_bytes());
        format.extend(self.sample_rate_hz.saturating_mul(frame_bytes as u32).to_le_bytes());
        format.extend((frame_bytes as u16).to_le_bytes());
        format.extend(32_u16.to_le_bytes());
        format.extend(22_u16.to_le_bytes());
        format.extend(32_u16.to_le_bytes());
        format.extend(self.speakers().to_le_bytes());
        format.extend(FLOAT_GUID);

        let riff = 4 + 8 * 5 + (DS64_BYTES + BEXT_BYTES + format.len() + 4) as u64 + data;
        let is_long = riff > max_bytes;
        let size = |bytes: u64| if is_long { u32::MAX } else { bytes as u32 }.to_le_bytes();
        let mut long = Vec::new();
        if is_long {
            for number in [riff, data, self.frames] {
                long.extend(number.to_le_bytes());
            }
        }
        long.resize(DS64_BYTES, 0);

        let mut all = if is_long { b"RF64" } else { b"RIFF" }.to_vec();
        all.extend(size(riff));
        all.extend(b"WAVE");
        let mut chunk = |id: &[u8; 4], body: &[u8]| {
            all.extend(id);
            all.extend((body.len() as u32).to_le_bytes());
            all.extend(body);
        };
        chunk(if is_long { b"ds64" } else { b"JUNK" }, &long);
        chunk(b"bext", &self.origin.to_bext());
        chunk(b"fmt ", &format);
        chunk(b"fact", &size(self.frames));
        all.extend(b"data");
        all.extend(size(data));
        all
    }

    /// The channels' speakers, one bit each: front left and right. One channel alone has no
    /// particular speaker; some players would leave it at the one that it is said to have.
    fn speakers(&self) -> u32 {
        match self.channels {
            1 => 0,
            channels => (1_u64 << channels.min(18)) as u32 - 1,
        }
    }
}

/// Writes planar samples as a 32-bit float WAV file, completely or not at all.
///
/// ```
/// use unbraid::audio::{read, write_wav};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("x.wav");
/// write_wav(&path, 44_100, &[vec![0.5, -0.5]])?;
/// assert_eq!(read(&path)?.channels, [[0.5, -0.5]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file cannot be written.
pub fn write_wav<C: AsRef<[f32]>>(
    path: &Path,
    sample_rate_hz: u32,
    channels: &[C],
) -> Result<(), AudioError> {
    let mut writer = WavWriter::create(path, sample_rate_hz, channels.len())?;
    writer.write_block(channels)?;
    writer.finish()
}

fn unwritable(path: &Path, source: std::io::Error) -> AudioError {
    AudioError::Write { path: path.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As beyond 4 GiB, but at a limit that a test can reach (EBU Tech 3306, section 3).
    #[test]
    fn long_files_are_rf64() {
        let dir = tempfile::tempdir().expect("a folder");
        let samples: Vec<f32> = (0..30_000).map(|n| n as f32 / 30_000.0).collect();
        for (channels, max_bytes, is_long) in
            [(1, 120_718, false), (1, 120_717, true), (2, 240_717, true)]
        {
            let path = dir.path().join("x.wav");
            let mut writer = WavWriter::create(&path, 48_000, channels).expect("a writer");
            writer.max_bytes = max_bytes;
            writer.write_block(&vec![&samples[..]; channels]).expect("written");
            writer.finish().expect("finished");
            let bytes = std::fs::read(&path).expect("the file");
            let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4"));
            let long = |at: usize| u64::from(number(at)) | u64::from(number(at + 4)) << 32;
            let at = |id: &[u8]| bytes.windows(4).position(|b| b == id).expect("the chunk");
            let data = 120_000 * channels as u64;
            assert_eq!(bytes.len() as u64, data + 726);
            assert_eq!((at(b"WAVE"), number(16)), (8, 28));
            if is_long {
                assert_eq!((&bytes[..4], &bytes[12..16]), (&b"RF64"[..], &b"ds64"[..]));
                assert_eq!((long(20), long(28), long(36)), (data + 718, data, 30_000));
                assert_eq!([4, at(b"data") + 4, at(b"fact") + 8].map(number), [u32::MAX; 3]);
            } else {
                assert_eq!((&bytes[..4], &bytes[12..16]), (&b"RIFF"[..], &b"JUNK"[..]));
                assert_eq!(u64::from(number(4)), data + 718);
                assert_eq!(u64::from(number(at(b"data") + 4)), data);
                assert_eq!(number(at(b"fact") + 8), 30_000);
            }
            let reader = crate::audio::AudioReader::open(&path).expect("readable");
            assert_eq!(reader.note(), None);
            let clip = reader.read_to_end().expect("audio");
            assert_eq!(clip.channels, vec![samples.clone(); channels]);
        }
    }
}
