//! The audio callback neither allocates nor frees nor makes system calls, whatever the plugin
//! has to do.

mod host;
mod support;

use host::guard::{Guarded, bytes_allocated, violations};
use host::playing::{TRAPS_SYSTEM_CALLS, audio_thread};
use host::{Instance, Setup, UNBRAID, UNBRAID_MULTI, system_calls};
use rand::{RngExt, SeedableRng};
use support::noise;

#[global_allocator]
static ALLOCATOR: Guarded = Guarded;

#[test]
fn the_guards_see_an_allocation_and_a_system_call() {
    audio_thread(|| drop(std::hint::black_box(vec![1u8; 100])));
    assert_eq!(violations(), 2);
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        TRAPS_SYSTEM_CALLS.set(true);
        audio_thread(|| std::thread::sleep(std::time::Duration::from_nanos(1)));
        assert_eq!(system_calls::caught().0, 1);
    }
}

/// Sets every parameter at random during recording, learning, engine changes and mode
/// changes. Offline, where the plugin waits for what it learns, system calls are allowed.
#[test]
fn the_audio_callback_leaves_memory_and_system_alone() {
    for (id, offline) in [(UNBRAID, false), (UNBRAID_MULTI, false), (UNBRAID_MULTI, true)] {
        TRAPS_SYSTEM_CALLS.set(!offline);
        let mut plugin = Instance::new(id, Setup { offline, ..Setup::default() });
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(11);
        let params = plugin.params();
        plugin.side_chain = vec![noise(44_100, 5); 2];
        for slot in 1..=2u64 {
            plugin.set("capture_to", slot as f64);
            plugin.set("capture", 1.0);
            plugin.play(&[noise(60_000, slot), noise(60_000, slot + 7)], 512);
            plugin.set("capture", 0.0);
            plugin.play(&vec![vec![0.0; 64]; 2], 64);
        }
        plugin.set("iterations", 1.0);
        plugin.set("components", 4.0);
        plugin.set("match_loudness", 1.0);
        plugin.play(&vec![vec![0.0; 64]; 2], 64);
        let mut handed_over = 0;
        for round in 0..60 {
            let block = [1usize, 7, 64, 500, 1024, 4096][round % 6];
            if round % 10 == 0 {
                plugin.press("learn");
                std::thread::sleep(std::time::Duration::from_millis(300));
            }
            if round % 15 == 5 {
                let mode = f64::from(random.random_range(0..3u32));
                plugin.set("mode", mode);
            }
            plugin.set("bypass", f64::from(round % 4 == 3));
            for _ in 0..4 {
                let (param, low, high, stepped) = params[random.random_range(0..params.len())];
                // The mode, learning and its settings are set above.
                let kept = ["mode", "learn", "iterations", "components", "capture_clear", "cancel"];
                if kept.iter().any(|id| host::param_id(id) == param) {
                    continue;
                }
                let value = low + (high - low) * random.random::<f64>();
                let value = if stepped { value.round() } else { value };
                plugin.set_by_id(param, value, random.random_range(0..block) as u32);
            }
            plugin.set("midi_notes", f64::from(round % 5 != 0));
            for _ in 0..random.random_range(0..300) {
                let time = random.random_range(0..block) as u32;
                plugin.note_at(random.random(), random.random_range(-1..=127), time);
            }
            let before = plugin.latency_samples();
            let samples = (block * 40).clamp(2000, 30_000);
            plugin.play(&[noise(samples, round as u64), noise(samples, 99)], block);
            handed_over += usize::from(plugin.latency_samples() != before);
            assert_eq!(violations(), 0, "{id}, offline {offline}, round {round}, block {block}");
            let (calls, number) = system_calls::caught();
            assert_eq!(calls, 0, "system call {number}, {id}, round {round}, block {block}");
        }
        assert!(handed_over > 0, "no mode was ever changed");
    }
}

/// Saving copies neither recordings nor dictionaries: hosts save often, on the thread of their
/// window, and a project may have more than 100 MB of them.
#[test]
fn saving_copies_nothing_that_is_packed() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    plugin.set("capture_to", 1.0);
    plugin.set("capture", 1.0);
    plugin.play(&[noise(20 * 44_100, 1), noise(20 * 44_100, 2)], 512);
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| !plugin.saved_project()["slots"][0]["clips"][0].is_null());
    // Packs what is not packed yet.
    let state = plugin.save();
    assert!(state.len() > 4_000_000, "{} bytes", state.len());
    plugin.set("wet", 0.5);
    plugin.play(&vec![vec![0.0; 64]; 2], 64);
    let before = bytes_allocated();
    let written = plugin.saved_bytes();
    let allocated = bytes_allocated() - before;
    assert!(written.abs_diff(state.len()) < 100, "{written} bytes, before {}", state.len());
    assert!(allocated < 300_000, "{allocated} bytes allocated");
}
