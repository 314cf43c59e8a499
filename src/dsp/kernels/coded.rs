//! Spectra in 16 bits: half the memory, and half of what has to come from it.

use multiversion::multiversion;

use super::{BLOCK, LANES, Rows, apart};

/// Values from 0 to below 2 in a group of lanes, as floats without a sign: five
/// bits of exponent and eleven of mantissa, so within 2⁻¹² of themselves above
/// 2⁻³⁰. Below that there is zero.
pub type Code = [u16; LANES];

/// The bits of a code are those of a float shifted by this, of a value that is
/// smaller by [`SCALE`].
const SHIFT: u32 = 12;

/// 2⁹⁶.
const SCALE: f32 = f32::from_bits((127 + 96) << 23);

/// Its root: half of it is put right before a sum and half after, so that neither
/// leaves the range of a float.
pub const HALF_SCALE: f32 = f32::from_bits((127 + 48) << 23);

/// The nearest code to `x`, which is at least 0 and below 2.
pub fn encode(x: f32) -> u16 {
    let bits = (x / SCALE).to_bits();
    let code = (bits + (1 << (SHIFT - 1))) >> SHIFT;
    // What would be a denormal float.
    if code < 1 << (23 - SHIFT) { 0 } else { code.min(u32::from(u16::MAX)) as u16 }
}

/// What a code stands for.
pub fn decode(code: u16) -> f32 {
    small(code) * SCALE
}

/// What a code stands for, divided by [`SCALE`].
#[inline(always)]
pub fn small(code: u16) -> f32 {
    f32::from_bits(u32::from(code) << SHIFT)
}

/// Rows of `size` groups of lanes of `matrix` that `list` names, a multiple of
/// [`BLOCK`] of them. Names that are too large give rows of zeros.
#[multiversion(targets = "simd")]
pub fn decode_rows(matrix: &[Code], size: usize, list: &[u32], rows: &mut Rows) {
    for (list, block) in list.as_chunks::<BLOCK>().0.iter().zip(rows.chunks_exact_mut(size)) {
        for (i, index) in list.iter().enumerate() {
            let start = *index as usize * size;
            decode_row(matrix.get(start..start + size), i, block);
        }
    }
}

/// Writes row `i` of a block.
#[inline(always)]
fn decode_row(codes: Option<&[Code]>, i: usize, block: &mut Rows) {
    match codes {
        Some(codes) => {
            for (rows, codes) in block.iter_mut().zip(codes) {
                for (x, code) in rows[i].iter_mut().zip(codes) {
                    *x = small(*code) * SCALE;
                }
                apart();
            }
        }
        None => block.iter_mut().for_each(|rows| rows[i] = [0.0; LANES]),
    }
}
