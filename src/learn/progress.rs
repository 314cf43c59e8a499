//! How a long computation reports and is stopped.

/// Called with the fraction of the work done, 0 to 1; returns whether to go on.
pub type Progress<'a> = &'a mut dyn FnMut(f32) -> bool;

/// The progress callback answered no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;
