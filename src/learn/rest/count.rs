//! How many components the rest gets.

use super::material::RestMaterial;
use super::{options, unexplained_of_clips};
use crate::frames::Mode;
use crate::learn::unexplained::fraction_of;
use crate::learn::{FactorizeError, Progress};

/// The number of components is this many times what the sources and a few components leave
/// unexplained of the mixture, relative to what the sources leave of their clips. Beside a source
/// that is hard to describe (a voice), more of them would learn the source itself; beside one that
/// is easy to describe (a bass), fewer would leave part of everything else to it. With the shorter
/// frames of the other modes, of which more are learned from in a second, more are needed than in
/// `quality` (docs/algorithms.md).
fn components_per_ratio(mode: Mode) -> f32 {
    match mode {
        Mode::Quality => 5.0,
        Mode::Balanced | Mode::Live => 8.0,
    }
}

const COMPONENTS: std::ops::RangeInclusive<usize> = 8..=32;

/// Those few components, and the updates that show what they leave.
const PROBE_COMPONENTS: usize = 4;
pub const PROBE_ITERATIONS: usize = 20;

/// The number of components that a rest needs beside the sources.
pub(super) fn suitable_components(
    material: &RestMaterial,
    seed: u64,
    progress: Progress,
) -> Result<usize, FactorizeError> {
    let free = PROBE_COMPONENTS.min(material.v.ncols());
    let probe = material.factorize(free, &options(PROBE_ITERATIONS, seed), progress)?;
    let left = fraction_of(material.v, probe.objective.last().copied().unwrap_or_default());
    let of_clips = unexplained_of_clips(material.sources).max(f32::MIN_POSITIVE);
    let components = components_per_ratio(material.mode) * left / of_clips;
    Ok((components.round() as usize).clamp(*COMPONENTS.start(), *COMPONENTS.end()))
}
