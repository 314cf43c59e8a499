//! Lossless packing of saved data: bytes of equal significance are grouped before deflate.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// Why packed bytes were refused.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{found} bytes where {expected} belong")]
    Length { found: usize, expected: usize },
    #[error("an unknown kind of samples, {0}")]
    Kind(u8),
    #[error("{0}")]
    Flac(String),
}

/// Packs bytes; works best on little-endian 4-byte words, but takes any.
pub fn pack_words(bytes: &[u8]) -> Vec<u8> {
    let mut planes = Vec::with_capacity(bytes.len());
    let whole = bytes.len() / 4 * 4;
    for weight in 0..4 {
        planes.extend(bytes[..whole].iter().skip(weight).step_by(4));
    }
    planes.extend(&bytes[whole..]);
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(&planes);
    encoder.finish().unwrap_or_default()
}

/// Unpacks the output of [`pack_words`], which must be `length` bytes long.
///
/// # Errors
/// If it is anything else, or has another length.
pub fn unpack_words(packed: &[u8], length: usize) -> Result<Vec<u8>, PackError> {
    let planes = inflate(packed, length)?;
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(words(&planes).flat_map(u32::to_le_bytes));
    bytes.extend(&planes[bytes.len()..]);
    Ok(bytes)
}

pub(super) fn inflate(packed: &[u8], length: usize) -> Result<Vec<u8>, PackError> {
    let mut planes = Vec::new();
    // One byte more than allowed, to detect excess data.
    DeflateDecoder::new(packed).take(length as u64 + 1).read_to_end(&mut planes)?;
    if planes.len() != length {
        return Err(PackError::Length { found: planes.len(), expected: length });
    }
    Ok(planes)
}

/// Restores the words from the grouped bytes.
pub(super) fn words(planes: &[u8]) -> impl Iterator<Item = u32> {
    let count = planes.len() / 4;
    let [a, b, c, d] = [0, 1, 2, 3].map(|weight| &planes[weight * count..][..count]);
    a.iter().zip(b).zip(c).zip(d).map(|(((a, b), c), d)| u32::from_le_bytes([*a, *b, *c, *d]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            prop_assert_eq!(unpack_words(&pack_words(&bytes), bytes.len()).unwrap(), bytes);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), length in 0usize..1000) {
            let _ = unpack_words(&bytes, length);
        }
    }
}
