//! The bytes that a demuxer reads: part of a file, if necessary behind a corrected header.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use symphonia::core::io::MediaSource;

use super::AudioError;
use super::shared_file::SharedFile;

/// Positioned reads of a file, for what is parsed before the demuxer runs.
pub(super) struct Bytes<'a> {
    file: SharedFile,
    pub path: &'a Path,
    /// Length of the file.
    pub end: u64,
}

impl<'a> Bytes<'a> {
    pub fn new(mut file: SharedFile, path: &'a Path) -> Result<Self, AudioError> {
        let end = file.seek(SeekFrom::End(0)).map_err(|e| AudioError::unreadable(path, e))?;
        Ok(Self { file, path, end })
    }

    /// Up to `count` bytes from `at`; fewer at the end of the file.
    pub fn at(&mut self, at: u64, count: u64) -> Result<Vec<u8>, AudioError> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.file.by_ref().take(count).read_to_end(&mut bytes))
            .map_err(|e| AudioError::unreadable(self.path, e))?;
        Ok(bytes)
    }

    /// A part of the file behind a header that takes the place of its own.
    pub fn source(self, head: Vec<u8>, part: Range<u64>) -> ByteSource {
        let part = part.start.min(self.end)..part.end.min(self.end);
        ByteSource { head, file: self.file, part, at: 0, sized: true }
    }
}

/// What [`Bytes::source`] returns.
pub(super) struct ByteSource {
    head: Vec<u8>,
    file: SharedFile,
    part: Range<u64>,
    at: u64,
    sized: bool,
}

impl ByteSource {
    /// Hides the length, for demuxers that would estimate the audio's length from it.
    pub fn without_length(mut self) -> Self {
        self.sized = false;
        self
    }

    fn length(&self) -> u64 {
        self.head.len() as u64 + self.part.end.saturating_sub(self.part.start)
    }
}

impl Read for ByteSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let head = self.head.len() as u64;
        let count = if self.at < head {
            (&self.head[self.at as usize..]).read(buffer)?
        } else {
            let left = self.length().saturating_sub(self.at);
            let count = left.min(buffer.len() as u64) as usize;
            self.file.seek(SeekFrom::Start(self.part.start + self.at - head))?;
            self.file.read(&mut buffer[..count])?
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for ByteSource {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl MediaSource for ByteSource {
    fn is_seekable(&self) -> bool {
        self.sized
    }

    fn byte_len(&self) -> Option<u64> {
        self.sized.then(|| self.length())
    }
}
