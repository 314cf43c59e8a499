//! Random parameters, blocks, captures, modes and states, for as long as asked:
//! nothing that is not finite comes out, nothing is louder than the gains allow,
//! memory does not grow.
//!
//! A few seconds in the everyday run. `UNBRAID_SOAK_S=1800 cargo test --release
//! --test plugin_soak -- --nocapture` for half an hour.

mod host;
mod support;

use std::time::{Duration, Instant};

use host::{Instance, Setup, UNBRAID, UNBRAID_MULTI, param_id};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::noise;

/// Gains go up to +12 dB, and a difference can be one more than that.
const LOUDEST: f32 = 0.5 * 6.0 * 17.0;

/// Resident memory in KiB, where the system says.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn turn_something(plugin: &mut Instance, random: &mut ChaCha8Rng, block: usize) {
    let params = plugin.params();
    let (id, low, high, stepped) = params[random.random_range(0..params.len())];
    // Large and slow settings would make it a test of patience.
    if ["iterations", "components", "keep_clips"].iter().any(|name| param_id(name) == id) {
        return;
    }
    let value = low + (high - low) * random.random::<f64>();
    let value = if stepped { value.round() } else { value };
    plugin.set_by_id(id, value, random.random_range(0..block) as u32);
}

fn setup(random: &mut ChaCha8Rng) -> Setup {
    Setup {
        sample_rate_hz: [44_100, 48_000, 96_000][random.random_range(0..3)],
        channels: random.random_range(1..=2),
        largest_block: 4096,
        offline: random.random_range(0..8) == 0,
    }
}

#[test]
fn nothing_gives_way() {
    let seconds = std::env::var("UNBRAID_SOAK_S").ok().and_then(|s| s.parse().ok()).unwrap_or(8);
    let ends = Instant::now() + Duration::from_secs(seconds);
    let mut random = ChaCha8Rng::seed_from_u64(seconds);
    let sound = noise(200_000, 1);
    let mut plugins: Vec<Instance> = [UNBRAID, UNBRAID_MULTI]
        .into_iter()
        .map(|id| {
            let mut plugin = Instance::new(id, Setup::default());
            plugin.set("iterations", 1.0);
            plugin.set("components", 8.0);
            plugin
        })
        .collect();
    let mut states: Vec<Vec<u8>> = plugins.iter().map(Instance::save).collect();
    let (mut early_kib, mut blocks, mut loads) = (None, 0u64, 0u64);
    let begun = Instant::now();
    while Instant::now() < ends {
        let plugin = &mut plugins[random.random_range(0..2)];
        match random.random_range(0..60) {
            0 => plugin.set_up(setup(&mut random)),
            1 => plugin.reset(),
            2 => states[random.random_range(0..2)] = plugin.save(),
            3 => {
                let mut state = states[random.random_range(0..2)].clone();
                if random.random_range(0..3) == 0 {
                    let at = random.random_range(0..state.len());
                    state[at] = random.next_u32() as u8;
                }
                let _ = plugin.load(&state);
                loads += 1;
            }
            4 => plugin.press("learn"),
            5 => plugin.press("capture_clear"),
            6 => plugin.rolling = !plugin.rolling,
            7 => plugin.in_place = !plugin.in_place,
            // The host jumps in the song.
            8 => plugin.song_position = Some(random.random_range(-10_000..10_000_000)),
            // It stands still for longer than anything sounds.
            9 => {
                plugin.play(&vec![vec![0.0; 40_000]; plugin.setup.channels], 2048);
            }
            _ => {}
        }
        let block = 1 << random.random_range(0..=12);
        for _ in 0..random.random_range(0..4) {
            turn_something(plugin, &mut random, block);
        }
        let samples = (block * 3).max(500);
        let start = random.random_range(0..sound.len() - samples);
        let mut input = vec![sound[start..start + samples].to_vec(); plugin.setup.channels];
        if random.random_range(0..50) == 0 {
            input[0][samples / 2] = [f32::NAN, f32::INFINITY, 1e30][random.random_range(0..3)];
        }
        let played = plugin.play(&input, block);
        blocks += 1;
        for x in played.iter().flatten() {
            assert!(x.is_finite() && x.abs() < LOUDEST, "{x} came out");
        }
        if early_kib.is_none() && begun.elapsed() > Duration::from_secs(seconds) / 3 {
            early_kib = resident_kib();
        }
    }
    eprintln!(
        "{blocks} pieces, {loads} states; memory {early_kib:?} KiB after a third, {:?} at the end",
        resident_kib()
    );
    if let (Some(early), Some(late)) = (early_kib, resident_kib()) {
        // Clips that were captured by chance stay until they are cleared.
        assert!(late < early + 600_000, "{early} KiB, then {late}");
    }
}
