//! A source that does not play is nearly silent, and one that does loses nothing by it: the
//! shipped band, with and without the weights of `dsp/presence.rs`.

mod support;

use std::path::Path;
use std::sync::Arc;

use support::run;
use unbraid::audio;
use unbraid::dictionary::Dictionary;
use unbraid::dsp::{EngineSettings, Model, Separator};
use unbraid::eval::snr_db;
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{LearnSettings, SourceClips, learn_dictionary};

const NAMES: [&str; 4] = ["drums", "bass", "piano", "violin"];
const RATE_HZ: usize = 44_100;
const SAMPLES: usize = 8 * RATE_HZ;

fn shipped(part: &str, name: &str) -> Vec<f32> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/demo/{part}/{name}.flac"));
    audio::read(path).unwrap().channels.remove(0)
}

fn dictionary(mode: Mode) -> Dictionary {
    let clips = NAMES.map(|name| [shipped("train", name)]);
    let source =
        |(name, clip)| SourceClips { name: String::from(name), clips: vec![clip as &[Vec<f32>]] };
    let sources: Vec<SourceClips> =
        NAMES.into_iter().zip(clips.iter().map(|clip| &clip[..])).map(source).collect();
    let settings = LearnSettings::new(FrameSettings::new(mode, RATE_HZ as u32));
    learn_dictionary(&sources, None, &settings, &mut |_| true).unwrap().0
}

/// Each source's output for the sum of the stems, aligned with it.
fn separated(dictionary: &Dictionary, presence: bool, stems: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mode = dictionary.frames.mode;
    let settings = EngineSettings { presence, ..EngineSettings::new(mode, true, 1.0) };
    let model = Arc::new(Model::with_settings(dictionary, settings));
    let mut separator = Separator::new(model, 1, NAMES.len());
    for source in 0..NAMES.len() {
        separator.bus_mut(source).set_gain(source, 1.0);
        separator.bus_mut(source).settle();
    }
    let latency = separator.latency_samples();
    let mut input: Vec<f32> =
        (0..SAMPLES).map(|n| stems.iter().map(|stem| stem[n]).sum()).collect();
    input.extend(vec![0.0; latency]);
    let output = run(&mut separator, &[input], || 4096);
    output.into_iter().map(|bus| bus[latency..].to_vec()).collect()
}

fn level_db(signal: &[f32]) -> f64 {
    let power: f64 = signal.iter().map(|x| f64::from(*x).powi(2)).sum();
    10.0 * (power / signal.len() as f64).log10()
}

#[test]
fn what_does_not_play_is_nearly_silent() {
    let stems = NAMES.map(|name| shipped("test", name)[..SAMPLES].to_vec());
    for mode in Mode::ALL {
        let dictionary = dictionary(mode);
        let outputs = [false, true].map(|presence| separated(&dictionary, presence, &stems));
        let mut quieter_db = 0.0;
        for (s, name) in NAMES.iter().enumerate() {
            // Everything plays: nothing is lost.
            let [without, with] = outputs.each_ref().map(|of| snr_db(&[&stems[s]], &[&of[s]]));
            assert!(with > without - 0.1, "{mode}, {name}: {without:.2} dB to {with:.2} dB");

            let mut others = stems.clone();
            others[s].fill(0.0);
            let levels = [false, true].map(|on| level_db(&separated(&dictionary, on, &others)[s]));
            assert!(levels[1] < levels[0] + 0.1, "{mode}, {name}: {levels:.1?} dB");
            quieter_db += (levels[0] - levels[1]) / NAMES.len() as f64;
        }
        assert!(quieter_db > 3.0, "{mode}: {quieter_db:.1} dB quieter");
    }
}

#[test]
fn what_begins_to_play_is_let_through() {
    let dictionary = dictionary(Mode::Quality);
    let (begin, soon) = (SAMPLES / 2, SAMPLES / 2 + RATE_HZ / 2);
    for s in 0..NAMES.len() {
        let mut stems = NAMES.map(|name| shipped("test", name)[..SAMPLES].to_vec());
        stems[s][..begin].fill(0.0);
        let [without, with] = [false, true].map(|presence| {
            let output = separated(&dictionary, presence, &stems).remove(s);
            snr_db(&[&stems[s][begin..soon]], &[&output[begin..soon]])
        });
        assert!(with > without - 0.5, "{}: {without:.2} dB to {with:.2} dB", NAMES[s]);
    }
}
