//! Settings of a non-negative matrix factorisation.

use crate::divergence::Divergence;

/// Settings of a factorisation.
#[derive(Clone, Debug, PartialEq)]
pub struct NmfOptions {
    pub divergence: Divergence,
    pub descent: Descent,
    /// Maximum number of iterations.
    pub iterations: usize,
    /// Stops when an iteration lowers the divergence by less than this fraction of it. 0
    /// runs all iterations.
    pub tolerance: f64,
    pub seed: u64,
    /// Number of leading columns of W that stay as given (semi-supervised: Smaragdis, Raj &
    /// Shashanka 2007).
    pub fixed: usize,
}

impl Default for NmfOptions {
    fn default() -> Self {
        Self {
            divergence: Divergence::KullbackLeibler,
            descent: Descent::default(),
            iterations: 100,
            tolerance: 1e-5,
            seed: 0,
            fixed: 0,
        }
    }
}

/// How W and H are updated. The divergence never rises with either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Descent {
    /// The multiplicative updates as published.
    Plain,
    /// Reaches the same divergence in about half the iterations: multiplicative updates
    /// relaxed to the power 1.8, undone where the divergence rises, and hierarchical
    /// alternating least squares for β = 2.
    #[default]
    Fast,
}
