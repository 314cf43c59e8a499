//! Marks the audio callback, so that debug builds detect a lock taken in it; and the lock.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

thread_local! {
    static HERE: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, this thread is in the audio callback.
pub struct Callback(());

impl Callback {
    pub fn enter() -> Self {
        HERE.set(true);
        Self(())
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        HERE.set(false);
    }
}

/// Whether this thread is in the audio callback.
pub fn is_here() -> bool {
    HERE.get()
}

/// Takes a lock even if its last holder panicked: the data are consistent after every step.
///
/// Never in the audio callback, except offline, where there is no deadline.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    debug_assert!(!is_here(), "a lock in the audio callback");
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
