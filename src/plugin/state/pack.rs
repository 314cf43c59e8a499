//! Lossless packing of saved data. Samples that are 16- or 24-bit integers, as in most
//! recordings, are saved as second-order differences (Robinson, "SHORTEN: simple lossless and
//! near-lossless waveform compression", 1994); others as they are. Bytes of equal
//! significance are grouped before deflate.

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
}

/// Sample sizes in bits that are tried, smallest first.
const WHOLE_BITS: [u8; 2] = [16, 24];

/// Marks samples that are not integers.
const FLOATS: u8 = 32;

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

fn inflate(packed: &[u8], length: usize) -> Result<Vec<u8>, PackError> {
    let mut planes = Vec::new();
    // One byte more than allowed, to detect excess data.
    DeflateDecoder::new(packed).take(length as u64 + 1).read_to_end(&mut planes)?;
    if planes.len() != length {
        return Err(PackError::Length { found: planes.len(), expected: length });
    }
    Ok(planes)
}

/// Restores the words from the grouped bytes.
fn words(planes: &[u8]) -> impl Iterator<Item = u32> {
    let count = planes.len() / 4;
    let [a, b, c, d] = [0, 1, 2, 3].map(|weight| &planes[weight * count..][..count]);
    a.iter().zip(b).zip(c).zip(d).map(|(((a, b), c), d)| u32::from_le_bytes([*a, *b, *c, *d]))
}

/// Packs a channel of samples losslessly.
pub fn pack_samples(samples: &[f32]) -> Vec<u8> {
    let whole = WHOLE_BITS.into_iter().find_map(|bits| Some((bits, whole_numbers(samples, bits)?)));
    let (kind, words) = match whole {
        Some((bits, mut numbers)) => {
            difference(&mut numbers);
            difference(&mut numbers);
            (bits, numbers.iter().map(|x| zigzag(*x)).collect())
        }
        None => (FLOATS, samples.iter().map(|x| x.to_bits()).collect::<Vec<u32>>()),
    };
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut packed = vec![kind];
    packed.extend(pack_words(&bytes));
    packed
}

/// Unpacks the output of `pack_samples`, which must be `length` samples long.
///
/// # Errors
/// If it is anything else, or has another length.
pub fn unpack_samples(packed: &[u8], length: usize) -> Result<Vec<f32>, PackError> {
    let Some((&kind, packed)) = packed.split_first() else {
        return Err(PackError::Length { found: 0, expected: 1 });
    };
    let planes = inflate(packed, length.saturating_mul(4))?;
    let words = words(&planes);
    match kind {
        FLOATS => Ok(words.map(f32::from_bits).collect()),
        bits if WHOLE_BITS.contains(&bits) => {
            let numbers = summed_up(summed_up(words.map(unzigzag)));
            let scale = full_scale(bits);
            Ok(numbers.map(|x| x as f32 / scale).collect())
        }
        kind => Err(PackError::Kind(kind)),
    }
}

fn full_scale(bits: u8) -> f32 {
    (1u32 << (bits - 1)) as f32
}

/// The samples as integers of `bits` bits, if that is lossless. Negative zero does not
/// qualify.
fn whole_numbers(samples: &[f32], bits: u8) -> Option<Vec<i32>> {
    let scale = full_scale(bits);
    samples
        .iter()
        .map(|x| {
            let number = *x * scale;
            let fits = number.abs() <= scale && number.fract() == 0.0;
            let back = number as i32 as f32 / scale;
            (fits && back.to_bits() == x.to_bits()).then_some(number as i32)
        })
        .collect()
}

fn difference(numbers: &mut [i32]) {
    let mut last = 0i32;
    for x in numbers {
        let present = *x;
        *x = present.wrapping_sub(last);
        last = present;
    }
}

/// The inverse of [`difference`].
fn summed_up(numbers: impl Iterator<Item = i32>) -> impl Iterator<Item = i32> {
    numbers.scan(0i32, |sum, x| {
        *sum = sum.wrapping_add(x);
        Some(*sum)
    })
}

/// Maps small numbers of either sign to small unsigned numbers.
fn zigzag(x: i32) -> u32 {
    ((x << 1) ^ (x >> 31)) as u32
}

fn unzigzag(x: u32) -> i32 {
    (x >> 1) as i32 ^ -((x & 1) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_samples_come_back_bit_by_bit(bits in prop::collection::vec(any::<u32>(), 0..500)) {
            let samples: Vec<f32> = bits.iter().map(|bits| f32::from_bits(*bits)).collect();
            let back = unpack_samples(&pack_samples(&samples), samples.len()).unwrap();
            prop_assert!(back.iter().zip(&bits).all(|(x, bits)| x.to_bits() == *bits));
        }

        #[test]
        fn whole_samples_come_back_bit_by_bit(numbers in prop::collection::vec(-32768i32..=32768, 0..500)) {
            let samples: Vec<f32> = numbers.iter().map(|x| *x as f32 / 32768.0).collect();
            let packed = pack_samples(&samples);
            prop_assert!(packed[0] == 16);
            prop_assert_eq!(unpack_samples(&packed, samples.len()).unwrap(), samples);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), length in 0usize..1000) {
            let _ = unpack_samples(&bytes, length);
            let _ = unpack_words(&bytes, length);
        }
    }

    #[test]
    fn recordings_get_smaller() {
        let tone = |i: usize| ((i as f64 * 0.05).sin() * 12_000.0).round() as f32 / 32768.0;
        let samples: Vec<f32> = (0..44_100).map(tone).collect();
        assert!(pack_samples(&samples).len() < samples.len() * 2);
    }
}
