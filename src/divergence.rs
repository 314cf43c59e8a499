//! The β-divergences by name and by β: what learning and the engine minimise.
//!
//! Definitions as in Févotte & Idier, "Algorithms for nonnegative matrix factorization
//! with the β-divergence", Neural Computation 23(9), 2011.

use std::fmt;
use std::str::FromStr;

/// Which β-divergence a factorisation makes small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Divergence {
    /// β = 1.
    KullbackLeibler,
    /// β = 2.
    Euclidean,
    /// β = 0.
    ItakuraSaito,
    /// Any other β in 0 to 2.
    Beta(f32),
}

impl Divergence {
    pub fn beta(self) -> f32 {
        match self {
            Divergence::KullbackLeibler => 1.0,
            Divergence::Euclidean => 2.0,
            Divergence::ItakuraSaito => 0.0,
            Divergence::Beta(beta) => beta,
        }
    }

    /// The divergence with this β, by its name where it has one. `None` outside
    /// 0 to 2, where the updates used here do not converge.
    pub fn from_beta(beta: f32) -> Option<Self> {
        match beta {
            1.0 => Some(Divergence::KullbackLeibler),
            2.0 => Some(Divergence::Euclidean),
            0.0 => Some(Divergence::ItakuraSaito),
            _ if (0.0..=2.0).contains(&beta) => Some(Divergence::Beta(beta)),
            _ => None,
        }
    }

    /// Exponent of the multiplicative update with which the divergence never
    /// rises (Févotte & Idier 2011, section 4.1).
    pub fn exponent(self) -> f32 {
        let beta = self.beta();
        if beta < 1.0 { 1.0 / (2.0 - beta) } else { 1.0 }
    }
}

/// A text that names no divergence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no divergence `{0}`: use kl, euclidean, is or a number from 0 to 2")]
pub struct ParseDivergenceError(String);

impl FromStr for Divergence {
    type Err = ParseDivergenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "kl" => Ok(Divergence::KullbackLeibler),
            "euclidean" => Ok(Divergence::Euclidean),
            "is" => Ok(Divergence::ItakuraSaito),
            number => number
                .parse()
                .ok()
                .and_then(Divergence::from_beta)
                .ok_or_else(|| ParseDivergenceError(text.to_string())),
        }
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Divergence::KullbackLeibler => f.write_str("kl"),
            Divergence::Euclidean => f.write_str("euclidean"),
            Divergence::ItakuraSaito => f.write_str("is"),
            Divergence::Beta(beta) => write!(f, "{beta}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for (text, beta) in [("kl", 1.0), ("euclidean", 2.0), ("is", 0.0), ("0.5", 0.5)] {
            let divergence: Divergence = text.parse().unwrap();
            assert_eq!((divergence.beta(), divergence.to_string().as_str()), (beta, text));
        }
        assert_eq!("1".parse(), Ok(Divergence::KullbackLeibler));
        for text in ["", "KL", "-0.1", "2.01", "nan", "inf"] {
            let error = text.parse::<Divergence>().unwrap_err();
            assert!(error.to_string().contains("a number from 0 to 2"), "{error}");
        }
    }
}
