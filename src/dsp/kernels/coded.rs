//! Spectra in 8 bits: a quarter of the memory, and of what has to come from it.

use multiversion::multiversion;

use super::{Aligned, LANES, groups};

/// Values of a group of lanes, as floats without a sign: four bits of exponent and
/// four of mantissa, so within 2⁻⁵ of themselves down to 90 dB below the largest of
/// the row. Below that there is zero.
pub type Code = [u8; LANES];

/// The bits of a code are those of a float shifted by this, of a value that is
/// smaller by the scale of its row.
const SHIFT: u32 = 19;

/// Exponent of the largest codes, as it is in a float's bits.
const LARGEST: u32 = 15;

/// What multiplies a coded row is larger by this: products with the smallest codes
/// would leave the range of a float otherwise.
pub const LIFT: f32 = f32::from_bits((127 + 48) << 23);

/// Rows of values that are at least 0, one as long as the other.
#[derive(Clone, Debug)]
pub struct CodedRows {
    /// Row after row, and one of zeros.
    codes: Aligned<u8>,
    /// A power of two for each of them.
    scales: Vec<f32>,
    /// Groups of lanes in a row.
    size: usize,
}

impl CodedRows {
    /// `count` rows of `length` values, all of them zero.
    pub fn new(count: usize, length: usize) -> Self {
        let size = groups(length);
        Self { codes: Aligned::new((count + 1) * size), scales: vec![0.0; count + 1], size }
    }

    /// Codes `gain` times a row; values to its end are zero.
    pub fn set(&mut self, index: usize, row: &[f32], gain: f32) {
        let largest = (largest(row) * gain).max(f32::MIN_POSITIVE);
        let scale = f32::from_bits(((largest.to_bits() >> 23) + 127 - LARGEST) << 23);
        self.scales[index] = scale;
        let codes = &mut self.codes[index * self.size..][..self.size];
        encode(row, gain, 1.0 / scale, codes.as_flattened_mut());
    }

    /// The values of a row, and zeros to fill its last group.
    pub fn values(&self, index: usize) -> impl Iterator<Item = f32> {
        let (codes, scale) = self.row(index as u32);
        codes.as_flattened().iter().map(move |code| small(*code) * scale)
    }

    /// Groups of lanes in a row.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Codes of a row, and what their values are to be multiplied by. Past the last
    /// there is a row of zeros.
    #[inline(always)]
    pub(super) fn row(&self, index: u32) -> (&[Code], f32) {
        let index = (index as usize).min(self.scales.len() - 1);
        (&self.codes[index * self.size..][..self.size], self.scales[index])
    }
}

/// The largest of values that are at least 0: their bits have their order.
#[multiversion(targets = "simd")]
fn largest(row: &[f32]) -> f32 {
    f32::from_bits(row.iter().map(|x| x.to_bits()).fold(0, u32::max))
}

/// The nearest codes to values times a gain, small by the scale of their row.
#[multiversion(targets = "simd")]
fn encode(row: &[f32], gain: f32, inverse_scale: f32, codes: &mut [u8]) {
    for (code, x) in codes.iter_mut().zip(row) {
        let small = x * gain * inverse_scale;
        let nearest = (small.to_bits() + (1 << (SHIFT - 1))) >> SHIFT;
        // What would be a denormal float is nothing.
        *code = if nearest < 1 << (23 - SHIFT) { 0 } else { nearest.min(0xff) as u8 };
    }
}

/// What a code stands for, small by the scale of its row.
#[inline(always)]
pub fn small(code: u8) -> f32 {
    f32::from_bits(u32::from(code) << SHIFT)
}
