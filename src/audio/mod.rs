//! Audio files: reading, writing, resampling.
//!
//! Samples are planar `f32`, one `Vec` per channel, full scale ±1.

mod error;
mod open;
mod reader;
mod resample;
mod writer;

pub use error::AudioError;
pub use reader::{AudioReader, read};
pub use resample::{Resampler, converted_frames, resample};
pub use writer::{WavWriter, file_name, is_written, write_wav};

/// A piece of audio in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    pub sample_rate_hz: u32,
    /// One or two channels of equal length.
    pub channels: Vec<Vec<f32>>,
}

impl Clip {
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
