//! The inner loops, compiled for each instruction set and chosen at run time.
//!
//! Data is stored in groups of [`LANES`], padded with zeros, and every sum is computed lane
//! by lane in a fixed order, so code paths of any vector width give identical bits.
//! Machines with fused multiply-add use it; on others, results differ by the rounding of
//! each product, about 1e-7 of it.

mod aligned;
mod blocks;
mod coded;
mod coded_rows;
mod packed;
mod planes;
mod pointwise;
mod power;
mod presence;
mod real;
mod spatial;

pub use aligned::Aligned;
pub use blocks::Step;
pub use coded::{CodedRows, LIFT};
pub use coded_rows::{add_coded_rows, update_coded};
pub use packed::{PackedRows, accumulate, dot_packed, pack_rows, update};
pub use planes::{Planes, flat, flat_mut};
pub use pointwise::{
    Floor, Ratios, add, add_mask, add_powers, add_scaled, dominance, dot, multiply, normalise,
    overlap, part, peak, products_with, scale, subtract, sum, threshold,
};
pub use presence::{Use, power, use_of};
pub use real::Twiddles;
pub use spatial::{Covariance, Solved, add_to_sums};

/// Values per group; a multiple of every vector width in use.
pub const LANES: usize = 16;

/// Values that are processed together.
pub type Lanes = [f32; LANES];

/// Rows that are processed together. Lists of rows are padded to multiples of this.
pub const BLOCK: usize = 8;

/// Number of groups of lanes that hold `size` values.
pub fn groups(size: usize) -> usize {
    size.div_ceil(LANES)
}

/// `a b + c`, with a single rounding if `FUSED`.
#[inline(always)]
fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Does nothing, but keeps the code before it from being merged with the code after it. At
/// the end of a loop over groups of lanes, it stops the compiler from vectorising across
/// groups with gather instructions.
#[inline(always)]
fn apart() {
    std::hint::black_box(());
}

#[cfg(test)]
mod tests;

/// Calls a function generic over `FUSED` with the capabilities of the current target. Only
/// for functions marked with `multiversion`.
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
