//! Pictures of spectrograms and dictionaries as PNG.
//!
//! All are drawn at twice their size and averaged down, on white, with frequency on a
//! logarithmic axis and levels in dB. A picture is written completely or not at all.

mod axes;
mod canvas;
mod color;
mod error;
mod factors;
mod sampler;
mod scale;
mod spectrogram;

pub use error::PlotError;
pub use factors::{activations, components};
pub use spectrogram::{source_spectrograms, spectrogram};

use ndarray::ArrayView2;

use crate::dictionary::Source;
use crate::frames::FrameSettings;

/// The frequencies and times of a spectrogram's bins and frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    pub sample_rate_hz: u32,
    pub fft_size: usize,
    pub hop: usize,
}

impl Resolution {
    fn bin_hz(&self) -> f64 {
        f64::from(self.sample_rate_hz) / self.fft_size as f64
    }

    fn seconds(&self, frames: usize) -> f64 {
        (frames * self.hop) as f64 / f64::from(self.sample_rate_hz)
    }
}

impl From<FrameSettings> for Resolution {
    fn from(frames: FrameSettings) -> Self {
        let FrameSettings { sample_rate_hz, fft_size, hop, .. } = frames;
        Self { sample_rate_hz, fft_size, hop }
    }
}

/// The labels of a panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
}

impl Label {
    /// A label for every component of `sources`, in the order of the columns of `w`: the
    /// source's name, numbered from 1 if it has several components.
    pub fn components(sources: &[Source]) -> Vec<Label> {
        let mut labels: Vec<(usize, Label)> = Vec::new();
        for source in sources {
            for (place, &component) in source.components.iter().enumerate() {
                let several = source.components.len() > 1;
                let number = if several { format!(" {}", place + 1) } else { String::new() };
                let name = format!("{}{number}", source.name);
                labels.push((component, Label { name, color: source.color.clone() }));
            }
        }
        labels.sort_by_key(|(component, _)| *component);
        labels.into_iter().map(|(_, label)| label).collect()
    }
}

/// Checks that a matrix has entries and that they are magnitudes.
fn check(matrix: ArrayView2<f32>) -> Result<(), PlotError> {
    let (rows, columns) = matrix.dim();
    if rows == 0 || columns == 0 {
        return Err(PlotError::Empty { rows, columns });
    }
    match matrix.indexed_iter().find(|(_, x)| !(x.is_finite() && **x >= 0.0)) {
        Some(((row, column), &value)) => Err(PlotError::Value { row, column, value }),
        None => Ok(()),
    }
}

fn check_bins(matrix: ArrayView2<f32>, resolution: Resolution) -> Result<(), PlotError> {
    let (expected, found) = (resolution.fft_size / 2 + 1, matrix.nrows());
    if expected == found { Ok(()) } else { Err(PlotError::Bins { expected, found }) }
}
