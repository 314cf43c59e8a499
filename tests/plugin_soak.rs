//! Random parameters, blocks, recordings, modes and states, for any length of time: the
//! output is always finite and never louder than the gains allow, and memory does not grow:
//! whenever the projects are emptied, about as much is in use as the first time, without a
//! trend.
//!
//! It takes a few seconds by default. `UNBRAID_SOAK_S=1800 cargo test --release --test
//! plugin_soak -- --nocapture` runs it for half an hour.

mod host;
mod support;

use std::time::{Duration, Instant};

use host::guard::{self, Guarded};
use host::{Instance, Setup, UNBRAID, UNBRAID_MULTI, param_id};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::noise;

#[global_allocator]
static ALLOCATOR: Guarded = Guarded;

/// Stretches of random actions, with a pause after each.
const STRETCHES: u32 = 6;

/// By how much the memory in use between two stretches may differ: 1.3 MB have been seen.
const UNEVEN_MB: f64 = 3.0;

/// Gains go up to +12 dB, and a difference can be one more than that.
const MAX_LEVEL: f32 = 0.5 * 6.0 * 33.0;

/// Resident memory in KiB, where the system reports it.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn turn_something(plugin: &mut Instance, random: &mut ChaCha8Rng, block: usize) {
    let params = plugin.params();
    let (id, low, high, stepped) = params[random.random_range(0..params.len())];
    // Large and slow settings would make the test too slow.
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
        max_block: 4096,
        offline: random.random_range(0..8) == 0,
    }
}

/// Memory in use between two stretches, with empty projects.
struct Rest {
    in_use_mb: f64,
    resident_mb: f64,
}

const MB: f64 = 1e6;

/// Empties the projects and thus their undo steps, and measures. The workers free what was
/// replaced, which takes longer on a busy machine: waits up to 20 s until no more than `max_mb`
/// is in use, or 2 s if that is not known.
fn rest(plugins: &mut [Instance], empty: &[Vec<u8>], max_mb: Option<f64>) -> Rest {
    let full_mb = guard::bytes_in_use() as f64 / MB;
    for (plugin, empty) in plugins.iter_mut().zip(empty) {
        plugin.set("capture", 0.0);
        plugin.play(&vec![vec![0.0; 512]; plugin.setup.channels], 512);
        // Offline, the plugin waits for its worker before it starts.
        plugin.set_up(Setup { offline: true, ..Setup::default() });
        assert!(plugin.load(empty));
        plugin.set_up(Setup::default());
        // The replaced engine is faded out, and then freed by the worker.
        plugin.play(&vec![vec![0.0; 44_100]; 2], 512);
        assert!(plugin.saved_project()["dictionary"].is_null());
    }
    let mut in_use_mb = f64::INFINITY;
    for _ in 0..max_mb.map_or(20, |_| 200) {
        std::thread::sleep(Duration::from_millis(100));
        in_use_mb = guard::bytes_in_use() as f64 / MB;
        if max_mb.is_some_and(|max_mb| in_use_mb <= max_mb) {
            break;
        }
        plugins.iter_mut().for_each(|plugin| {
            plugin.play(&vec![vec![0.0; 512]; 2], 512);
        });
    }
    let resident_mb = resident_kib().unwrap_or_default() as f64 * 1024.0 / MB;
    eprintln!(
        "{full_mb:.1} MB in use, {in_use_mb:.2} MB once the projects are empty, of {resident_mb:.0} \
         MB resident"
    );
    Rest { in_use_mb, resident_mb }
}

