//! How a long computation reports progress and is stopped.

/// Called with the fraction of the work done, 0 to 1; returns whether to continue.
pub type Progress<'a> = &'a mut dyn FnMut(f32) -> bool;

/// The progress callback asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;
