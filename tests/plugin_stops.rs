//! The worker lets go at once: `deactivate` and `destroy` return soon, whatever it does at the
//! time. Counted is CPU time, of all threads, which does not depend on how busy the machine
//! is; so this is the only test in its process.

mod host;
mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cpu_time::ProcessTime;
use host::{Instance, Setup, UNBRAID};
use serde_json::{Value, json};
use support::noise;
use unbraid::plugin::pack_words;

/// Pieces of work on two cores: up to 0.17 s was measured where the system takes 4 µs for each
/// new page of memory, and the caches are shared with other work.
const MAX_S: f64 = if cfg!(debug_assertions) { 0.5 } else { 0.3 };

/// CPU time of this process in seconds.
fn cpu_s() -> f64 {
    ProcessTime::now().as_duration().as_secs_f64()
}

/// A saved clip of noise.
fn clip(seconds: usize, sample_rate_hz: usize, channels: u64) -> Value {
    /// Marks samples that are not integers.
    const FLOATS: u8 = 32;
    let samples = seconds * sample_rate_hz;
    let packed = |seed: u64| {
        let words: Vec<u8> = noise(samples, seed).iter().flat_map(|x| x.to_le_bytes()).collect();
        BASE64.encode([&[FLOATS], &pack_words(&words)[..]].concat())
    };
    json!({
        "sample_rate_hz": sample_rate_hz,
        "samples": samples,
        "channels": (1..=channels).map(packed).collect::<Vec<_>>(),
    })
}

/// The state of an instance, with the project changed.
fn state(plugin: &Instance, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut state: Value = serde_json::from_slice(&plugin.save()[8..]).unwrap();
    let mut project = plugin.saved_project();
    change(&mut project);
    // Of the first version, which has no checksum.
    project["version"] = json!(1);
    state["fields"]["project"] = Value::String(project.to_string());
    let text = state.to_string();
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

/// Deactivates and destroys an instance when `begin` has been followed by `after_s` of CPU
/// time, or when there is nothing left to do; returns the CPU time that the two took.
fn stop_after(state: &[u8], after_s: f64, begin: impl Fn(&mut Instance)) -> [f64; 2] {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    assert!(plugin.load(state));
    begin(&mut plugin);
    let began_s = cpu_s();
    let mut last_s = began_s;
    while last_s - began_s < after_s {
        std::thread::sleep(std::time::Duration::from_millis(30));
        let now_s = cpu_s();
        if now_s - last_s < 0.001 {
            break;
        }
        last_s = now_s;
    }
    let before_s = cpu_s();
    plugin.deactivate();
    let between_s = cpu_s();
    drop(plugin);
    [between_s - before_s, cpu_s() - between_s]
}

#[test]
fn the_host_does_not_wait_for_the_worker() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    plugin.set("iterations", 4.0);
    plugin.play(&vec![vec![0.0; 64]; 2], 64);
    // More than the budget, at another rate; two channels; and a mixture.
    let clips = state(&plugin, |project| {
        project["slots"][0]["clips"] = json!([clip(90, 48_000, 1), clip(80, 44_100, 1)]);
        project["slots"][1]["clips"] = json!([clip(20, 44_100, 2)]);
        project["mixture"] = json!([clip(10, 32_000, 1)]);
    });
    assert!(plugin.load(&clips));
    let began_s = cpu_s();
    plugin.press("learn");
    plugin.play_until(|plugin| {
        // Saving takes a moment, too.
        std::thread::sleep(std::time::Duration::from_millis(1000));
        !plugin.saved_project()["dictionary"].is_null()
    });
    let whole_s = cpu_s() - began_s;
    let learned = state(&plugin, |project| {
        project["slots"][0]["clips"] = json!([]);
        project["mixture"] = json!([]);
        project["rest"] = json!({ "adapting": { "heard_s": 0 } });
    });
    drop(plugin);
    let mut slowest_s = 0f64;
    let mut check = |what: &str, after_s: f64, took_s: [f64; 2]| {
        println!("{what}: {after_s:.2} s, deactivate and destroy took {took_s:.3?} s");
        slowest_s = took_s.into_iter().fold(slowest_s, f64::max);
    };
    const POINTS: usize = 20;
    for point in 0..POINTS {
        let after_s = whole_s * point as f64 / POINTS as f64;
        check("learning", after_s, stop_after(&clips, after_s, |plugin| plugin.press("learn")));
    }
    // The rest is learned from four seconds.
    let sound = vec![noise(44_100 * 17 / 4, 5); 2];
    for after_s in [0.0, 0.1, 0.3, 0.6] {
        let play = |plugin: &mut Instance| drop(plugin.play(&sound, 4096));
        check("adapting the rest", after_s, stop_after(&learned, after_s, play));
    }
    for after_s in [0.0, 0.2, 0.5] {
        check("packing", after_s, stop_after(&clips, after_s, |_| ()));
    }
    assert!(slowest_s < MAX_S, "{slowest_s} s of CPU");
}
