//! An allocator that counts what the audio callback allocates and frees.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use super::playing::IN_AUDIO_CALLBACK;

pub struct Guarded;

thread_local! {
    static VIOLATIONS: Cell<usize> = const { Cell::new(0) };
}

/// Allocations and frees in this thread's audio callbacks.
pub fn violations() -> usize {
    VIOLATIONS.get()
}

fn note() {
    if IN_AUDIO_CALLBACK.try_with(Cell::get).unwrap_or(false) {
        VIOLATIONS.set(VIOLATIONS.get() + 1);
    }
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Guarded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note();
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}
