//! Reads audio files to learn from, in blocks and no further than a clip can hold: whole files may
//! need more memory than there is, and the host would be killed.

use std::path::Path;

use crate::audio::{AudioBuffer, AudioError, AudioReader, Resampler};
use crate::frames::SAMPLE_RATES_HZ;

/// Frames that are read at a time.
const BLOCK_FRAMES: usize = 1 << 16;

/// The beginning of a file.
pub struct Beginning {
    pub audio: AudioBuffer,
    /// Whether that is not all of the file.
    pub has_more: bool,
}

/// Reads at most `most_s` seconds. A sample rate for which nothing can be learned is converted to
/// `rate_hz`.
pub fn beginning(path: &Path, most_s: usize, rate_hz: u32) -> Result<Beginning, AudioError> {
    let mut reader = AudioReader::open(path)?;
    let from_hz = reader.sample_rate_hz();
    let to_hz = if SAMPLE_RATES_HZ.contains(&from_hz) { from_hz } else { rate_hz };
    let mut resampler = Resampler::new(reader.channels(), from_hz, to_hz);
    let mut channels = vec![Vec::new(); reader.channels()];
    let mut block = channels.clone();
    let mut left = most_s * from_hz as usize;
    while left > 0 {
        let read = reader.read_block(&mut block, left.min(BLOCK_FRAMES))?;
        if read == 0 {
            break;
        }
        resampler.process(&block, &mut channels);
        left -= read;
    }
    resampler.finish(&mut channels);
    // What comes after is not used, so that damage there does no harm.
    let has_more = left == 0 && reader.read_block(&mut block, 1).is_ok_and(|read| read > 0);
    Ok(Beginning { audio: AudioBuffer { sample_rate_hz: to_hz, channels }, has_more })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::audio::{read, resample, write_wav};

    /// Writes a file of `seconds` in stereo; returns its folder and its path.
    fn file(seconds: usize, rate_hz: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        let frames = seconds * rate_hz as usize;
        let channel = |f: f32| (0..frames).map(|t| (t as f32 * f).sin()).collect::<Vec<f32>>();
        write_wav(&path, rate_hz, &[channel(0.1), channel(0.31)]).unwrap();
        (folder, path)
    }

    #[test]
    fn only_the_beginning_of_a_long_file_is_read() {
        for (seconds, has_more) in [(19, false), (20, false), (21, true), (60, true)] {
            let (_folder, path) = file(seconds, 8_000);
            let read_part = beginning(&path, 20, 44_100).unwrap();
            assert_eq!(read_part.has_more, has_more, "{seconds} s");
            let mut all = read(&path).unwrap();
            all.channels.iter_mut().for_each(|channel| channel.truncate(20 * 8_000));
            assert_eq!(read_part.audio, all);
        }
    }

    #[test]
    fn only_what_was_read_is_converted() {
        let (_folder, path) = file(60, 4_000);
        let Beginning { audio, has_more } = beginning(&path, 20, 44_100).unwrap();
        assert!(has_more);
        assert_eq!((audio.sample_rate_hz, audio.frames()), (44_100, 20 * 44_100));
        let mut all = read(&path).unwrap().channels;
        all.iter_mut().for_each(|channel| channel.truncate(20 * 4_000));
        assert_eq!(audio.channels, resample(&all, 4_000, 44_100));
    }

    /// Hours of silence, which take no room on the disk and would take 80 GB of memory.
    #[cfg(unix)]
    #[test]
    fn a_file_that_does_not_fit_into_memory_can_be_loaded() {
        let (_folder, path) = file(1, 8_000);
        // Its header states more than there is, as that of an interrupted recording.
        let mut bytes = std::fs::read(&path).unwrap();
        let data = bytes.windows(4).position(|name| name == b"data").unwrap();
        for at in [4, data + 4] {
            bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        }
        std::fs::write(&path, bytes).unwrap();
        if std::fs::File::options().write(true).open(&path).unwrap().set_len(80 << 30).is_err() {
            // Not every file system can hold it.
            return;
        }
        let Beginning { audio, has_more } = beginning(&path, 20, 44_100).unwrap();
        assert_eq!((audio.frames(), has_more), (20 * 8_000, true));
    }
}
