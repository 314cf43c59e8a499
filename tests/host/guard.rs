//! An allocator that counts what the audio callback allocates and frees, and what
//! is in use.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, Ordering};

use super::playing::IN_AUDIO_CALLBACK;

pub struct Guarded;

thread_local! {
    static VIOLATIONS: Cell<usize> = const { Cell::new(0) };
}

static IN_USE: AtomicIsize = AtomicIsize::new(0);

/// Bytes that are allocated now, in all threads.
pub fn bytes_in_use() -> isize {
    IN_USE.load(Ordering::SeqCst)
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
        IN_USE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note();
        IN_USE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}
