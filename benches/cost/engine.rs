//! The cost of the engine per hop: in each mode, and compared with a peer and with the least that
//! the machine could take.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use ndarray::Array2;
use unbraid::dictionary::{Dictionary, Provenance, Source};
use unbraid::divergence::Divergence;
use unbraid::dsp::{EngineSettings, Model, Separator, SolverSettings};
use unbraid::frames::{FrameSettings, Mode};

use crate::bound::{multiply_adds_per_us, transform_us};
use crate::material::{Material, SAMPLE_RATE_HZ};
use crate::peer::{self, Peer};
use crate::{RUNS, learn};

/// Sizes of the dictionaries without transposition.
const COMPONENTS: [usize; 3] = [8, 32, 64];

pub fn run(material: &Material) {
    let peak = multiply_adds_per_us();
    println!(
        "Bound: {:.0} multiply-adds a µs ({:.0} GFLOP/s); a real transform of 2048, 4096 and \
         8192 samples in {:.1}, {:.1} and {:.1} µs.\n",
        peak,
        2e-3 * peak,
        transform_us(2048),
        transform_us(4096),
        transform_us(8192)
    );
    modes(material, peak);
    same_work(material, peak);
}

/// Runs what a profiler is to look at: the default dictionary of four sources in a mode and a
/// number of channels, several times.
pub fn profile(material: &Material, mode: Mode, channels: usize, times: usize) {
    let dictionary = learn(material, 4, mode, 12, Some(32));
    let mut separator = two_buses(&dictionary, channels);
    let input = &material.mixture[..channels];
    for _ in 0..times {
        run_us(&mut separator, input, dictionary.frames.hop);
    }
}

/// The configurations that users run.
fn modes(material: &Material, peak: f64) {
    println!(
        "| mode | dictionary | channels | median hop, µs | slowest hop, µs | of one core | \
         bound, µs | fraction of it |"
    );
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for mode in Mode::ALL {
        for components in COMPONENTS {
            let dictionary = learn(material, 2, mode, 0, Some(components / 2));
            mode_row(material, &dictionary, &format!("K {components}"), 1, peak);
        }
        mode_row(material, &learn(material, 4, mode, 0, Some(32)), "K 128", 1, peak);
        let dictionary = learn(material, 4, mode, 12, Some(32));
        for channels in [1, 2] {
            mode_row(material, &dictionary, "default, 4 sources", channels, peak);
        }
    }
    println!();
}

fn mode_row(material: &Material, dictionary: &Dictionary, what: &str, channels: usize, peak: f64) {
    let frames = dictionary.frames;
    let mut separator = two_buses(dictionary, channels);
    let times_us = times_us(&mut separator, &material.mixture[..channels], frames.hop, RUNS);
    let hop_us = 1e6 * frames.hop as f64 / f64::from(frames.sample_rate_hz);
    let (median, slowest) = (times_us[times_us.len() / 2], times_us[times_us.len() - 1]);
    let settings = settings_of(dictionary);
    let bound = bound_us(dictionary, &settings, channels, 2, peak);
    println!(
        "| {} | {what} | {channels} | {median:.0} | {slowest:.0} | {:.2} % | {bound:.0} | {:.0} % |",
        frames.mode,
        100.0 * median / hop_us,
        100.0 * bound / median
    );
}

/// The same work as the peer: every component on its own output, ten updates. Per frame, which is
/// also per second of audio with the same hop; and per second with the hop that each uses.
fn same_work(material: &Material, peak: f64) {
    println!(
        "| work | ours, µs | stand-in, µs | ratio at equal hop | each with its own hop | share of \
         the bound |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for components in COMPONENTS {
        let dictionary = one_a_source(components);
        let mut settings = settings_of(&dictionary);
        settings.solver.rounds[0].updates = peer::UPDATES;
        let model = Arc::new(Model::with_settings(&dictionary, settings));
        let mut separator = Separator::new(model, 1, components);
        for source in 0..components {
            separator.bus_mut(source).set_gain(source, 1.0);
            separator.bus_mut(source).settle();
        }
        let input = &material.mixture[..1];
        let times_us = times_us(&mut separator, input, dictionary.frames.hop, RUNS);
        let ours = times_us[times_us.len() / 2];
        let theirs = peer_us(&dictionary.w, &input[0]);
        let bound = bound_us(&dictionary, &settings, 1, components, peak);
        println!(
            "| frame of 2048, K {components}, K outputs, 10 updates | {ours:.0} | {theirs:.0} | \
             {:.1} | {:.1} | {:.0} % |",
            theirs / ours,
            theirs / ours * dictionary.frames.hop as f64 / peer::HOP as f64,
            100.0 * bound / ours
        );
    }
    let dictionary = learn(material, 4, Mode::Quality, 0, Some(32));
    let input = &material.mixture[..1];
    let times_us = times_us(&mut two_buses(&dictionary, 1), input, dictionary.frames.hop, RUNS);
    let second = |us: f64, hop: usize| us * f64::from(SAMPLE_RATE_HZ) / hop as f64;
    let ours = second(times_us[times_us.len() / 2], dictionary.frames.hop);
    let theirs = second(peer_us(&one_a_source(128).w, &material.mixture[0]), peer::HOP);
    println!(
        "| a second of audio, 4 sources × 32, `quality`, 20 updates, beside K 128 | {ours:.0} | \
         {theirs:.0} | | {:.0} | |\n",
        theirs / ours
    );
}

