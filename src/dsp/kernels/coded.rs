//! Spectra in 8 bits: a quarter of the memory, and of what has to come from it.

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

    /// Codes a row; values to its end are zero.
    pub fn set(&mut self, index: usize, row: &[f32]) {
        let largest = row.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let scale = f32::from_bits(((largest.to_bits() >> 23) + 127 - LARGEST) << 23);
        self.scales[index] = scale;
        let codes = &mut self.codes[index * self.size..][..self.size];
        for (code, x) in codes.as_flattened_mut().iter_mut().zip(row) {
            *code = encode(*x / scale);
        }
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

/// The nearest code to a value that is small by the scale of its row.
fn encode(x: f32) -> u8 {
    let code = (x.to_bits() + (1 << (SHIFT - 1))) >> SHIFT;
    // What would be a denormal float.
    if code < 1 << (23 - SHIFT) { 0 } else { code.min(u32::from(u8::MAX)) as u8 }
}

/// What a code stands for, small by the scale of its row.
#[inline(always)]
pub fn small(code: u8) -> f32 {
    f32::from_bits(u32::from(code) << SHIFT)
}
