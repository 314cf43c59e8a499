//! `unbraid.evaluate`.

use pyo3::prelude::*;
use unbraid::eval::{Stem, evaluate_with_progress};

use crate::audio::{Audio, copied};
use crate::error::{UnbraidError, raised};
use crate::progress::Reporter;

/// Scores named estimates against named references; the result in JSON, as the command has it.
#[pyfunction]
pub fn evaluate(
    py: Python<'_>,
    references: Vec<(String, Audio)>,
    estimates: Vec<(String, Audio)>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let stems = |named: &[(String, Audio)]| -> Vec<Stem> {
        let stem = |(name, audio): &(String, Audio)| Stem::new(name, copied(audio.as_array()));
        named.iter().map(stem).collect()
    };
    let (references, estimates) = (stems(&references), stems(&estimates));
    let reporter = Reporter::new(progress)?;
    let scored = py
        .detach(|| evaluate_with_progress(&references, &estimates, &|part| reporter.report(part)));
    let evaluation = reporter.finish(scored.map_err(raised))?;
    serde_json::to_string(&evaluation).map_err(|error| UnbraidError::new_err(error.to_string()))
}
