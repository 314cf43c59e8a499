//! Audio files: reading, writing, resampling.
//!
//! Samples are planar `f32`, one `Vec` per channel, full scale ±1.

mod aiff;
mod chunks;
mod error;
mod format;
mod input;
mod mp4;
mod open;
mod origin;
mod reader;
mod resample;
mod shared_file;
mod source;
mod tags;
mod wave;
mod writer;

pub use error::AudioError;
pub use input::Input;
pub use origin::Origin;
pub use reader::{AudioReader, read};
pub use resample::{Resampler, converted_frames, resample};
pub use shared_file::SharedFile;
pub use writer::{WavWriter, file_name, has_output_extension, write_wav};

/// Extensions of the files that are read, in lower case.
pub const EXTENSIONS: [&str; 20] = [
    "wav", "wave", "bwf", "rf64", "aif", "aiff", "aifc", "caf", "flac", "ogg", "oga", "mp3", "mp2",
    "m4a", "mp4", "m4b", "aac", "mka", "mkv", "webm",
];

/// Notes on files whose header is wrong.
const NO_LENGTH: &str =
    "its header does not state its length (a stream, or an interrupted recording); read to its end";
const WRONG_LENGTH: &str =
    "its header states a wrong length of the file; read as far as there is audio";

/// A piece of audio in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioBuffer {
    pub sample_rate_hz: u32,
    /// One or two channels of equal length.
    pub channels: Vec<Vec<f32>>,
}

impl AudioBuffer {
    /// Samples per channel.
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    pub fn seconds(&self) -> f64 {
        self.frames() as f64 / f64::from(self.sample_rate_hz)
    }

    /// The mean of the channels.
    pub fn mono(&self) -> Vec<f32> {
        match self.channels.as_slice() {
            [left, right] => left.iter().zip(right).map(|(l, r)| 0.5 * (l + r)).collect(),
            channels => channels.first().cloned().unwrap_or_default(),
        }
    }
}
