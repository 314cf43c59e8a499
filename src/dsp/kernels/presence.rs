//! How much of the input needs a source.

use std::hint::black_box;

use multiversion::multiversion;

use super::{LANES, Lanes};

/// What the model of one source does for a frame, in bands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Use {
    /// Σ |v - (all - model)| - Σ |v - all|: how much worse the frame is explained without it.
    pub needed: f32,
    /// Σ model.
    pub magnitude: f32,
    /// Σ model².
    pub power: f32,
}

/// `v`: the input; `all`: the sum of all models, `model` among them.
#[multiversion(targets = "simd")]
pub fn use_of(v: &[Lanes], all: &[Lanes], model: &[Lanes]) -> Use {
    let mut needed = [0.0; LANES];
    let mut magnitude = [0.0; LANES];
    let mut power = [0.0; LANES];
    for ((v, all), model) in v.iter().zip(all).zip(model) {
        for lane in 0..LANES {
            let (missing, x) = (v[lane] - all[lane], model[lane]);
            needed[lane] += (missing + x).abs() - missing.abs();
            magnitude[lane] += x;
            power[lane] += x * x;
        }
    }
    let [needed, magnitude, power] =
        [needed, magnitude, power].map(|sums| black_box(sums).iter().sum());
    Use { needed, magnitude, power }
}

/// Σ x².
#[multiversion(targets = "simd")]
pub fn power(x: &[Lanes]) -> f32 {
    let mut sums = [0.0; LANES];
    for x in x {
        for lane in 0..LANES {
            sums[lane] += x[lane] * x[lane];
        }
    }
    black_box(sums).iter().sum()
}
