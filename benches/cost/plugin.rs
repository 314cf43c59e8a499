//! The cost of the plugin in a host of its own: opening a project, memory, callbacks.

use std::time::{Duration, Instant};

use crate::host::{Instance, Setup, UNBRAID};
use crate::material::{Material, SAMPLE_RATE_HZ};

/// Number of instances over which memory is averaged.
const INSTANCES: usize = 4;

/// The host's buffer size in samples, and how long callbacks are timed, in s.
const BLOCK: usize = 64;
const WATCHED_S: usize = 20;

const MODES: [&str; 3] = ["quality", "balanced", "live"];

pub fn tables(material: &Material) {
    let state = learned_state(material);
    println!("## The plugin\n\nFour sources, stereo, {} clips of 12 s in the project", 4);
    println!("(a state of {:.1} MB).\n", state.len() as f64 / 1e6);
    println!("| | time, ms | memory an instance, MB |\n| --- | ---: | ---: |");
    let (empty, empty_mb) = opened(None);
    row("an instance made and activated", empty, empty_mb);
    let (learned, learned_mb) = opened(Some(&state));
    row("a project opened, to the end of its first buffer", learned, learned_mb);
    println!();
    saving(material);
    callbacks(material, &state);
}

/// Saving and opening a project that is full: five minutes of the mixture for every
/// instrument, as far as there is room.
fn saving(material: &Material) {
    const CLIP_S: usize = 300;
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    let samples = CLIP_S * SAMPLE_RATE_HZ as usize;
    let clip =
        material.mixture.each_ref().map(|x| x.iter().copied().cycle().take(samples).collect());
    for instrument in 1..=16 {
        plugin.set("capture_to", f64::from(instrument));
        plugin.set("capture", 1.0);
        plugin.play(&clip, 4096);
        plugin.set("capture", 0.0);
        // Offline, a block waits for the worker.
        for offline in [true, false] {
            plugin.set_up(Setup { offline, ..Setup::default() });
            plugin.play(&vec![vec![0.0; BLOCK]; 2], BLOCK);
        }
    }
    let first = timed(|| plugin.saved_bytes());
    let again = timed(|| plugin.saved_bytes());
    let copied = timed(|| plugin.save());
    plugin.set("wet", 0.5);
    plugin.play(&vec![vec![0.0; BLOCK]; 2], BLOCK);
    let changed = timed(|| plugin.saved_bytes());
    let state = plugin.save();
    let project = plugin.saved_project();
    let clips =
        |slot: usize| project["slots"][slot]["clips"].as_array().cloned().unwrap_or_default();
    let recorded: u64 = (0..16).flat_map(clips).filter_map(|clip| clip["samples"].as_u64()).sum();
    drop(plugin);
    let other = Instance::inactive(UNBRAID, Setup::default());
    let opened = timed(|| assert!(other.load(&state), "the state is the plugin's own"));
    let minutes = recorded as f64 / f64::from(SAMPLE_RATE_HZ) / 60.0;
    println!(
        "A full project: {minutes:.1} min of stereo, a state of {:.0} MB.\n",
        state.len() as f64 / 1e6
    );
    println!("| | time, ms |\n| --- | ---: |");
    for (name, time) in [
        ("saved while recordings may still have to be packed", first),
        ("saved again", again),
        ("saved after a parameter has changed", changed),
        ("saved by a host that collects the state in memory", copied),
        ("opened", opened),
    ] {
        println!("| {name} | {:.1} |", time.as_secs_f64() * 1e3);
    }
    println!();
}

fn timed<T>(run: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    let result = run();
    let took = began.elapsed();
    drop(result);
    took
}

fn row(name: &str, took: Duration, memory_mb: Option<f64>) {
    let memory = memory_mb.map_or("not known".to_string(), |mb| format!("{mb:.0}"));
    println!("| {name} | {:.1} | {memory} |", took.as_secs_f64() * 1e3);
}

/// Learns as a user would: by playing in clips.
fn learned_state(material: &Material) -> Vec<u8> {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    for (slot, clip) in material.clips[..4].iter().enumerate() {
        plugin.set("capture_to", (slot + 1) as f64);
        plugin.set("capture", 1.0);
        plugin.play(&[clip[0].clone(), clip[0].clone()], 512);
        plugin.set("capture", 0.0);
        let has_clip = |plugin: &mut Instance| {
            let clips = &plugin.saved_project()["slots"][slot]["clips"];
            clips.as_array().is_some_and(|clips| !clips.is_empty())
        };
        plugin.play_until(has_clip);
    }
    plugin.press("learn");
    plugin.play_until(|plugin| !plugin.saved_project()["dictionary"].is_null());
    plugin.save()
}

/// The shortest time until an instance has played its first buffer, and the memory per
/// instance.
fn opened(state: Option<&[u8]>) -> (Duration, Option<f64>) {
    let before = resident_mb();
    let mut shortest = Duration::MAX;
    let mut open = Vec::new();
    for _ in 0..INSTANCES {
        let began = Instant::now();
        let mut plugin = Instance::inactive(UNBRAID, Setup::default());
        if let Some(state) = state {
            assert!(plugin.load(state), "the state is the plugin's own");
        }
        plugin.activate();
        plugin.play(&vec![vec![0.0; BLOCK]; 2], BLOCK);
        shortest = shortest.min(began.elapsed());
        plugin.play(&vec![vec![0.1; SAMPLE_RATE_HZ as usize]; 2], BLOCK);
        open.push(plugin);
    }
    let memory = before.zip(resident_mb()).map(|(before, after)| (after - before).max(0.0));
    (shortest, memory.map(|mb| mb / INSTANCES as f64))
}

/// Memory of the process in MB, where the system reports it.
fn resident_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1e3)
}

/// Callbacks of short buffers, with the load evened out and not.
fn callbacks(material: &Material, state: &[u8]) {
    println!("Callbacks of {BLOCK} samples, which last {:.0} µs:\n", deadline_us());
    println!("| mode | even load | mean, µs | one in a thousand, µs | ratio |");
    println!("| --- | --- | ---: | ---: | ---: |");
    let samples = WATCHED_S * SAMPLE_RATE_HZ as usize;
    let input =
        material.mixture.each_ref().map(|x| x.iter().copied().cycle().take(samples).collect());
    for (mode, name) in MODES.iter().enumerate() {
        for (even, even_name) in [(1.0, "always"), (2.0, "never")] {
            let mut plugin = Instance::new(UNBRAID, Setup::default());
            assert!(plugin.load(state), "the state is the plugin's own");
            plugin.set("mode", mode as f64);
            plugin.set("even_load", even);
            plugin.play(&vec![vec![0.0; BLOCK]; 2], BLOCK);
            for offline in [true, false] {
                plugin.set_up(Setup { offline, ..Setup::default() });
                plugin.play(&vec![vec![0.0; SAMPLE_RATE_HZ as usize]; 2], BLOCK);
            }
            plugin.callback_times = Some(Vec::new());
            plugin.play(&input, BLOCK);
            let mut times = plugin.callback_times.take().unwrap_or_default();
            times.sort_unstable();
            let mean = times.iter().sum::<Duration>().as_secs_f64() * 1e6 / times.len() as f64;
            let dear = times[times.len() - 1 - times.len() / 1000].as_secs_f64() * 1e6;
            println!("| {name} | {even_name} | {mean:.1} | {dear:.1} | {:.1} |", dear / mean);
        }
    }
    println!();
}

fn deadline_us() -> f64 {
    BLOCK as f64 * 1e6 / f64::from(SAMPLE_RATE_HZ)
}
