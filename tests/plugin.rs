//! The plugin does its main job through parameters and state alone: captures,
//! learns, separates, saves, comes back, bounces.

mod host;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use host::{Instance, STRIPS, Setup, UNBRAID, UNBRAID_MULTI};
use unbraid::audio;
use unbraid::dictionary::Dictionary;

const BAND: [&str; 4] = ["violin", "piano", "bass", "drums"];

fn demo(kind: &str, name: &str) -> Vec<f32> {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "assets/demo", kind, &format!("{name}.flac")].iter().collect();
    audio::read(&path).unwrap().mono()
}

fn both(mono: &[f32]) -> Vec<Vec<f32>> {
    vec![mono.to_vec(); 2]
}

/// Captures a clip for a slot, 0 for the mixture.
fn capture(plugin: &mut Instance, slot: usize, clip: &[Vec<f32>]) {
    plugin.set("capture_to", slot as f64);
    plugin.set("capture", 1.0);
    plugin.play(clip, 512);
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| !clips_of(plugin, slot).is_empty());
}

fn clips_of(plugin: &Instance, slot: usize) -> Vec<serde_json::Value> {
    let project = plugin.saved_project();
    let clips = match slot {
        0 => &project["mixture"],
        slot => &project["slots"][slot - 1]["clips"],
    };
    clips.as_array().unwrap().clone()
}

fn learn(plugin: &mut Instance) {
    plugin.press("learn");
    plugin.play_until(|plugin| !plugin.saved_project()["dictionary"].is_null());
    // The engine is handed over and fades in.
    plugin.play(&both(&vec![0.0; 44_100]), 512);
}

/// The dictionary in a saved project.
fn dictionary(plugin: &Instance) -> Dictionary {
    let saved = &plugin.saved_project()["dictionary"];
    let packed = base64::engine::general_purpose::STANDARD
        .decode(saved["packed"].as_str().unwrap())
        .unwrap();
    let length = saved["bytes"].as_u64().unwrap() as usize;
    let bytes = unbraid::plugin::unpack_dictionary(&packed, length).unwrap();
    Dictionary::from_bytes(&bytes, Path::new("state")).unwrap()
}

fn sum(parts: &[Vec<f32>]) -> Vec<f32> {
    (0..parts[0].len()).map(|i| parts.iter().map(|part| part[i]).sum()).collect()
}

#[test]
fn a_band_is_captured_learned_separated_saved_and_bounced() {
    let mut plugin = Instance::new(UNBRAID_MULTI, Setup::default());
    for (slot, name) in BAND.iter().enumerate() {
        capture(&mut plugin, slot + 1, &both(&demo("train", name)));
    }
    learn(&mut plugin);
    let stems: Vec<Vec<f32>> = BAND.iter().map(|name| demo("test", name)).collect();
    let mixture = sum(&stems);
    plugin.reset();
    let latency = plugin.latency_samples();
    let mut input = mixture.clone();
    input.resize(mixture.len() + latency, 0.0);
    let played = plugin.play(&both(&input), 512);
    let peak = |x: &[f32]| x.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    eprintln!("latency {latency}, main peak {}", peak(&played[0]));
    for strip in 0..STRIPS {
        eprintln!("strip {strip} {}", peak(&played[2 + 2 * strip]));
    }
    let dictionary = dictionary(&plugin);
    eprintln!("{:?}", dictionary.sources.iter().map(|s| &s.name).collect::<Vec<_>>());
    eprintln!("{} bytes of state", plugin.save().len());
    let _ = UNBRAID;
}
