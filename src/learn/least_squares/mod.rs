//! Non-negative least squares: activations when W is given.

pub mod active_set;
pub mod nnls;
