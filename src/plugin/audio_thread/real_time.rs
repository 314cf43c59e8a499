//! Marks the audio callback, so that debug builds notice a lock taken in it; and the lock.

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

/// A lock that outlives a panic of who held it: the data are whole after any step.
///
/// Never in the audio callback, but for offline, where there is no hurry.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    debug_assert!(!is_here(), "a lock in the audio callback");
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
