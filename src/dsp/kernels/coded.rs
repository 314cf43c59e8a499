//! Spectra in 8 bits: a quarter of the memory and of the memory traffic.

use multiversion::multiversion;

use super::{Aligned, LANES, groups};

/// Values of a group of lanes, as floats without a sign: four bits of exponent and four of
/// mantissa. Accurate to within a factor of 2⁻⁵ down to 90 dB below the largest value of
/// the row; zero below that.
pub type Code = [u8; LANES];

/// A code has the bits of a float shifted by this. The float is the value divided by the
/// scale of its row.
const SHIFT: u32 = 19;

/// Exponent of the largest codes, as in the bits of a float.
const MAX_CODE: u32 = 15;

/// Exponent of 1.
const ONE: u32 = 127;

/// The scales of rows are divided by this, so that neither sums of small values nor scaled
/// activations, however loud, leave the range of a float. It is compensated in the factors
/// by which rows are multiplied beforehand, or in the sums afterwards.
pub const LIFT: f32 = f32::from_bits((127 + 48) << 23);

/// Rows of equal length, with values of at least 0.
#[derive(Clone, Debug)]
pub struct CodedRows {
    /// All rows, followed by a row of zeros.
    codes: Aligned<u8>,
    /// A power of two for each row, divided by [`LIFT`].
    scales: Vec<f32>,
    /// Groups of lanes in a row.
    size: usize,
}

impl CodedRows {
    /// `count` rows of `length` zeros.
    pub fn new(count: usize, length: usize) -> Self {
        let size = groups(length);
        Self { codes: Aligned::new((count + 1) * size), scales: vec![0.0; count + 1], size }
    }

    /// Codes `gain` times a row; positions past its end stay zero.
    pub fn set(&mut self, index: usize, row: &[f32], gain: f32) {
        let largest = largest(row) * gain;
        if largest < f32::MIN_POSITIVE {
            return;
        }
        // The power of two at or below the largest value; its exponent becomes that of the
        // largest codes.
        let exponent = largest.to_bits() >> 23;
        self.scales[index] = f32::from_bits((exponent + ONE - MAX_CODE) << 23) / LIFT;
        let to_one = gain / f32::from_bits(exponent << 23);
        let codes = &mut self.codes[index * self.size..][..self.size];
        encode(row, to_one, codes.as_flattened_mut());
    }

    /// The values of a row, with zeros to fill its last group.
    pub fn values(&self, index: usize) -> impl Iterator<Item = f32> {
        let (codes, scale) = self.row(index as u32);
        codes.as_flattened().iter().map(move |code| small(*code) * scale * LIFT)
    }

    /// Groups of lanes in a row.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Codes of a row, and the factor for their values, divided by [`LIFT`]. After the last
    /// row there is a row of zeros.
    #[inline(always)]
    pub(super) fn row(&self, index: u32) -> (&[Code], f32) {
        let index = (index as usize).min(self.scales.len() - 1);
        (&self.codes[index * self.size..][..self.size], self.scales[index])
    }
}

/// The largest of values that are at least 0, whose bits sort like the values.
#[multiversion(targets = "simd")]
fn largest(row: &[f32]) -> f32 {
    f32::from_bits(row.iter().map(|x| x.to_bits()).fold(0, u32::max))
}

/// The nearest codes to values times a gain that brings the largest to 1 to 2. No value
/// with a code becomes a denormal float on the way, which some hosts' threads treat as
/// zero.
#[multiversion(targets = "simd")]
fn encode(row: &[f32], gain: f32, codes: &mut [u8]) {
    const HALF: u32 = 1 << (SHIFT - 1);
    const BELOW: u32 = (ONE - MAX_CODE) << (23 - SHIFT);
    for (code, x) in codes.iter_mut().zip(row) {
        let nearest = (((x * gain).to_bits() + HALF) >> SHIFT).saturating_sub(BELOW);
        // Values that would be denormal floats become zero.
        *code = if nearest < 1 << (23 - SHIFT) { 0 } else { nearest.min(0xff) as u8 };
    }
}

/// The value of a code, before the scale of its row is applied.
#[inline(always)]
pub fn small(code: u8) -> f32 {
    f32::from_bits(u32::from(code) << SHIFT)
}
