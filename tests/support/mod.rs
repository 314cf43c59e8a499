//! Helpers shared by several tests of the engine.

// Each test file uses a part of it.
#![allow(dead_code)]

use std::sync::Arc;

use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use unbraid::dictionary::{Dictionary, Provenance, Source};
use unbraid::divergence::Divergence;
use unbraid::dsp::{Model, Separator};
use unbraid::frames::{FrameSettings, Mode};

/// Uniform noise from -0.5 to 0.5.
pub fn noise(samples: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..samples).map(|_| random.random::<f32>() - 0.5).collect()
}

/// Two sources with `each` components of random spectra, and a rest with as many.
pub fn random_dictionary(mode: Mode, sample_rate_hz: u32, each: usize) -> Dictionary {
    let frames = FrameSettings::new(mode, sample_rate_hz);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut w = Array2::from_shape_simple_fn((frames.bins(), 3 * each), || {
        random.random::<f32>().powi(8) + 1e-6
    });
    for mut column in w.columns_mut() {
        let sum = column.sum();
        column /= sum;
    }
    let range = |s: usize| (s * each..(s + 1) * each).collect();
    Dictionary {
        rarity: vec![0.0; w.ncols()],
        w,
        sources: vec![
            Source::new("one", 0, range(0)),
            Source::new("two", 1, range(1)),
            Source::rest(range(2)),
        ],
        frames,
        transpose: 6,
        divergence: Divergence::KullbackLeibler,
        provenance: Provenance { method: "nmf".to_string(), seed: 0 },
    }
}

/// A separator with one bus per source.
pub fn one_bus_a_source(dictionary: &Dictionary, channels: usize) -> Separator {
    let sources = dictionary.sources.len();
    let mut separator = Separator::new(Arc::new(Model::new(dictionary)), channels, sources);
    for source in 0..sources {
        separator.bus_mut(source).set_gain(source, 1.0);
        separator.bus_mut(source).settle();
    }
    separator
}

/// Runs `input` (one slice per channel) in blocks of the sizes that `block` returns.
pub fn run(
    separator: &mut Separator,
    input: &[Vec<f32>],
    mut block: impl FnMut() -> usize,
) -> Vec<Vec<f32>> {
    let samples = input[0].len();
    let outputs = separator.buses() * input.len();
    let mut output = vec![vec![0.0; samples]; outputs];
    let mut done = 0;
    while done < samples {
        let end = (done + block()).min(samples);
        let blocks: Vec<&[f32]> = input.iter().map(|channel| &channel[done..end]).collect();
        let mut played: Vec<&mut [f32]> =
            output.iter_mut().map(|channel| &mut channel[done..end]).collect();
        separator.process(&blocks, &mut played);
        done = end;
    }
    output
}

pub fn peak_db(samples: impl IntoIterator<Item = f32>) -> f32 {
    20.0 * samples.into_iter().fold(0.0, |peak: f32, x| peak.max(x.abs())).max(1e-20).log10()
}
