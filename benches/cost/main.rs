//! What separating and learning cost, as tables in Markdown:
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

mod bound;
mod engine;
mod material;
mod peer;

use std::hint::black_box;
use std::time::Instant;

use ndarray::{Array2, s};
use unbraid::dictionary::Dictionary;
use unbraid::dsp::{FrameSettings, Mode, window};
use unbraid::learn::spectrogram::stft_centred;
use unbraid::learn::{
    Divergence, NmfOptions, Score, SourceClips, Start, TrainSettings, greedy_two_pass, nmf, snpa,
    train,
};

use material::{Material, SAMPLE_RATE_HZ};

/// Everything is timed so many times, and the shortest time counts.
const RUNS: usize = 5;

fn main() {
    // Cargo itself passes flags.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let material = Material::load();
    println!("Audio: {}.\n", material.origin);
    if runs("engine") {
        engine::run(&material);
    }
    if runs("learning") {
        learning(&material);
    }
}

fn learning(material: &Material) {
    let threads = rayon::current_num_threads();
    println!("| learning | 1 thread, s | {threads} threads, s |");
    println!("| --- | ---: | ---: |");
    for mode in Mode::ALL {
        learning_row(&format!("one 12 s clip, defaults, {mode}"), || {
            learn(material, 1, mode, 12, None);
        });
    }
    // The size of 10 s in frames of 2048 every 512 samples.
    let v = magnitudes(material, 2048, 862);
    for (divergence, components) in [
        (Divergence::KullbackLeibler, 8),
        (Divergence::KullbackLeibler, 32),
        (Divergence::KullbackLeibler, 64),
        (Divergence::Euclidean, 32),
        (Divergence::Beta(0.5), 32),
    ] {
        let options = NmfOptions { divergence, tolerance: 0.0, ..NmfOptions::default() };
        let what = format!("NMF, {divergence}, 100 iterations, {}", size(&v, components));
        learning_row(&what, || {
            black_box(nmf(v.view(), components, Start::Random, &options, &mut |_| true)).ok();
        });
    }
    for (fft_size, frames, components) in [(2048, 2600, 32), (4096, 345, 7)] {
        let v = magnitudes(material, fft_size, frames);
        learning_row(&format!("SNPA, {}", size(&v, components)), || {
            black_box(snpa(v.view(), components, &mut |_| true)).ok();
        });
    }
    learning_row(&format!("greedy, two passes, {}", size(&v, 7)), || {
        black_box(greedy_two_pass(v.view(), 7, Score::default(), &mut |_| true)).ok();
    });
}

fn size(v: &Array2<f32>, components: usize) -> String {
    format!("{} × {}, K {components}", v.nrows(), v.ncols())
}

fn learning_row(what: &str, mut work: impl FnMut() + Send) {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let alone_s = one.install(|| best_s(&mut work));
    println!("| {what} | {alone_s:.3} | {:.3} |", best_s(&mut work));
}

fn best_s(work: &mut impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..RUNS).map(time).fold(f64::INFINITY, f64::min)
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

/// Magnitudes of so many frames, a quarter of a frame apart, of all clips.
fn magnitudes(material: &Material, fft_size: usize, frames: usize) -> Array2<f32> {
    let audio: Vec<f32> = material.clips.iter().flat_map(|clip| clip[0].clone()).collect();
    let spectra = stft_centred(&audio, &window::hann(fft_size), fft_size / 4);
    spectra.slice(s![.., ..frames]).mapv(|x| x.norm())
}
