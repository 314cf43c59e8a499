//! The strength of a source's separation: from keeping all that may be its own to keeping
//! only what surely is.
//!
//! The source's model is multiplied by a weight before the masks are computed. All masks of a
//! bin still sum to 1, so the sources still sum to the input.

/// What a strength of 1 takes from the source's model, in dB; -1 adds as much.
const RANGE_DB: f32 = 12.0;

/// The weight of a source's model at a strength from -1 to 1. Other values are clamped; what
/// is not a number counts as 0, which is neutral.
pub fn weight(strength: f32) -> f32 {
    let strength = if strength.is_nan() { 0.0 } else { strength.clamp(-1.0, 1.0) };
    10f32.powf(-RANGE_DB / 20.0 * strength)
}

/// The strengths of all sources. Changes take effect with the next frame, and are cross-faded
/// by the overlap of the windows.
#[derive(Clone, Debug)]
pub struct Strengths {
    strengths: Vec<f32>,
    /// Those of the current frame.
    weights: Vec<f32>,
}

impl Strengths {
    /// All neutral.
    pub fn new(sources: usize) -> Self {
        Self { strengths: vec![0.0; sources], weights: vec![1.0; sources] }
    }

    /// Sets the strength of a source. A source that the dictionary does not have is ignored:
    /// the call may predate the dictionary.
    pub fn set(&mut self, source: usize, strength: f32) {
        if let Some(of_source) = self.strengths.get_mut(source) {
            *of_source = strength;
        }
    }

    /// Fixes the weights for the next frame.
    pub fn begin_frame(&mut self) {
        for (weight, strength) in self.weights.iter_mut().zip(&self.strengths) {
            *weight = self::weight(*strength);
        }
    }

    /// The weights of the current frame.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }
}
