//! How a long computation reports progress and is stopped.

/// Called with the fraction of the work done, 0 to 1, which never falls; returns whether to
/// continue. Between two calls, each thread works for less than 50 ms.
pub type Progress<'a> = &'a mut dyn FnMut(f32) -> bool;

/// Like [`Progress`], without a fraction.
pub(super) type GoOn<'a> = &'a mut dyn FnMut() -> bool;

/// The progress callback asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// The result of a call of the progress callback.
pub(super) fn stop_unless(goes_on: bool) -> Result<(), Cancelled> {
    if goes_on { Ok(()) } else { Err(Cancelled) }
}
