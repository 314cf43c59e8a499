//! The native part of the Python package `unbraid`: the library's functions on NumPy arrays.
//!
//! What Python users see is in the folder `unbraid` beside this one. Arrays that come here are
//! checked there: audio is `float32`, channels × samples, matrices are `float32`.

mod audio;
mod dictionary;
mod error;
mod factors;
mod files;
mod learning;
mod progress;
mod scoring;
mod separation;
mod stream;

use pyo3::prelude::*;

#[pymodule]
mod _unbraid {
    #[pymodule_export]
    use super::audio::{read, write};
    #[pymodule_export]
    use super::dictionary::Dictionary;
    #[pymodule_export]
    use super::error::UnbraidError;
    #[pymodule_export]
    use super::factors::{factorize, nnls};
    #[pymodule_export]
    use super::files::separate_file;
    #[pymodule_export]
    use super::learning::learn;
    #[pymodule_export]
    use super::scoring::evaluate;
    #[pymodule_export]
    use super::separation::separate;
    #[pymodule_export]
    use super::stream::StreamSeparator;

    use super::*;

    #[pymodule_init]
    fn set_version(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
