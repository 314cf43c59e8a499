//! `unbraid.Separator`, for streams.

use std::sync::{Mutex, MutexGuard, PoisonError};

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray2};
use pyo3::prelude::*;
use unbraid::dsp::Separator;

use crate::audio::Audio;
use crate::dictionary::Dictionary;
use crate::error::UnbraidError;
use crate::separation::Plan;

/// A streaming separator with an output for each source, and one for all others.
#[pyclass(frozen, module = "unbraid._unbraid")]
pub struct StreamSeparator {
    separator: Mutex<Separator>,
    #[pyo3(get)]
    names: Vec<String>,
    #[pyo3(get)]
    notes: Vec<String>,
    /// In samples.
    #[pyo3(get)]
    latency: usize,
    #[pyo3(get)]
    channels: usize,
    /// Whether the only source gets all of the stream.
    #[pyo3(get)]
    is_unopposed: bool,
}

#[pymethods]
impl StreamSeparator {
    #[new]
    #[allow(clippy::too_many_arguments)]
    fn new(
        dictionary: &Dictionary,
        sample_rate_hz: u32,
        channels: usize,
        rest: Option<&str>,
        only: Vec<String>,
        strengths: Vec<(String, f32)>,
        spatial: bool,
    ) -> PyResult<Self> {
        if !(1..=2).contains(&channels) {
            return Err(UnbraidError::new_err(format!("{channels} channels: use 1 or 2")));
        }
        // A stream that has not come yet cannot be learned from.
        let rest = match rest {
            Some("auto") => {
                return Err(UnbraidError::new_err(
                    "rest='auto' needs the whole recording: use Dictionary.with_rest with some of \
                     it, and then rest='learned'",
                ));
            }
            None if dictionary.inner.rest().is_none() => Some("none"),
            rest => rest,
        };
        let plan = Plan::new(dictionary, sample_rate_hz, rest, &only, strengths, spatial)?;
        let separator = plan.separator(channels);
        Ok(Self {
            latency: separator.latency_samples(),
            names: plan.names(),
            channels,
            is_unopposed: !plan.dictionary.can_separate(),
            notes: plan.notes,
            separator: Mutex::new(separator),
        })
    }

    /// Takes a block; returns a block of the same length of each output.
    fn process<'py>(
        &self,
        py: Python<'py>,
        block: Audio<'py>,
    ) -> PyResult<Vec<Bound<'py, PyArray2<f32>>>> {
        let input = block.as_array();
        if input.nrows() != self.channels {
            let (found, channels) = (input.nrows(), self.channels);
            return Err(UnbraidError::new_err(format!(
                "the block has {found} channels, not {channels}: make a Separator with \
                 channels={found}"
            )));
        }
        let played = py.detach(|| {
            let input = input.as_standard_layout();
            let rows: Vec<&[f32]> =
                input.rows().into_iter().map(|row| row.to_slice().unwrap_or_default()).collect();
            let mut stems = vec![Array2::zeros(input.dim()); self.names.len()];
            let mut outputs: Vec<&mut [f32]> = stems
                .iter_mut()
                .flat_map(|stem| {
                    stem.as_slice_mut().unwrap_or_default().chunks_mut(input.ncols().max(1))
                })
                .collect();
            if input.ncols() > 0 {
                self.separator().process(&rows, &mut outputs);
            }
            stems
        });
        Ok(played.into_iter().map(|stem| stem.into_pyarray(py)).collect())
    }

    /// Forgets the stream.
    fn reset(&self) {
        self.separator().reset();
    }
}

impl StreamSeparator {
    fn separator(&self) -> MutexGuard<'_, Separator> {
        self.separator.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
