//! Seconds to learn from 10 s of sound at 44.1 kHz (FFT 2048, hop 512), on one
//! thread and on all: `cargo bench --bench learn`. Least of three runs.

use std::time::Instant;

use ndarray::Array2;
use unbraid::dsp::window;
use unbraid::learn::{
    Divergence, NmfOptions, Score, Start, greedy_two_pass, nmf, snpa, spectrogram,
};

const RATE_HZ: f32 = 44_100.0;

/// Ten seconds of overlapping, decaying harmonic notes over a little noise.
fn sound() -> Vec<f32> {
    let mut noise = 1_u32;
    let at = |n: usize| -> f32 {
        let t = n as f32 / RATE_HZ;
        let notes = (0..3).map(|voice| {
            let (length, start) = (0.25 + 0.1 * voice as f32, 0.07 * voice as f32);
            let note = ((t + start) / length) as usize;
            let age = (t + start) % length;
            let pitch_hz = 110.0 * 2.0_f32.powf(((note * 5 + voice * 7) % 24) as f32 / 12.0);
            let partial = |k: usize| {
                let k = k as f32;
                (std::f32::consts::TAU * pitch_hz * k * t).sin() * (-age * 4.0 * k).exp() / k
            };
            (1..=12).map(partial).sum::<f32>()
        });
        notes.sum::<f32>() / 6.0
    };
    (0..(10.0 * RATE_HZ) as usize)
        .map(|n| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            at(n) + (noise >> 8) as f32 / (1 << 24) as f32 * 1e-3
        })
        .collect()
}

fn report(name: &str, threads: usize, run: impl Fn() + Sync) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let once = || {
        let start = Instant::now();
        pool.install(&run);
        start.elapsed().as_secs_f64()
    };
    let least = (0..3).map(|_| once()).fold(f64::INFINITY, f64::min);
    println!("{name:<40} {threads:>2} thread(s) {least:>8.3} s");
}

fn main() {
    let v: Array2<f32> = spectrogram::magnitudes(&sound(), &window::hann(2048), 512);
    println!("{} bins x {} frames", v.nrows(), v.ncols());
    let all = std::thread::available_parallelism().map_or(1, |count| count.get());
    for threads in [1, all] {
        for (text, components) in
            [("kl", 8), ("kl", 32), ("kl", 64), ("euclidean", 32), ("0.5", 32)]
        {
            let divergence: Divergence = text.parse().expect("a divergence");
            let options = NmfOptions { divergence, tolerance: 0.0, ..Default::default() };
            report(&format!("nmf {text}, K {components}, 100 iterations"), threads, || {
                nmf(v.view(), components, Start::Random, &options, &mut |_| true).expect("sound");
            });
        }
        report("snpa, K 32", threads, || {
            snpa(v.view(), 32, &mut |_| true).expect("sound");
        });
        report("greedy, two passes, K 7", threads, || {
            greedy_two_pass(v.view(), 7, Score::Linear, &mut |_| true).expect("sound");
        });
    }
}
