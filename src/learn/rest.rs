//! The rest: components for what no source explains, learned from a mixture
//! with the sources' components fixed (semi-supervised: Smaragdis, Raj &
//! Shashanka, "Supervised and semi-supervised separation of sounds from
//! single-channel mixtures", ICA 2007).

use ndarray::{Array2, ArrayView2, s};

use super::clips::MOST_FRAMES;
use super::nmf::options::{Descent, NmfOptions};
use super::nmf::semi_supervised;
use super::{FactorizeError, Progress};
use crate::divergence::Divergence;

/// Components of the rest. More would also learn the sources; fewer would not cover
/// everything else.
const REST_COMPONENTS: usize = 16;
const REST_ITERATIONS: usize = 60;

/// How the rest is learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RestSettings {
    pub components: usize,
    pub iterations: usize,
    pub seed: u64,
    /// Frames of the mixture that it is learned from, at most.
    pub most_frames: usize,
}

impl Default for RestSettings {
    fn default() -> Self {
        Self {
            components: REST_COMPONENTS,
            iterations: REST_ITERATIONS,
            seed: 0,
            most_frames: MOST_FRAMES,
        }
    }
}

/// The spectra of the rest, bins × components, and the divergence per iteration.
///
/// `v`: bins × frames of the mixture; `w`: bins × components of the sources, without
/// transposed copies. With the copies, the sources could explain nearly all of the mixture,
/// and little would be left for the rest.
///
/// # Errors
/// If the mixture is silent or has too few frames for the components, or the callback asks
/// to stop.
pub fn learn_rest(
    v: ArrayView2<f32>,
    w: ArrayView2<f32>,
    settings: &RestSettings,
    progress: Progress,
) -> Result<(Array2<f32>, Vec<f64>), FactorizeError> {
    let options = NmfOptions {
        divergence: Divergence::KullbackLeibler,
        descent: Descent::Plain,
        iterations: settings.iterations,
        tolerance: 0.0,
        seed: settings.seed,
        ..NmfOptions::default()
    };
    let free = settings.components.min(v.ncols());
    let factors = semi_supervised(v, w, free, &options, progress)?;
    Ok((factors.w.slice(s![.., w.ncols()..]).to_owned(), factors.objective))
}
