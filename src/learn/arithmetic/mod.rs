//! Fast arithmetic on spectrograms.

pub mod pointwise;
pub mod product;
