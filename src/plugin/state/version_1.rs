//! Clips in states of version 1. Samples that are 16- or 24-bit integers were saved as
//! second-order differences (Robinson, "SHORTEN: simple lossless and near-lossless waveform
//! compression", 1994); others as they were.

use super::pack::{PackError, inflate, words};

/// Bits of samples that are saved as integers.
const WHOLE_BITS: [u8; 2] = [16, 24];

/// Marks samples that are not integers.
const FLOATS: u8 = 32;

/// Unpacks a channel, which must be `length` samples long.
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

/// The inverse of taking differences.
fn summed_up(numbers: impl Iterator<Item = i32>) -> impl Iterator<Item = i32> {
    numbers.scan(0i32, |sum, x| {
        *sum = sum.wrapping_add(x);
        Some(*sum)
    })
}

fn unzigzag(x: u32) -> i32 {
    (x >> 1) as i32 ^ -((x & 1) as i32)
}

#[cfg(test)]
mod tests {
    use super::super::pack::pack_words;
    use super::*;
    use proptest::prelude::*;

    /// Packs a channel as version 1 did.
    fn pack_samples(samples: &[f32]) -> Vec<u8> {
        let whole =
            WHOLE_BITS.into_iter().find_map(|bits| Some((bits, whole_numbers(samples, bits)?)));
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

    /// Maps small numbers of either sign to small unsigned numbers.
    fn zigzag(x: i32) -> u32 {
        ((x << 1) ^ (x >> 31)) as u32
    }

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
        }
    }
}
