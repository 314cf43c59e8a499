//! Memory that lies against pages which nothing may touch: the first read or write outside it
//! is a crash.

use std::ops::{Deref, DerefMut};

use region::{Allocation, Protection};

/// Where in its pages the memory lies, and thus whether the first byte behind its end or the
/// last one before its start is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    End,
    Start,
}

/// A slice between two guard pages.
pub struct Guarded<T: Copy> {
    first: *mut T,
    length: usize,
    _pages: Allocation,
}

impl<T: Copy> Guarded<T> {
    pub fn new(values: &[T], side: Side) -> Self {
        let page = region::page::size();
        let bytes = size_of_val(values);
        let used = bytes.div_ceil(page).max(1) * page;
        let mut pages = region::alloc(used + 2 * page, Protection::READ_WRITE).unwrap();
        let base = pages.as_mut_ptr::<u8>();
        // SAFETY: all of it lies inside the allocation, of which the first and the last page
        // are not used otherwise. Pages and sizes are multiples of every alignment.
        unsafe {
            region::protect(base, page, Protection::NONE).unwrap();
            region::protect(base.add(page + used), page, Protection::NONE).unwrap();
            let offset = if side == Side::End { used - bytes } else { 0 };
            let first = base.add(page + offset).cast::<T>();
            std::ptr::copy_nonoverlapping(values.as_ptr(), first, values.len());
            Self { first, length: values.len(), _pages: pages }
        }
    }

    /// For hosts, whose buffers are mutable even for inputs.
    pub fn pointer(&self) -> *mut T {
        self.first
    }
}

impl<T: Copy> Deref for Guarded<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: initialized in `new`.
        unsafe { std::slice::from_raw_parts(self.first, self.length) }
    }
}

impl<T: Copy> DerefMut for Guarded<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: initialized in `new`.
        unsafe { std::slice::from_raw_parts_mut(self.first, self.length) }
    }
}
