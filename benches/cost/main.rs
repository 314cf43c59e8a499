//! What separating and learning cost, as one table in Markdown:
//!
//! ```text
//! cargo bench                # all
//! cargo bench -- engine      # or learning
//! ```
//!
//! The engine is timed hop by hop over ten seconds of audio, on one thread,
//! several times over. A hop does the same work each time, so its shortest time
//! counts: what else the machine does makes it longer and never shorter.
//! `docs/performance.md` says what is shown.

mod learning;
mod material;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use unbraid::dictionary::Dictionary;
use unbraid::dsp::{FrameSettings, Mode, Model, Separator};
use unbraid::learn::{SourceClips, TrainSettings, train};

use material::{Material, SAMPLE_RATE_HZ};

/// Sizes of the dictionaries without transposition.
const COMPONENTS: [usize; 3] = [8, 32, 64];

/// Everything is timed so many times, and the shortest time counts.
const RUNS: usize = 5;

fn main() {
    // Cargo itself passes flags.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let material = Material::load();
    println!("Audio: {}.\n", material.origin);
    if runs("engine") {
        engine(&material);
    }
    if runs("learning") {
        learning::tables(&material);
    }
}

fn engine(material: &Material) {
    println!("| mode | dictionary | channels | median hop, µs | slowest hop, µs | of one core |");
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
    for mode in Mode::ALL {
        for components in COMPONENTS {
            let dictionary = learn(material, 2, mode, 0, Some(components / 2));
            engine_row(material, &dictionary, &format!("K {components}"), 1);
        }
        let dictionary = learn(material, 4, mode, 12, Some(32));
        for channels in [1, 2] {
            engine_row(material, &dictionary, "default, 4 sources", channels);
        }
    }
    println!();
}

fn engine_row(material: &Material, dictionary: &Dictionary, what: &str, channels: usize) {
    let frames = dictionary.frames;
    let times_us = time_hops_us(dictionary, &material.mixture[..channels]);
    let hop_us = 1e6 * frames.hop as f64 / f64::from(frames.sample_rate_hz);
    let (median, slowest) = (times_us[times_us.len() / 2], times_us[times_us.len() - 1]);
    println!(
        "| {} | {what} | {channels} | {median:.0} | {slowest:.0} | {:.1} % |",
        frames.mode,
        100.0 * median / hop_us
    );
}

/// Microseconds that each hop took, in ascending order. One bus plays the first
/// source, another all the others.
fn time_hops_us(dictionary: &Dictionary, input: &[Vec<f32>]) -> Vec<f64> {
    let mut separator = Separator::new(Arc::new(Model::new(dictionary)), input.len(), 2);
    for source in 0..dictionary.sources.len() {
        separator.bus_mut(source.min(1)).set_gain(source, 1.0);
    }
    (0..2).for_each(|bus| separator.bus_mut(bus).settle());
    let hop = dictionary.frames.hop;
    let mut output = vec![vec![0.0; hop]; 2 * input.len()];
    let mut times_us = vec![f64::INFINITY; input[0].len() / hop];
    for _ in 0..RUNS {
        separator.reset();
        for (i, time_us) in times_us.iter_mut().enumerate() {
            let block: Vec<&[f32]> = input.iter().map(|x| &x[i * hop..(i + 1) * hop]).collect();
            let mut played: Vec<&mut [f32]> = output.iter_mut().map(|x| &mut x[..]).collect();
            let start = Instant::now();
            separator.process(&block, &mut played);
            *time_us = time_us.min(start.elapsed().as_secs_f64() * 1e6);
            black_box(&output);
        }
    }
    times_us.sort_unstable_by(f64::total_cmp);
    times_us
}

/// A dictionary of the first `sources` of the material.
fn learn(
    material: &Material,
    sources: usize,
    mode: Mode,
    transpose: u32,
    components: Option<usize>,
) -> Dictionary {
    let frames = FrameSettings::new(mode, SAMPLE_RATE_HZ);
    let settings = TrainSettings { transpose, components, ..TrainSettings::new(frames) };
    let clips: Vec<SourceClips> = (0..sources)
        .map(|s| SourceClips { name: format!("source {s}"), clips: vec![&material.clips[s][..]] })
        .collect();
    train(&clips, None, &settings, &mut |_| true).expect("the clips sound").0
}
