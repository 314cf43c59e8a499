//! The learners on matrices.

use numpy::{IntoPyArray, PyArray2, PyReadonlyArray2};
use pyo3::prelude::*;
use unbraid::learn::{Descent, FactorizeOptions, NmfOptions, Score, Start};

use crate::dictionary::parsed;
use crate::error::{UnbraidError, raised};
use crate::progress::Reporter;

type Matrix<'py> = PyReadonlyArray2<'py, f32>;

/// W, H, the picked columns, and the divergence before the first iteration and after each one.
type Factors<'py> =
    (Bound<'py, PyArray2<f32>>, Bound<'py, PyArray2<f32>>, Option<Vec<usize>>, Vec<f64>);

/// Factors `v` (bins × frames) by any method. `start`: `random`, `snpa` or `given`, with `w` and
/// perhaps `h`.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn factorize<'py>(
    py: Python<'py>,
    v: Matrix<'py>,
    components: usize,
    method: &str,
    score: &str,
    divergence: &str,
    descent: &str,
    iterations: usize,
    tolerance: f64,
    seed: u64,
    fixed: usize,
    start: &str,
    w: Option<Matrix<'py>>,
    h: Option<Matrix<'py>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Factors<'py>> {
    let unknown = |what: &str, name: &str, names: &str| {
        Err(UnbraidError::new_err(format!("no {what} `{name}`: use {names}")))
    };
    let options = FactorizeOptions {
        nmf: NmfOptions {
            divergence: parsed(divergence)?,
            descent: match descent {
                "plain" => Descent::Plain,
                "fast" => Descent::Fast,
                name => return unknown("updates", name, "'fast' or 'plain'"),
            },
            iterations,
            tolerance,
            seed,
            fixed,
        },
        start: match (start, &w) {
            ("random", _) => Start::Random,
            ("snpa", _) => Start::Snpa,
            ("given", Some(w)) => {
                Start::Given { w: w.as_array(), h: h.as_ref().map(|h| h.as_array()) }
            }
            (name, _) => return unknown("start", name, "'random', 'snpa' or given matrices"),
        },
        score: match score {
            "linear" => Score::Linear,
            "squared" => Score::Squared,
            name => return unknown("score", name, "'linear' or 'squared'"),
        },
    };
    let (method, v) = (parsed(method)?, v.as_array());
    let reporter = Reporter::new(progress)?;
    let factors = py.detach(|| {
        let report = &mut |part| reporter.report(part);
        unbraid::learn::factorize(v, components, method, &options, report)
    });
    let factors = reporter.finish(factors.map_err(raised))?;
    let (w, h) = (factors.w.into_pyarray(py), factors.h.into_pyarray(py));
    Ok((w, h, factors.columns, factors.objective))
}

/// The `h` ≥ 0 (components × frames) for which `w` `h` is nearest to `v` in every frame.
#[pyfunction]
pub fn nnls<'py>(
    py: Python<'py>,
    v: Matrix<'py>,
    w: Matrix<'py>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let (v, w) = (v.as_array(), w.as_array());
    let reporter = Reporter::new(progress)?;
    let h = py.detach(|| unbraid::learn::nnls(v, w, &mut |part| reporter.report(part)));
    Ok(reporter.finish(h.map_err(raised))?.into_pyarray(py))
}