#[test]
fn nothing_gives_way() {
    let seconds = std::env::var("UNBRAID_SOAK_S").ok().and_then(|s| s.parse().ok()).unwrap_or(8);
    let mut random = ChaCha8Rng::seed_from_u64(seconds);
    let mut plugins: Vec<Instance> = [UNBRAID, UNBRAID_MULTI]
        .into_iter()
        .map(|id| {
            let mut plugin = Instance::new(id, Setup::default());
            plugin.set("iterations", 1.0);
            plugin.set("components", 8.0);
            plugin.play(&vec![vec![0.0; 64]; 2], 64);
            plugin
        })
        .collect();
    let empty: Vec<Vec<u8>> = plugins.iter().map(Instance::save).collect();
    let mut states = empty.clone();
    let (mut pieces, mut loads) = (0u64, 0u64);
    // What the first stretch allocated is permanent: tables, buffers, arenas. With short
    // stretches, a buffer may first be needed later.
    let more_mb = if seconds < 60 { 32.0 } else { 0.5 };
    let mut rests: Vec<Rest> = Vec::new();
    for _ in 0..STRETCHES {
        let ends = Instant::now() + Duration::from_secs(seconds) / STRETCHES;
        while Instant::now() < ends {
            let plugin = &mut plugins[random.random_range(0..2)];
            loads += u64::from(do_something(plugin, &mut states, &mut random));
            play_something(plugin, &mut random);
            pieces += 1;
        }
        states = empty.clone();
        let max_mb = rests.first().map(|first| first.in_use_mb + more_mb);
        rests.push(rest(&mut plugins, &empty, max_mb));
    }
    eprintln!("{pieces} pieces, {loads} states");
    // What grows is in the smallest of the later ones, too. Single ones may be larger by what a
    // thread has not freed yet.
    let smallest_mb =
        |rests: &[Rest]| rests.iter().map(|rest| rest.in_use_mb).fold(f64::INFINITY, f64::min);
    let (first, second) = rests.split_at(rests.len() / 2);
    let (before_mb, after_mb) = (smallest_mb(first), smallest_mb(second));
    assert!(after_mb <= before_mb + more_mb, "{after_mb} MB, {before_mb} before");
    let Rest { in_use_mb, resident_mb } = rests[0];
    for later in &rests[1..] {
        let max_mb = in_use_mb + more_mb + UNEVEN_MB;
        assert!(later.in_use_mb <= max_mb, "{} MB, {in_use_mb} before", later.in_use_mb);
        assert!(
            later.resident_mb < resident_mb + 250.0,
            "{} MB resident, {resident_mb} before",
            later.resident_mb
        );
    }
}

/// Anything that a user or a host may do at any time; returns whether it loaded a state.
fn do_something(plugin: &mut Instance, states: &mut [Vec<u8>], random: &mut ChaCha8Rng) -> bool {
    match random.random_range(0..60) {
        0 => plugin.set_up(setup(random)),
        1 => plugin.reset(),
        2 => states[random.random_range(0..2)] = plugin.save(),
        3 => {
            let mut state = states[random.random_range(0..2)].clone();
            if random.random_range(0..3) == 0 {
                let at = random.random_range(0..state.len());
                state[at] = random.next_u32() as u8;
            }
            let _ = plugin.load(&state);
            return true;
        }
        4 => plugin.press("learn"),
        5 => plugin.press("capture_clear"),
        6 => plugin.rolling = !plugin.rolling,
        7 => plugin.in_place = !plugin.in_place,
        // The host jumps in the song.
        8 => plugin.song_position = Some(random.random_range(-10_000..10_000_000)),
        // It stops for longer than anything sounds.
        9 => {
            plugin.play(&vec![vec![0.0; 40_000]; plugin.setup.channels], 2048);
        }
        _ => {}
    }
    false
}

/// Plays a few blocks of noise, sometimes with non-finite values, while parameters change.
fn play_something(plugin: &mut Instance, random: &mut ChaCha8Rng) {
    let block = 1 << random.random_range(0..=12);
    for _ in 0..random.random_range(0..4) {
        turn_something(plugin, random, block);
    }
    let samples = (block * 3).max(500);
    let sound = noise(samples, random.next_u64());
    let mut input = vec![sound; plugin.setup.channels];
    if random.random_range(0..50) == 0 {
        input[0][samples / 2] = [f32::NAN, f32::INFINITY, 1e30][random.random_range(0..3)];
    }
    for x in plugin.play(&input, block).iter().flatten() {
        assert!(x.is_finite() && x.abs() < MAX_LEVEL, "{x} came out");
    }
}
