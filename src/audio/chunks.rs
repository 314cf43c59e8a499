//! Chunks of RIFF and IFF files: an identifier, a length and a body, padded to an even length.

use super::AudioError;
use super::source::Bytes;

/// A file with more chunks than this is damaged.
const MAX_CHUNKS: usize = 4096;

/// Most bytes of a chunk's body that are ever needed.
pub(super) const BODY_BYTES: u64 = 1 << 16;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

#[derive(Clone, Copy)]
pub(super) struct Chunk {
    pub id: [u8; 4],
    /// As stated.
    pub size: u32,
    /// Where the body starts.
    pub body: u64,
}

/// Reads the chunks of a file one after the other.
pub(super) struct Chunks {
    at: u64,
    order: Order,
    count: usize,
}

impl Chunks {
    pub fn new(at: u64, order: Order) -> Self {
        Self { at, order, count: 0 }
    }

    /// The next chunk; `None` at the end of the file, or where there is no chunk.
    pub fn next(&mut self, bytes: &mut Bytes) -> Result<Option<Chunk>, AudioError> {
        self.count += 1;
        let header = bytes.at(self.at, 8)?;
        let Some((&id, size)) = header.split_first_chunk::<4>() else { return Ok(None) };
        let Ok(size) = size.try_into() else { return Ok(None) };
        if self.count > MAX_CHUNKS || !id.iter().all(|byte| (0x20..0x7f).contains(byte)) {
            return Ok(None);
        }
        let size = match self.order {
            Order::Little => u32::from_le_bytes(size),
            Order::Big => u32::from_be_bytes(size),
        };
        Ok(Some(Chunk { id, size, body: self.at + 8 }))
    }

    /// Goes on behind a chunk whose body has `length` bytes.
    pub fn skip(&mut self, chunk: &Chunk, length: u64) {
        self.at = chunk.body.saturating_add(length).saturating_add(length & 1);
    }
}

/// A length that was never filled in: of a stream, or of a recording that was interrupted.
/// Programs write 0, or the largest number that they can imagine.
pub(super) fn is_unfilled(size: u32) -> bool {
    size == 0 || (0x7fff_0000..=0x8000_0000).contains(&size) || size >= 0xffff_0000
}

/// Where a chunk of audio ends, and whether the file says so.
///
/// # Errors
/// If the file ends earlier than it says, by `frames`, which returns the number of frames in
/// a number of bytes.
pub(super) fn data_end(
    bytes: &mut Bytes,
    start: u64,
    stated: u64,
    unfilled: bool,
    order: Order,
    frames: impl Fn(u64) -> u64,
) -> Result<(u64, bool), AudioError> {
    let there = bytes.end.saturating_sub(start);
    if stated == 0 && unfilled && chunks_to_the_end(bytes, start, order)? {
        return Ok((start, true));
    }
    if unfilled && (stated == 0 || stated > there) {
        return Ok((bytes.end, false));
    }
    let (found, expected) = (frames(there), frames(stated));
    if found < expected {
        let path = bytes.path.to_path_buf();
        return Err(AudioError::EndsEarly { path, found, expected: Some(expected) });
    }
    Ok((start + stated.min(there), true))
}

/// Whether nothing but whole chunks follows.
fn chunks_to_the_end(bytes: &mut Bytes, start: u64, order: Order) -> Result<bool, AudioError> {
    let mut chunks = Chunks::new(start, order);
    while chunks.at < bytes.end {
        let Some(chunk) = chunks.next(bytes)? else { return Ok(false) };
        chunks.skip(&chunk, u64::from(chunk.size));
    }
    // The last padding byte is often left out.
    Ok(chunks.at <= bytes.end + 1)
}

/// Whether the length of the whole file, as stated at its start, is plausible: not shorter than
/// the audio, and not longer than the file (some programs count the first 8 bytes).
pub(super) fn is_plausible_length(bytes: &Bytes, stated_end: u64, data_end: u64) -> bool {
    (data_end..=bytes.end.saturating_add(9)).contains(&stated_end)
}

impl Chunks {
    /// Whether the next chunk would be behind the end of the file, or be cut by it.
    pub fn ends(&self, bytes: &Bytes) -> bool {
        self.at.saturating_add(8) > bytes.end && self.count <= MAX_CHUNKS
    }
}
