//! Steps shared by several tests of an instance.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use unbraid::audio;
use unbraid::dictionary::Dictionary;
use unbraid::plugin::{pack_words, unpack_words};

use crate::host::{Instance, Setup};

/// A channel of the shipped audio.
pub fn demo(kind: &str, name: &str) -> Vec<f32> {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "assets/demo", kind, &format!("{name}.flac")].iter().collect();
    audio::read(&path).unwrap().mono()
}

/// A mono signal in both channels.
pub fn both(mono: &[f32]) -> Vec<Vec<f32>> {
    vec![mono.to_vec(); 2]
}

/// `input` followed by enough silence for the plugin to play all of it.
pub fn with_tail(input: &[Vec<f32>], latency_samples: usize) -> Vec<Vec<f32>> {
    let silence = vec![0.0; latency_samples];
    input.iter().map(|x| [&x[..], &silence].concat()).collect()
}

/// Records a clip for a slot from 1, or 0 for the mixture, and waits for it.
pub fn record(plugin: &mut Instance, slot: usize, clip: &[Vec<f32>]) {
    let before = clips(plugin, slot).len();
    plugin.set("capture_to", slot as f64);
    plugin.set("capture", 1.0);
    plugin.play(clip, 512);
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| clips(plugin, slot).len() > before);
}

/// The saved clips of a slot from 1, or 0 for the mixture.
pub fn clips(plugin: &Instance, slot: usize) -> Vec<Value> {
    let project = plugin.saved_project();
    let clips = match slot {
        0 => &project["mixture"],
        slot => &project["slots"][slot - 1]["clips"],
    };
    clips.as_array().unwrap().clone()
}

/// Presses the button and waits for a new dictionary.
pub fn learn(plugin: &mut Instance) {
    let before = plugin.saved_project()["dictionary"].clone();
    plugin.press("learn");
    plugin.play_until(|plugin| plugin.saved_project()["dictionary"] != before);
    settle(plugin);
}

/// Waits until the worker is idle and its results are playing: offline, the plugin does not
/// start before.
pub fn settle(plugin: &mut Instance) {
    let setup = plugin.setup;
    plugin.set_up(Setup { offline: true, ..setup });
    plugin.set_up(setup);
    let second = setup.sample_rate_hz as usize;
    plugin.play(&vec![vec![0.0; second]; setup.channels], 512);
}

/// The dictionary in the saved project.
pub fn dictionary(plugin: &Instance) -> Dictionary {
    let saved = &plugin.saved_project()["dictionary"];
    let packed = BASE64.decode(saved["packed"].as_str().unwrap()).unwrap();
    let bytes = unpack_words(&packed, saved["bytes"].as_u64().unwrap() as usize).unwrap();
    Dictionary::from_bytes(&bytes, Path::new("state")).unwrap()
}

/// Loads a dictionary into an instance, its sources on the first strips.
pub fn load_dictionary(plugin: &Instance, dictionary: &Dictionary) {
    let bytes = dictionary.to_bytes().unwrap();
    let state = plugin.save_with(|project| {
        project["dictionary"] =
            json!({ "bytes": bytes.len(), "packed": BASE64.encode(pack_words(&bytes)) });
        let solo = dictionary.sources.iter().enumerate().filter(|(_, source)| !source.rest);
        for (place, (index, source)) in solo.enumerate() {
            project["slots"][place]["source"] = json!(index);
            project["slots"][place]["name"] = json!(source.name);
        }
    });
    assert!(plugin.load(&state));
}

/// The parameter's value for the dictionary's mode.
pub fn mode_value(mode: unbraid::frames::Mode) -> f64 {
    unbraid::frames::Mode::ALL.iter().position(|other| *other == mode).unwrap() as f64
}

/// Largest sample, in dB relative to full scale.
pub fn peak_db(samples: &[f32]) -> f32 {
    crate::support::peak_db(samples.iter().copied())
}
