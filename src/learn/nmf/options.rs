//! How a non-negative matrix factorisation is run.

use crate::divergence::Divergence;

/// How a factorisation is run.
#[derive(Clone, Debug, PartialEq)]
pub struct NmfOptions {
    pub divergence: Divergence,
    pub descent: Descent,
    /// Most iterations.
    pub iterations: usize,
    /// The search ends when an iteration lowers the divergence by less than
    /// this fraction of it. 0 runs all iterations.
    pub tolerance: f64,
    pub seed: u64,
    /// So many leading columns of W stay as they were given (semi-supervised:
    /// Smaragdis, Raj & Shashanka 2007).
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

/// How W and H are moved. The divergence never rises either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Descent {
    /// The multiplicative updates as published.
    Plain,
    /// To the same divergence in about half the iterations: multiplicative
    /// updates relaxed to the power 1.8, taken back where the divergence rises,
    /// and hierarchical alternating least squares for β = 2.
    #[default]
    Fast,
}