pub fn two_buses(dictionary: &Dictionary, channels: usize) -> Separator {
    let mut separator = Separator::new(Arc::new(Model::new(dictionary)), channels, 2);
    for source in 0..dictionary.sources.len() {
        separator.bus_mut(source.min(1)).set_gain(source, 1.0);
    }
    (0..2).for_each(|bus| separator.bus_mut(bus).settle());
    separator
}

/// The shortest time of each block in microseconds, in ascending order.
pub fn times_us(
    separator: &mut Separator,
    input: &[Vec<f32>],
    size: usize,
    runs: usize,
) -> Vec<f64> {
    let mut times_us = vec![f64::INFINITY; input[0].len() / size];
    for _ in 0..runs {
        let run = run_us(separator, input, size);
        times_us.iter_mut().zip(run).for_each(|(least, time_us)| *least = least.min(time_us));
    }
    times_us.sort_unstable_by(f64::total_cmp);
    times_us
}

/// Microseconds that each block took, in order. A function of its own for profilers.
#[inline(never)]
fn run_us(separator: &mut Separator, input: &[Vec<f32>], size: usize) -> Vec<f64> {
    let mut output = vec![vec![0.0; size]; separator.buses() * input.len()];
    separator.reset();
    (0..input[0].len() / size)
        .map(|i| {
            let block: Vec<&[f32]> = input.iter().map(|x| &x[i * size..(i + 1) * size]).collect();
            let mut played: Vec<&mut [f32]> = output.iter_mut().map(|x| &mut x[..]).collect();
            let start = Instant::now();
            separator.process(&block, &mut played);
            black_box(&output);
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect()
}

/// Median microseconds that the peer takes for a frame.
fn peer_us(w: &Array2<f32>, input: &[f32]) -> f64 {
    let mut peer = Peer::new(w);
    let frames = input.windows(peer::FFT_SIZE).step_by(peer::HOP).take(60);
    let mut times_us: Vec<f64> = frames
        .map(|frame| {
            let start = Instant::now();
            peer.frame(frame);
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times_us.sort_unstable_by(f64::total_cmp);
    times_us[times_us.len() / 2]
}

/// The least time that the transforms and the products with the dictionary take.
fn bound_us(
    dictionary: &Dictionary,
    settings: &EngineSettings,
    channels: usize,
    buses: usize,
    peak: f64,
) -> f64 {
    let SolverSettings { scan_updates, scan_stride, rounds, .. } = settings.solver;
    let copies = 2 * dictionary.transpose as usize + 1;
    let atoms = dictionary.w.ncols() * copies;
    let rounds = rounds.iter().filter(|round| round.updates > 0);
    let scanned = scan_updates * (atoms / scan_stride);
    let updated: usize = rounds.clone().map(|r| r.atoms.min(atoms) * r.updates).sum();
    let active = rounds.map(|round| round.atoms.min(atoms)).min().unwrap_or(0);
    // Single bins below 1378 Hz and 128 groups above.
    let bands = (1378.125 / dictionary.frames.bin_hz(1)).round() as usize + 128;
    let products = 2 * (scanned + updated) * bands + active * dictionary.w.nrows();
    let transforms = channels * (1 + buses);
    products as f64 / peak + transforms as f64 * transform_us(dictionary.frames.fft_size)
}

fn settings_of(dictionary: &Dictionary) -> EngineSettings {
    let beta = dictionary.divergence.beta();
    EngineSettings::new(dictionary.frames.mode, dictionary.transpose > 0, beta)
}

/// Random components, each its own source, in frames of 2048 samples.
fn one_a_source(components: usize) -> Dictionary {
    let frames = FrameSettings::new(Mode::Quality, SAMPLE_RATE_HZ / 4);
    assert_eq!(frames.fft_size, peer::FFT_SIZE);
    let value = |(bin, k): (usize, usize)| {
        let x = ((bin * 7919 + k * 104_729) % 1009) as f32 / 1009.0;
        x.powi(8) + 1e-6
    };
    let mut w = Array2::from_shape_fn((frames.bins(), components), value);
    for mut column in w.columns_mut() {
        let sum = column.sum();
        column /= sum;
    }
    let source = |k: usize| Source::new(&format!("{k}"), k, vec![k]);
    Dictionary {
        rarity: vec![0.0; w.ncols()],
        w,
        sources: (0..components).map(source).collect(),
        frames,
        transpose: 0,
        divergence: Divergence::KullbackLeibler,
        provenance: Provenance { method: "random".to_string(), seed: 0 },
    }
}
