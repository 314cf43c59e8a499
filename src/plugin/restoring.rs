//! Marks a thread while it restores a state. The framework sets parameters between the check
//! of a state and its project, and a trigger that was on when the state was saved must not
//! act then.

use std::any::Any;
use std::cell::RefCell;

thread_local! {
    static CURRENT: RefCell<Option<Restoring>> = const { RefCell::new(None) };
}

/// A restore in progress, with the contents read from the state.
pub struct Restoring(Box<dyn Any>);

impl Restoring {
    /// Begins a restore on this thread.
    pub fn begin(content: impl Any) {
        CURRENT.set(Some(Self(Box::new(content))));
    }

    /// Whether this thread is restoring a state.
    pub fn is_active() -> bool {
        CURRENT.with_borrow(Option::is_some)
    }

    /// Ends the restore; returns the contents that it began with.
    pub fn finish<T: Any>() -> Option<T> {
        let Self(content) = CURRENT.take()?;
        content.downcast().ok().map(|content| *content)
    }
}
