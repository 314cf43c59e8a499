//! The cost of learning: every method on one thread and on all, and NMF compared with plain
//! code that reaches the same divergence.

use std::hint::black_box;
use std::time::Instant;

use ndarray::{Array2, Axis, s};
use unbraid::divergence::Divergence;
use unbraid::frames::{Mode, window};
use unbraid::learn::{Descent, NmfOptions, Score, Start, greedy_two_pass, nmf, snpa};
use unbraid::stft::stft_centred;

use super::material::Material;
use super::{RUNS, learn};

pub fn tables(material: &Material) {
    let threads = rayon::current_num_threads();
    println!("| learning | 1 thread, s | {threads} threads, s |");
    println!("| --- | ---: | ---: |");
    for mode in Mode::ALL {
        row(&format!("one 12 s clip, defaults, {mode}"), || {
            learn(material, 1, mode, 12, None);
        });
    }
    row("four 12 s clips, defaults, quality", || {
        learn(material, 4, Mode::Quality, 12, None);
    });
    // The size of 10 s in frames of 2048 every 512 samples.
    let v = magnitudes(material, 2048, 862);
    for (divergence, components) in [
        (Divergence::KullbackLeibler, 8),
        (Divergence::KullbackLeibler, 32),
        (Divergence::KullbackLeibler, 64),
        (Divergence::Euclidean, 32),
        (Divergence::ItakuraSaito, 32),
        (Divergence::Beta(0.5), 32),
    ] {
        let options = NmfOptions { divergence, ..hundred() };
        row(&format!("NMF, {divergence}, 100 iterations, {}", size(&v, components)), || {
            black_box(nmf(v.view(), components, Start::Random, &options, &mut |_| true)).ok();
        });
    }
    for (fft_size, frames, components) in [(2048, 2600, 32), (4096, 345, 7), (2048, 13_000, 32)] {
        let v = magnitudes(material, fft_size, frames);
        row(&format!("SNPA, {}", size(&v, components)), || {
            black_box(snpa(v.view(), components, &mut |_| true)).ok();
        });
    }
    row(&format!("greedy, two passes, {}", size(&v, 7)), || {
        black_box(greedy_two_pass(v.view(), 7, Score::default(), &mut |_| true)).ok();
    });
    println!();
    against_plain_code(&v, 32);
}

/// Compares ways of reaching the Kullback-Leibler divergence of 100 updates as published, on
/// one thread.
fn against_plain_code(v: &Array2<f32>, components: usize) {
    let run = |options: &NmfOptions| {
        nmf(v.view(), components, Start::Random, options, &mut |_| true).expect("it sounds")
    };
    let published = NmfOptions { descent: Descent::Plain, ..hundred() };
    let end = run(&published).objective[100];
    let reached = run(&hundred()).objective.iter().position(|value| *value <= end);
    let fast = NmfOptions { iterations: reached.unwrap_or(100), ..hundred() };
    let wide = v.mapv(f64::from);
    let plain_s = on_one_thread(&mut || {
        black_box(plain_updates(&wide, components));
    });
    println!("| to KL {end:.1}, {} | iterations | s | ratio |", size(v, components));
    println!("| --- | ---: | ---: | ---: |");
    println!("| plain code, 64-bit | 100 | {plain_s:.3} | 1 |");
    for (name, options) in [("ours, as published", published), ("ours", fast)] {
        let time_s = on_one_thread(&mut || {
            black_box(run(&options));
        });
        let ratio = plain_s / time_s;
        println!("| {name} | {} | {time_s:.3} | {ratio:.1} |", options.iterations);
    }
}

fn hundred() -> NmfOptions {
    NmfOptions { tolerance: 0.0, ..NmfOptions::default() }
}

/// 100 multiplicative updates of both factors, exactly as published, from flat activations
/// and frames of V.
fn plain_updates(v: &Array2<f64>, components: usize) -> (Array2<f64>, Array2<f64>) {
    let step = v.ncols() / components;
    let mut w = v.slice(s![.., ..;step]).slice(s![.., ..components]).to_owned() + 1e-6;
    let mut h = Array2::from_elem((components, v.ncols()), 1.0 / components as f64);
    for _ in 0..100 {
        let ratio = v / &(w.dot(&h) + 1e-12);
        w = w * ratio.dot(&h.t()) / h.sum_axis(Axis(1));
        let ratio = v / &(w.dot(&h) + 1e-12);
        h = h * w.t().dot(&ratio) / w.sum_axis(Axis(0)).insert_axis(Axis(1));
    }
    (w, h)
}

fn size(v: &Array2<f32>, components: usize) -> String {
    format!("{} × {}, K {components}", v.nrows(), v.ncols())
}

fn row(what: &str, mut work: impl FnMut() + Send) {
    let alone_s = on_one_thread(&mut work);
    println!("| {what} | {alone_s:.3} | {:.3} |", best_s(&mut work));
}

fn on_one_thread(work: &mut (impl FnMut() + Send)) -> f64 {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    one.install(|| best_s(work))
}

fn best_s(work: &mut impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..RUNS).map(time).fold(f64::INFINITY, f64::min)
}

/// Magnitudes of `frames` frames of all clips: a quarter of a frame apart, or closer if that
/// does not give enough.
fn magnitudes(material: &Material, fft_size: usize, frames: usize) -> Array2<f32> {
    let audio: Vec<f32> = material.clips.iter().flat_map(|clip| clip[0].clone()).collect();
    let hop = (fft_size / 4).min(audio.len() / frames);
    let spectra = stft_centred(&audio, &window::hann(fft_size), hop);
    spectra.slice(s![.., ..frames]).mapv(|x| x.norm())
}
