//! The streams that a host saves states to and loads them from, and what can be wrong with
//! them.

/// How a stream gives what is read from it.
#[derive(Clone, Copy, Debug)]
pub enum Reader {
    /// At most so many bytes at a time.
    Pieces(usize),
    /// An error once so many bytes have been read.
    FailsAfter(usize),
    /// Reports this many bytes more than requested, without writing more.
    Exaggerates(i64),
    /// Reports this number of bytes, whatever was requested.
    Reports(i64),
    /// VST3: does not know its length or position.
    HasNoSize,
    /// VST3: reports another length than it has.
    LiesAboutSize(i64),
}

impl Reader {
    pub const CORRECT: Self = Self::Pieces(usize::MAX);
}

/// A state on its way to the plugin.
pub struct Source {
    pub bytes: Vec<u8>,
    pub position: usize,
    pub reader: Reader,
}

impl Source {
    pub fn new(bytes: &[u8], reader: Reader) -> Self {
        Self { bytes: bytes.to_vec(), position: 0, reader }
    }

    /// Writes at most `size` bytes to `to`; returns the number to report, `None` for an error.
    ///
    /// # Safety
    ///
    /// There is room for `size` bytes.
    pub unsafe fn read(&mut self, to: *mut u8, size: usize) -> Option<i64> {
        let rest = &self.bytes[self.position..];
        let mut take = rest.len().min(size);
        match self.reader {
            Reader::Pieces(most) => take = take.min(most),
            Reader::FailsAfter(most) if self.position >= most => return None,
            Reader::FailsAfter(most) => take = take.min(most - self.position),
            _ => {}
        }
        // SAFETY: `take` is at most `size`.
        unsafe { std::ptr::copy_nonoverlapping(rest.as_ptr(), to, take) };
        self.position += take;
        Some(match self.reader {
            Reader::Exaggerates(more) => size as i64 + more,
            Reader::Reports(number) => number,
            _ => take as i64,
        })
    }
}

/// How a stream accepts what is written to it.
#[derive(Clone, Copy, Debug)]
pub enum Writer {
    /// At most so many bytes at a time.
    Pieces(usize),
    /// An error once so many bytes have been written.
    FailsAfter(usize),
    /// Takes nothing, and reports no error.
    TakesNothing,
    /// Takes everything, and reports this many bytes more than given.
    Exaggerates(i64),
}

impl Writer {
    pub const CORRECT: Self = Self::Pieces(usize::MAX);
}

/// A state on its way to the host.
pub struct Sink {
    pub bytes: Vec<u8>,
    pub writer: Writer,
}

impl Sink {
    pub fn new(writer: Writer) -> Self {
        Self { bytes: Vec::new(), writer }
    }

    /// Takes bytes; returns the number to report, `None` for an error.
    ///
    /// # Safety
    ///
    /// There are `size` bytes.
    pub unsafe fn write(&mut self, from: *const u8, size: usize) -> Option<i64> {
        let take = match self.writer {
            Writer::Pieces(most) => size.min(most),
            Writer::FailsAfter(most) if self.bytes.len() >= most => return None,
            Writer::FailsAfter(most) => size.min(most - self.bytes.len()),
            Writer::TakesNothing => 0,
            Writer::Exaggerates(_) => size,
        };
        // SAFETY: `take` is at most `size`.
        self.bytes.extend_from_slice(unsafe { std::slice::from_raw_parts(from, take) });
        match self.writer {
            Writer::Exaggerates(more) => Some(take as i64 + more),
            _ => Some(take as i64),
        }
    }
}
