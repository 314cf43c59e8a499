//! A counting allocator: what guarded code, such as the audio callback, allocates and frees,
//! the number of allocations, and the memory in use.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

pub struct Guarded;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
    static VIOLATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

static IN_USE: AtomicIsize = AtomicIsize::new(0);
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

/// Bytes allocated at present, in all threads.
pub fn bytes_in_use() -> isize {
    IN_USE.load(Ordering::SeqCst)
}

/// Allocations so far, in all threads.
pub fn allocations() -> usize {
    ALLOCATIONS.load(Ordering::SeqCst)
}

/// Bytes that this thread has allocated so far.
pub fn bytes_allocated() -> usize {
    BYTES.get()
}

/// Allocations and frees in this thread's guarded code.
pub fn violations() -> usize {
    VIOLATIONS.get()
}

/// Runs code that must neither allocate nor free.
pub fn guarded<T>(work: impl FnOnce() -> T) -> T {
    IS_GUARDED.set(true);
    let result = work();
    IS_GUARDED.set(false);
    result
}

fn note() {
    if IS_GUARDED.try_with(Cell::get).unwrap_or(false) {
        VIOLATIONS.set(VIOLATIONS.get() + 1);
    }
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Guarded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        IN_USE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        let _ = BYTES.try_with(|bytes| bytes.set(bytes.get() + layout.size()));
        // SAFETY: the caller's guarantees are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note();
        IN_USE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}
