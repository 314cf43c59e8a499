//! The rest: components for what no source explains, learned from a mixture
//! with the sources' components fixed (semi-supervised: Smaragdis, Raj &
//! Shashanka, "Supervised and semi-supervised separation of sounds from
//! single-channel mixtures", ICA 2007).

mod count;
mod material;
mod pauses;
mod relearn;

use ndarray::{Array2, s};

use super::clips::MAX_FRAMES;
use super::factors::Factors;
use super::nmf::options::{Descent, NmfOptions};
use super::nmf::{Start, nmf};
use super::{FactorizeError, Progress};
use crate::dictionary::{Dictionary, Source};
use crate::divergence::Divergence;
pub use count::PROBE_ITERATIONS;
use count::suitable_components;
pub(super) use material::RestMaterial;
use pauses::quieten;
pub(crate) use relearn::relearn_rest;

const REST_ITERATIONS: usize = 60;

/// After the first third of the iterations, the others are done in so many rounds. Before each,
/// sources that pause become quieter.
const ROUNDS: usize = 4;

/// From this fraction of the frames on in which a source is known to be silent, its pauses are not
/// looked for.
const KNOWN_SILENT: f32 = 0.2;

/// Frames as far as this from each other tell together whether a source plays.
const REACH_S: f64 = 0.1;

/// What is left of a mixture beyond what is left of the clips, both as fractions: up to the
/// first, the sources are all there is; from the second on, much else plays.
const NOTHING_ELSE: f32 = 0.14;
const MUCH_ELSE: f32 = 0.3;

/// The penalty of a rest beside sources that are all there is.
const MAX_PENALTY: f32 = 0.6;

/// From this penalty on, hardly anything goes to the rest.
const UNLIKELY_PENALTY: f32 = 0.5;

/// What is taken for the fraction that a source leaves of its own clips, if it is not known.
const UNEXPLAINED_OF_CLIPS: f32 = 0.07;

/// How much more the rest's components cost than those of the sources. A rest that is learned
/// from a mixture has the notes of this very mixture, which the sources' clips do not have.
/// Without a penalty it takes them from the sources. The less the sources leave unexplained
/// of the mixture, the less there can be beside them, and the higher the penalty.
///
/// `unexplained`: what the sources leave of the mixture
/// ([`unexplained`](super::unexplained())). Musicians never play exactly what is in their
/// clips, and noise-like sounds are never explained completely, so what the sources leave of
/// their own clips is subtracted.
pub fn rest_penalty(unexplained: f32, sources: &[Source]) -> f32 {
    let excess = unexplained - unexplained_of_clips(sources);
    MAX_PENALTY * ((MUCH_ELSE - excess) / (MUCH_ELSE - NOTHING_ELSE)).clamp(0.0, 1.0)
}

/// What sources leave of their own clips, on average.
fn unexplained_of_clips(sources: &[Source]) -> f32 {
    let of_clips = |source: &Source| source.unexplained.unwrap_or(UNEXPLAINED_OF_CLIPS);
    sources.iter().map(of_clips).sum::<f32>() / sources.len().max(1) as f32
}

/// Whether a dictionary has a rest that was learned from a mixture in which hardly anything
/// but its sources played.
pub fn is_rest_unlikely(dictionary: &Dictionary) -> bool {
    dictionary.rest().is_some_and(|rest| dictionary.sources[rest].penalty >= UNLIKELY_PENALTY)
}

/// How the rest is learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RestSettings {
    /// Number of components; `None` chooses it by how much there is beside the sources.
    pub components: Option<usize>,
    pub iterations: usize,
    pub seed: u64,
    /// Frames of the mixture that it is learned from, at most.
    pub max_frames: usize,
}

impl Default for RestSettings {
    fn default() -> Self {
        Self { components: None, iterations: REST_ITERATIONS, seed: 0, max_frames: MAX_FRAMES }
    }
}

/// The spectra of the rest, bins × components, and the divergence per iteration.
///
/// # Errors
/// If the mixture is silent or has too few frames for the components, or the callback asks
/// to stop.
pub(super) fn learn_rest(
    material: &RestMaterial,
    settings: &RestSettings,
    progress: Progress,
) -> Result<(Array2<f32>, Vec<f64>), FactorizeError> {
    let &RestMaterial { v, w, sources, frames_per_s, .. } = material;
    let RestSettings { iterations, seed, .. } = *settings;
    // The fractions of the work at which each step begins.
    let total = (PROBE_ITERATIONS + iterations).max(1) as f32;
    let mut part = |done: usize, of: usize, fraction: f32| {
        progress((done as f32 + fraction * of as f32) / total)
    };
    let free = match settings.components {
        Some(components) => components,
        None => suitable_components(material, seed, &mut |fraction| {
            part(0, PROBE_ITERATIONS, fraction)
        })?,
    };
    let mut done = PROBE_ITERATIONS;
    let first = iterations.div_ceil(3);
    let mut factors =
        material.factorize(free.min(v.ncols()), &options(first, seed), &mut |fraction| {
            part(done, first, fraction)
        })?;
    done += first;
    // Where it is known in which passages a source is silent, that is better than what can be
    // measured.
    let is_known = |place: usize| {
        let silent = material.silent.get(place).map_or(0, Vec::len);
        silent as f32 >= KNOWN_SILENT * v.ncols() as f32
    };
    let may_pause: Vec<&Source> = (sources.iter().enumerate())
        .filter(|(place, _)| !is_known(*place))
        .map(|(_, source)| source)
        .collect();
    let reach = (REACH_S * frames_per_s).round() as usize;
    let each = (iterations - first).div_ceil(ROUNDS).max(1);
    while done < PROBE_ITERATIONS + iterations {
        let next = each.min(PROBE_ITERATIONS + iterations - done);
        let mut h = factors.h;
        quieten(v, factors.w.view(), &mut h, &may_pause, reach, &mut |_| part(done, next, 0.0))?;
        let start = Start::Given { w: factors.w.view(), h: Some(h.view()) };
        let options = NmfOptions { fixed: w.ncols(), ..options(next, seed) };
        let again =
            nmf(v, factors.w.ncols(), start, &options, &mut |fraction| part(done, next, fraction))?;
        let objective = [factors.objective, again.objective].concat();
        factors = Factors { objective, ..again };
        done += next;
    }
    Ok((factors.w.slice(s![.., w.ncols()..]).to_owned(), factors.objective))
}

fn options(iterations: usize, seed: u64) -> NmfOptions {
    NmfOptions {
        divergence: Divergence::KullbackLeibler,
        descent: Descent::Plain,
        iterations,
        tolerance: 0.0,
        seed,
        ..NmfOptions::default()
    }
}
