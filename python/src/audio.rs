//! Audio between NumPy and the library, and in files.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use numpy::ndarray::{Array2, ArrayView2};
use numpy::{IntoPyArray, PyArray2, PyReadonlyArray2};
use pyo3::prelude::*;
use unbraid::audio::{AudioBuffer, AudioReader, write_wav};
use unbraid::learn::Recording;

use crate::error::raised;

/// An array that Python keeps, channels × samples in row-major order.
pub type Audio<'py> = PyReadonlyArray2<'py, f32>;

/// A recording in an array, which is not copied.
pub struct ArrayRecording<'a> {
    pub channels: ArrayView2<'a, f32>,
    pub sample_rate_hz: u32,
}

impl Recording for ArrayRecording<'_> {
    fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    fn channels(&self) -> usize {
        self.channels.nrows()
    }

    fn samples(&self) -> usize {
        self.channels.ncols()
    }

    fn read(&self, channel: usize, range: Range<usize>) -> Cow<'_, [f32]> {
        let row = self.channels.row(channel);
        match row.to_slice() {
            Some(samples) => Cow::Borrowed(&samples[range]),
            None => Cow::Owned(range.map(|sample| row[sample]).collect()),
        }
    }
}

/// A copy of an array as the library's lists of channels.
pub fn copied(array: ArrayView2<f32>) -> Vec<Vec<f32>> {
    array.rows().into_iter().map(|channel| channel.to_vec()).collect()
}

/// Reads an audio file: channels × samples, and the sample rate in Hz.
#[pyfunction]
pub fn read(py: Python<'_>, path: PathBuf) -> PyResult<(Bound<'_, PyArray2<f32>>, u32)> {
    let AudioBuffer { sample_rate_hz, channels } = py
        .detach(|| AudioReader::open(&path).and_then(AudioReader::read_to_end))
        .map_err(raised)?;
    let samples = channels[0].len();
    let mut array = Array2::zeros((channels.len(), samples));
    for (mut row, channel) in array.rows_mut().into_iter().zip(&channels) {
        row.iter_mut().zip(channel).for_each(|(to, from)| *to = *from);
    }
    Ok((array.into_pyarray(py), sample_rate_hz))
}

/// Writes a WAV file of 32-bit float samples, completely or not at all.
#[pyfunction]
pub fn write(py: Python<'_>, path: PathBuf, audio: Audio, sample_rate_hz: u32) -> PyResult<()> {
    let channels = copied(audio.as_array());
    py.detach(|| write_wav(&path, sample_rate_hz, &channels)).map_err(raised)
}
