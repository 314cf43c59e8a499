//! The library's errors as exceptions with the same texts.

use std::error::Error;
use std::io;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use unbraid::dictionary::DictionaryError;

pyo3::create_exception!(
    unbraid,
    UnbraidError,
    PyValueError,
    "What was given cannot be used; the message says why, and what to do."
);

/// `UnbraidError`, or the subclass of `OSError` that Python has for a file's error.
pub fn exception(error: &(dyn Error + 'static)) -> PyErr {
    match io_kind(error) {
        // Python makes `FileNotFoundError` and others of it.
        Some(kind) => io::Error::new(kind, error.to_string()).into(),
        None => UnbraidError::new_err(error.to_string()),
    }
}

/// The kind of the system's error that an error came from.
fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    use DictionaryError::{Read, Write};
    if let Some(Read { cause, .. } | Write { cause, .. }) = error.downcast_ref() {
        return Some(cause.kind());
    }
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        source = error.source();
    }
    None
}

/// For `map_err`.
pub fn raised<E: Error + 'static>(error: E) -> PyErr {
    exception(&error)
}
