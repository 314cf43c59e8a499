//! Marks the audio callback, so that debug builds notice a lock taken in it.

use std::cell::Cell;

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
