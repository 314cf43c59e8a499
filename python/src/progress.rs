//! Progress of long computations, and their end by an exception.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;

use crate::error::UnbraidError;

/// The process that the library's threads belong to; 0 before there are any.
static THREADS_OF: AtomicU32 = AtomicU32::new(0);

/// Calls a Python function with the fraction of the work that is done, from any thread, while the
/// interpreter's lock is released.
pub struct Reporter {
    callback: Option<Py<PyAny>>,
    raised: Mutex<Option<PyErr>>,
}

impl Reporter {
    /// # Errors
    /// If the process was forked from one that has started the library's threads: they are not
    /// there, and the work would never end.
    pub fn new(callback: Option<Py<PyAny>>) -> PyResult<Self> {
        let this = std::process::id();
        let started = THREADS_OF.compare_exchange(0, this, Ordering::Relaxed, Ordering::Relaxed);
        if started.is_err_and(|other| other != this) {
            return Err(UnbraidError::new_err(
                "this process was forked from one that had used unbraid, and has none of its \
                 threads: start processes with multiprocessing.get_context('spawn') or joblib",
            ));
        }
        Ok(Self { callback, raised: Mutex::new(None) })
    }

    /// Returns whether to continue: not after an exception of the function, or Ctrl-C.
    pub fn report(&self, fraction: f32) -> bool {
        let reported = Python::attach(|py| {
            py.check_signals()?;
            self.callback.as_ref().map(|call| call.call1(py, (fraction,))).transpose()
        });
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = reported {
            raised.get_or_insert(error);
        }
        raised.is_none()
    }

    /// The exception that ended the work, or else the result.
    pub fn finish<T>(self, result: PyResult<T>) -> PyResult<T> {
        match self.raised.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => result,
        }
    }
}
