//! The cost of callbacks shorter than a hop: how even they are, and whether they fit.

use std::sync::Arc;

use unbraid::dictionary::Dictionary;
use unbraid::dsp::{Model, Separator};
use unbraid::frames::{FrameSettings, Mode};

use crate::engine::{times_us, two_buses};
use crate::material::{Material, SAMPLE_RATE_HZ};
use crate::{RUNS, learn, learn_at};

/// Samples in a callback.
const BLOCK: usize = 64;

/// The largest project: this many instruments, each with an output of its own beside the mix.
const INSTRUMENTS: usize = 16;
const RATE_HZ: u32 = 96_000;

/// The cost of short blocks, with the work spread and not.
pub fn table(material: &Material) {
    println!("| mode | dictionary | channels | mean callback, µs | worst, µs | ratio | at once |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    for_each_spread(material, |mode, what, channels, dictionary| {
        let input = &material.mixture[..channels];
        let spread = two_buses(dictionary, channels).spread();
        let [(mean, worst), (at_once_mean, at_once)] = [spread, two_buses(dictionary, channels)]
            .map(|mut separator| mean_and_worst(&times_us(&mut separator, input, BLOCK, RUNS)));
        println!(
            "| {mode} | {what} | {channels} | {mean:.1} | {worst:.1} | {:.1} | {:.1} |",
            worst / mean,
            at_once / at_once_mean
        );
    });
    println!();
}

/// The worst callback in ten minutes of the mixture, repeated. Each is timed three times and
/// the shortest counts.
pub fn ten_minutes(material: &Material) {
    println!("| mode | dictionary | channels | mean callback, µs | worst, µs | ratio |");
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
    let long: Vec<Vec<f32>> = material
        .mixture
        .iter()
        .map(|x| x.iter().copied().cycle().take(600 * SAMPLE_RATE_HZ as usize).collect())
        .collect();
    for_each_spread(material, |mode, what, channels, dictionary| {
        let mut separator = two_buses(dictionary, channels).spread();
        let times_us = times_us(&mut separator, &long[..channels], BLOCK, 3);
        let (mean, worst) = mean_and_worst(&times_us);
        println!("| {mode} | {what} | {channels} | {mean:.1} | {worst:.1} | {:.1} |", worst / mean);
    });
    println!();
}

/// Everything in the table of callbacks: mode, dictionary, channels.
fn for_each_spread(material: &Material, mut row: impl FnMut(Mode, &str, usize, &Dictionary)) {
    for mode in Mode::ALL {
        for (what, transpose) in [("K 128", 0), ("default, 4 sources", 12)] {
            let dictionary = learn(material, 4, mode, transpose, Some(32));
            for channels in [1, 2] {
                row(mode, what, channels, &dictionary);
            }
        }
    }
}

/// The largest project in the plugin with several outputs: the mean callback, the slowest in a
/// thousand, and the slowest.
pub fn largest(material: &Material) {
    println!(
        "| mode | even load | mean, µs | of the time | 99.9th percentile, µs | ratio | of the \
         time | slowest, µs |"
    );
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let block_us = 1e6 * BLOCK as f64 / f64::from(RATE_HZ);
    for mode in Mode::ALL {
        let frames = FrameSettings::new(mode, RATE_HZ);
        let dictionary = learn_at(material, INSTRUMENTS, frames, 12, Some(32));
        for spread in [true, false] {
            let mut separator = every_output(&dictionary);
            if spread {
                separator = separator.spread();
            }
            let times_us = times_us(&mut separator, &material.mixture, BLOCK, RUNS);
            let (mean, worst) = mean_and_worst(&times_us);
            let rare = times_us[times_us.len() - 1 - times_us.len() / 1000];
            println!(
                "| {mode} | {} | {mean:.0} | {:.0} % | {rare:.0} | {:.1} | {:.0} % | {:.0} |",
                if spread { "always" } else { "never" },
                100.0 * mean / block_us,
                rare / mean,
                100.0 * rare / block_us,
                worst
            );
        }
    }
    println!();
}

/// Of times in ascending order.
fn mean_and_worst(times_us: &[f64]) -> (f64, f64) {
    let sum: f64 = times_us.iter().sum();
    (sum / times_us.len() as f64, times_us[times_us.len() - 1])
}

/// Stereo, with the mix on the first bus and every source on one of its own.
fn every_output(dictionary: &Dictionary) -> Separator {
    let sources = dictionary.sources.len();
    let mut separator = Separator::new(Arc::new(Model::new(dictionary)), 2, 1 + sources);
    for source in 0..sources {
        separator.bus_mut(0).set_gain(source, 1.0);
        separator.bus_mut(1 + source).set_gain(source, 1.0);
    }
    (0..1 + sources).for_each(|bus| separator.bus_mut(bus).settle());
    separator
}
