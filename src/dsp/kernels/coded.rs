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

/// Exponent of 1.
const ONE: u32 = 127;

/// The scales of rows are divided by this, so that neither sums of small values nor
/// scaled activations, however loud, leave the range of a float. What a row is
/// multiplied with is larger by it beforehand, and what rows are added to afterwards.
pub const LIFT: f32 = f32::from_bits((127 + 48) << 23);

/// Rows of values that are at least 0, one as long as the other.
#[derive(Clone, Debug)]
pub struct CodedRows {
    /// Row after row, and one of zeros.
    codes: Aligned<u8>,
    /// A power of two for each of them, over [`LIFT`].
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

    /// Codes `gain` times a row; what it is shorter stays zero.
    pub fn set(&mut self, index: usize, row: &[f32], gain: f32) {
        let largest = largest(row) * gain;
        if largest < f32::MIN_POSITIVE {
            return;
        }
        // The power of two below the largest, whose exponent becomes that of the
        // largest codes.
        let exponent = largest.to_bits() >> 23;
        self.scales[index] = f32::from_bits((exponent + ONE - LARGEST) << 23) / LIFT;
        let to_one = gain / f32::from_bits(exponent << 23);
        let codes = &mut self.codes[index * self.size..][..self.size];
        encode(row, to_one, codes.as_flattened_mut());
    }

    /// The values of a row, and zeros to fill its last group.
    pub fn values(&self, index: usize) -> impl Iterator<Item = f32> {
        let (codes, scale) = self.row(index as u32);
        codes.as_flattened().iter().map(move |code| small(*code) * scale * LIFT)
    }

    /// Groups of lanes in a row.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Codes of a row, and what their values are to be multiplied by, over [`LIFT`]. Past
    /// the last there is a row of zeros.
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

/// The nearest codes to values times a gain that makes the largest 1 to 2: no value that
/// has a code is a denormal float on the way, which some hosts' threads take for zero.
#[multiversion(targets = "simd")]
fn encode(row: &[f32], gain: f32, codes: &mut [u8]) {
    const HALF: u32 = 1 << (SHIFT - 1);
    const BELOW: u32 = (ONE - LARGEST) << (23 - SHIFT);
    for (code, x) in codes.iter_mut().zip(row) {
        let nearest = (((x * gain).to_bits() + HALF) >> SHIFT).saturating_sub(BELOW);
        // What would be a denormal float is nothing.
        *code = if nearest < 1 << (23 - SHIFT) { 0 } else { nearest.min(0xff) as u8 };
    }
}

/// The value of a code, small by the scale of its row.
#[inline(always)]
pub fn small(code: u8) -> f32 {
    f32::from_bits(u32::from(code) << SHIFT)
}
