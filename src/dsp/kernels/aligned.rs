//! Memory for lanes, aligned to cache lines: otherwise, a vector as wide as a line would
//! touch two lines at each access.

use std::ops::{Deref, DerefMut};

use super::LANES;

/// Bytes of a cache line, and of the widest vector.
const LINE: usize = 64;

/// A fixed number of groups of lanes, initially zero, aligned to cache lines.
#[derive(Debug, Default)]
pub struct Aligned<T> {
    values: Vec<T>,
    start: usize,
    groups: usize,
}

impl<T: Copy + Default> Aligned<T> {
    pub fn new(groups: usize) -> Self {
        let values = vec![T::default(); groups * LANES + LINE / size_of::<T>()];
        let start = values.as_ptr().align_offset(LINE);
        Self { values, start, groups }
    }
}

impl<T: Copy + Default> Clone for Aligned<T> {
    fn clone(&self) -> Self {
        let mut clone = Self::new(self.groups);
        clone.copy_from_slice(self);
        clone
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [[T; LANES]];

    fn deref(&self) -> &Self::Target {
        self.values[self.start..][..self.groups * LANES].as_chunks().0
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.values[self.start..][..self.groups * LANES].as_chunks_mut().0
    }
}
