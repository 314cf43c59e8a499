//! The gain from two channels, on the shipped band.

mod support;

use std::path::Path;

use support::{one_bus_a_source, run};
use unbraid::audio;
use unbraid::dictionary::Dictionary;
use unbraid::dsp::SpatialKind;
use unbraid::eval::{Stem, evaluate};
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{LearnSettings, SourceClips, learn_dictionary};

const NAMES: [&str; 4] = ["drums", "bass", "piano", "violin"];
const PANS: [f32; 4] = [-0.7, -0.25, 0.25, 0.7];
const SECONDS: usize = 6;

fn shipped(part: &str, name: &str) -> Vec<f32> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/demo/{part}/{name}.flac"));
    audio::read(path).unwrap().channels.remove(0)
}

/// Constant-power pan: -1 left, 1 right.
fn panned(mono: &[f32], pan: f32) -> [Vec<f32>; 2] {
    let angle = (pan + 1.0) * std::f32::consts::FRAC_PI_4;
    [angle.cos(), angle.sin()].map(|gain| mono.iter().map(|x| gain * x).collect())
}

fn dictionary(mode: Mode) -> Dictionary {
    let clips: Vec<[Vec<f32>; 1]> = NAMES.iter().map(|name| [shipped("train", name)]).collect();
    let sources: Vec<SourceClips> = NAMES
        .iter()
        .zip(&clips)
        .map(|(name, clip)| SourceClips { name: name.to_string(), clips: vec![clip] })
        .collect();
    let settings = LearnSettings::new(FrameSettings::new(mode, 44_100));
    learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap().0
}

/// Mean SDR of the separated sum of `stems`.
fn mean_db(dictionary: &Dictionary, stems: &[[Vec<f32>; 2]], spatial: bool) -> f64 {
    let mixture = |c: usize| (0..SECONDS * 44_100).map(move |t| (c, t));
    let mut separator = one_bus_a_source(dictionary, 2);
    separator.set_spatial(SpatialKind::of_setting(spatial));
    let latency = separator.latency_samples();
    let mut input: Vec<Vec<f32>> = (0..2)
        .map(|c| mixture(c).map(|(c, t)| stems.iter().map(|s| s[c][t]).sum()).collect())
        .collect();
    input.iter_mut().for_each(|channel| channel.extend(vec![0.0; latency]));
    let output = run(&mut separator, &input, || 4096);
    let named = |(s, name): (usize, &&str)| {
        let channels = output[2 * s..2 * s + 2].iter().map(|c| c[latency..].to_vec());
        Stem::new(*name, channels.collect())
    };
    let estimates: Vec<Stem> = NAMES.iter().enumerate().map(named).collect();
    let references: Vec<Stem> =
        NAMES.iter().zip(stems).map(|(name, stem)| Stem::new(*name, stem.to_vec())).collect();
    evaluate(&references, &estimates).unwrap().mean.sdr_db
}

fn test_stems(place: impl Fn(usize, &[f32]) -> [Vec<f32>; 2]) -> Vec<[Vec<f32>; 2]> {
    let stem = |(s, name)| place(s, &shipped("test", name)[..SECONDS * 44_100]);
    NAMES.into_iter().enumerate().map(stem).collect()
}

#[test]
fn the_position_of_a_source_helps_to_separate_it() {
    let stems = test_stems(|s, mono| panned(mono, PANS[s]));
    for mode in [Mode::Quality, Mode::Live] {
        let dictionary = dictionary(mode);
        let [one_mask, filtered] = [false, true].map(|on| mean_db(&dictionary, &stems, on));
        assert!(filtered > one_mask + 2.8, "{mode}: {one_mask:.1} dB to {filtered:.1} dB");
    }
}

/// A mono track in a stereo plugin, one cable out, opposite signs: never below one mask.
#[test]
fn a_signal_on_one_side_is_separated_as_in_the_middle() {
    for mode in [Mode::Quality, Mode::Live] {
        let dictionary = dictionary(mode);
        for right in [0.0, 0.03, 0.1, 0.3, -1.0] {
            let scaled = |x: &[f32]| x.iter().map(|x| x * right).collect();
            let stems = test_stems(|_, mono| [mono.to_vec(), scaled(mono)]);
            let [one_mask, filtered] = [false, true].map(|on| mean_db(&dictionary, &stems, on));
            let least = one_mask - 0.2;
            assert!(
                filtered > least,
                "{mode}, right {right}: {one_mask:.2} dB to {filtered:.2} dB"
            );
        }
        // The right channel breaks off half-way; the positions are learned again within
        // seconds.
        let half = SECONDS * 44_100 / 2;
        let cut = |x: &[f32]| [&x[..half], &vec![0.0; half]].concat();
        let stems = test_stems(|_, mono| [mono.to_vec(), cut(mono)]);
        let [one_mask, filtered] = [false, true].map(|on| mean_db(&dictionary, &stems, on));
        assert!(filtered > one_mask - 0.2, "{mode}, cut: {one_mask:.2} dB to {filtered:.2} dB");
    }
}

/// A balance that jumps, sways or slides while the whole band plays: never below one mask by much,
/// for mono and panned sources.
#[test]
fn positions_that_no_longer_hold_do_no_harm() {
    const LIMIT_DB: f64 = 0.2;
    let half_s = SECONDS as f32 / 2.0;
    // From 0 dB, or from somewhere else on its way: where it is when the first sound comes in
    // decides what positions are learned at first.
    let sway_from = |cycles: f32, hz: f32| {
        move |t: f32| 20.0 * (std::f32::consts::TAU * (hz * t + cycles)).sin()
    };
    let sway = |hz: f32| sway_from(0.0, hz);
    let balances: [(&str, &dyn Fn(f32) -> f32); 8] = [
        ("jump by 10 dB", &|t| if t < half_s { 0.0 } else { 10.0 }),
        ("jump by 20 dB", &|t| if t < half_s { 0.0 } else { 20.0 }),
        ("slide to 20 dB", &|t| ((t - 2.0) * 10.0).clamp(0.0, 20.0)),
        ("sway by 20 dB in two seconds", &sway(0.5)),
        ("sway by 20 dB in a second", &sway(1.0)),
        ("sway by 20 dB in half a second", &sway(2.0)),
        ("sway by 20 dB in a quarter of a second", &sway(4.0)),
        ("the same, from 14 dB", &sway_from(0.125, 4.0)),
    ];
    for mode in [Mode::Quality, Mode::Live] {
        let dictionary = dictionary(mode);
        for (name, balance_db) in balances {
            for pans in [[0.0; 4], PANS] {
                let tilted = |x: Vec<f32>, sign: f32| -> Vec<f32> {
                    let gain = |n: usize| {
                        let db = sign * balance_db(n as f32 / 44_100.0);
                        10f32.powf(db / 2.0 / 20.0)
                    };
                    x.into_iter().enumerate().map(|(n, x)| x * gain(n)).collect()
                };
                let stems = test_stems(|s, mono| {
                    let [left, right] = panned(mono, pans[s]);
                    [tilted(left, 1.0), tilted(right, -1.0)]
                });
                let [one_mask, filtered] = [false, true].map(|on| mean_db(&dictionary, &stems, on));
                assert!(
                    filtered > one_mask - LIMIT_DB,
                    "{mode}, {name}, {pans:?}: {one_mask:.2} dB to {filtered:.2} dB"
                );
            }
        }
    }
}
