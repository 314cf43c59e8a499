//! The gain from two channels, on the shipped band.

mod support;

use std::path::Path;

use support::{one_bus_a_source, run};
use unbraid::audio;
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

#[test]
fn where_a_source_sits_tells_it_apart() {
    let clips: Vec<[Vec<f32>; 1]> = NAMES.iter().map(|name| [shipped("train", name)]).collect();
    let sources: Vec<SourceClips> = NAMES
        .iter()
        .zip(&clips)
        .map(|(name, clip)| SourceClips { name: name.to_string(), clips: vec![clip] })
        .collect();
    let stems: Vec<[Vec<f32>; 2]> = NAMES
        .iter()
        .zip(PANS)
        .map(|(name, pan)| panned(&shipped("test", name)[..SECONDS * 44_100], pan))
        .collect();
    let mixture: Vec<Vec<f32>> = (0..2)
        .map(|c| (0..SECONDS * 44_100).map(|t| stems.iter().map(|s| s[c][t]).sum()).collect())
        .collect();
    let references: Vec<Stem> =
        NAMES.iter().zip(&stems).map(|(name, stem)| Stem::new(*name, stem.to_vec())).collect();
    for mode in [Mode::Quality, Mode::Live] {
        let settings = LearnSettings::new(FrameSettings::new(mode, 44_100));
        let (dictionary, _) = learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap();
        let mean_db = |spatial: bool| {
            let mut separator = one_bus_a_source(&dictionary, 2);
            separator.set_spatial(spatial);
            let latency = separator.latency_samples();
            let mut input = mixture.clone();
            input.iter_mut().for_each(|channel| channel.extend(vec![0.0; latency]));
            let output = run(&mut separator, &input, || 4096);
            let named = |(s, name): (usize, &&str)| {
                let channels = output[2 * s..2 * s + 2].iter().map(|c| c[latency..].to_vec());
                Stem::new(*name, channels.collect())
            };
            let estimates: Vec<Stem> = NAMES.iter().enumerate().map(named).collect();
            evaluate(&references, &estimates).unwrap().mean.sdr_db
        };
        let (one_mask, filtered) = (mean_db(false), mean_db(true));
        assert!(filtered > one_mask + 3.0, "{mode}: {one_mask:.1} dB to {filtered:.1} dB");
    }
}
