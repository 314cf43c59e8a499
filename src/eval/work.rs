//! How an evaluation reports its progress and is stopped.

use std::sync::atomic::{AtomicU64, Ordering};

use super::signal::Signal;
use super::{EvalError, TAPS};

/// Called with the fraction of the work done, 0 to 1, from several threads; returns whether
/// to continue.
pub type EvalProgress<'a> = &'a (dyn Fn(f32) -> bool + Sync);

/// Time that factoring a matrix of one row takes, relative to one sample of one signal: it
/// grows with the cube of the rows. An estimate from the numbers of operations.
const FACTORING: f64 = 1e-3;

/// The work of one evaluation, counted in samples of one signal.
pub(super) struct EvaluationWork<'a> {
    progress: EvalProgress<'a>,
    total: f64,
    done: AtomicU64,
}

impl<'a> EvaluationWork<'a> {
    /// Work that takes `total`.
    pub fn new(total: f64, progress: EvalProgress<'a>) -> Self {
        Self { progress, total: total.max(1.0), done: AtomicU64::new(0) }
    }

    /// Everything that scoring these signals takes.
    pub fn of_plan(
        references: &[Signal],
        estimates: &[Signal],
        progress: EvalProgress<'a>,
    ) -> Self {
        let channels = references.first().map_or(0, |signal| signal.channels.len());
        let samples = references.first().and_then(|signal| signal.channels.first());
        let samples = samples.map_or(0, |samples| samples.len());
        let signals = references.len() + 2 * estimates.len();
        let each = (signals * samples) as f64 + factoring(references.len());
        Self::new(channels as f64 * each, progress)
    }

    /// Counts work that is done.
    ///
    /// # Errors
    /// If the caller asks to stop.
    pub fn advance(&self, amount: f64) -> Result<(), EvalError> {
        let amount = amount as u64;
        let done = self.done.fetch_add(amount, Ordering::Relaxed) + amount;
        let fraction = (done as f64 / self.total).min(1.0) as f32;
        if (self.progress)(fraction) { Ok(()) } else { Err(EvalError::Cancelled) }
    }
}

/// Work of factoring the matrix of this many references.
pub(super) fn factoring(references: usize) -> f64 {
    FACTORING * ((references * TAPS) as f64).powi(3)
}
