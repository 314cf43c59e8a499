//! One named signal, true or estimated, and the checks before it is scored.

use super::EvalError;

/// A signal is silent if no sample reaches this (-140 dBFS, below what 24 bits
/// hold).
pub const SILENCE: f32 = 1e-7;

/// A named signal of one or more channels of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Stem {
    pub name: String,
    pub channels: Vec<Vec<f32>>,
}

impl Stem {
    pub fn new(name: impl Into<String>, channels: Vec<Vec<f32>>) -> Self {
        Self { name: name.into(), channels }
    }

    /// Length in samples; 0 without channels.
    pub fn samples(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Checks that there is audio, with channels of equal length and finite samples.
    pub(super) fn check(&self) -> Result<(), EvalError> {
        let name = || self.name.clone();
        if self.samples() == 0 {
            return Err(EvalError::Empty { name: name() });
        }
        for channel in &self.channels {
            let (actual, expected) = (channel.len(), self.samples());
            if actual != expected {
                let name = format!("a channel of `{}`", self.name);
                let other = "the first channel".to_string();
                return Err(EvalError::Length { name, actual, other, expected });
            }
            check_finite(&self.name, channel)?;
        }
        Ok(())
    }
}

pub(super) fn is_silent(samples: &[f32]) -> bool {
    samples.iter().all(|x| x.abs() < SILENCE)
}

pub(super) fn check_finite(name: &str, samples: &[f32]) -> Result<(), EvalError> {
    match samples.iter().position(|x| !x.is_finite()) {
        Some(sample) => Err(EvalError::NotFinite { name: name.to_string(), sample }),
        None => Ok(()),
    }
}
