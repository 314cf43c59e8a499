//! The inner loops, compiled for each instruction set and chosen at run time.
//!
//! Data lies in groups of [`LANES`], padded with zeros, and every sum is taken
//! lane by lane in a fixed order. So paths of any vector width give the same
//! bits. Where the machine multiplies and adds in one rounding, they do; where it
//! does not, results differ by the rounding of each product, about 1e-7 of it.

mod aligned;
mod blocks;
mod coded;
mod coded_rows;
mod packed;
mod planes;
mod pointwise;
mod power;
mod real;
mod spatial;

pub use aligned::Aligned;
pub use blocks::Step;
pub use coded::{CodedRows, LIFT};
pub use coded_rows::{add_coded_rows, update_coded};
pub use packed::{PackedRows, accumulate, dot_packed, pack_rows, update};
pub use planes::{Planes, flat, flat_mut};
pub use pointwise::{
    Floor, Ratios, add, add_mask, add_powers, dominance, multiply, normalise, overlap, part,
    products_with, scale, sum, threshold,
};
pub use real::Twiddles;
pub use spatial::{Covariance, Solved};

/// Values side by side; a multiple of every vector width in use.
pub const LANES: usize = 16;

/// Values that are worked on together.
pub type Lanes = [f32; LANES];

/// Rows that are worked on together. Lists of rows are padded to multiples.
pub const BLOCK: usize = 8;

/// Groups of lanes that hold `size` values.
pub fn groups(size: usize) -> usize {
    size.div_ceil(LANES)
}

/// `a b + c`, in one rounding if `FUSED`.
#[inline(always)]
fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Does nothing, but keeps the code before it from being merged with the code after: at the end
/// of a loop over groups of lanes it keeps the compiler from vectorising across them,
/// and gathering them.
#[inline(always)]
fn apart() {
    std::hint::black_box(());
}

#[cfg(test)]
mod tests;

/// Calls a function generic over `FUSED` with what the present target can do.
/// Only in functions marked with `multiversion`.
macro_rules! fused {
    ($function:ident($($argument:expr),* $(,)?)) => {
        if multiversion::target::target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"))
        {
            $function::<true>($($argument),*)
        } else {
            $function::<false>($($argument),*)
        }
    };
}
use fused;
