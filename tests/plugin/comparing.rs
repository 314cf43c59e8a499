//! Comparing the output with the input: bypass, and its loudness.

use rand::{RngExt, SeedableRng};
use unbraid::frames::Mode;

use crate::host::{Instance, Setup, UNBRAID, UNBRAID_MULTI, param_id};
use crate::listening::{learned, stereo_noise};

const SECOND: usize = 44_100;

/// The biquads of the K-weighting at 44.1 kHz, b₀ b₁ b₂ a₁ a₂, as libebur128 has them.
const K_WEIGHTING: [[f64; 5]; 2] = [
    [1.530_841_230_05, -2.650_979_995_15, 1.169_079_079_92, -1.663_655_113_26, 0.712_595_428_07],
    [1.0, -2.0, 1.0, -1.989_169_673_629_8, 0.989_199_035_787_04],
];

fn loudness_lufs(channels: &[Vec<f32>]) -> f64 {
    let power = |channel: &Vec<f32>| {
        let mut x: Vec<f64> = channel.iter().map(|x| f64::from(*x)).collect();
        for [b0, b1, b2, a1, a2] in K_WEIGHTING {
            let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
            for x in &mut x {
                let y = b0 * *x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
                (x2, x1, y2, y1) = (x1, *x, y1, y);
                *x = y;
            }
        }
        x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64
    };
    -0.691 + 10.0 * channels.iter().map(power).sum::<f64>().log10()
}

/// An instance that isolates the first source at a gain.
fn isolating(mode: Mode, gain_db: f64, setup: Setup) -> Instance {
    let mut plugin = learned(UNBRAID, mode, setup);
    let gain = plugin.value_of("gain_1", &format!("{gain_db:.1} dB")).unwrap();
    plugin.set("gain_1", gain);
    plugin.set("solo_1", 1.0);
    plugin
}

fn part(input: &[Vec<f32>], from: usize, to: usize) -> Vec<Vec<f32>> {
    input.iter().map(|x| x[from..to].to_vec()).collect()
}

#[test]
fn the_bypassed_input_is_as_loud_as_the_output() {
    let input = stereo_noise(10 * SECOND);
    for (mode, gain_db) in [(Mode::Live, -20.0), (Mode::Quality, -6.0)] {
        let mut plugin = isolating(mode, gain_db, Setup::default());
        plugin.set("match_loudness", 1.0);
        plugin.play(&part(&input, 0, 2 * SECOND), 512);
        let output = plugin.play(&part(&input, 2 * SECOND, 5 * SECOND), 512);
        plugin.set("bypass", 1.0);
        // Right after the fade of 30 ms, and from then on.
        plugin.play(&part(&input, 5 * SECOND, 5 * SECOND + SECOND / 20), 512);
        let bypassed = plugin.play(&part(&input, 5 * SECOND + SECOND / 20, 6 * SECOND), 512);
        let later = plugin.play(&part(&input, 6 * SECOND, 9 * SECOND), 512);
        let wanted = loudness_lufs(&output);
        let loudness_of_input = loudness_lufs(&part(&input, 0, 3 * SECOND));
        assert!(wanted < loudness_of_input - 5.0, "{wanted} LUFS is not soft");
        for (when, played) in [("at once", &bypassed), ("later", &later)] {
            let found = loudness_lufs(played);
            assert!((found - wanted).abs() < 0.5, "{mode} {when}: {found}, not {wanted} LUFS");
        }
        // It is the input, in time, at one gain for both channels.
        let latency = plugin.latency_samples();
        let dry = part(&input, 6 * SECOND - latency, 9 * SECOND - latency);
        let gain_db = wanted - loudness_of_input;
        for (x, y) in dry.iter().flatten().zip(later.iter().flatten()) {
            let off = y - x * 10f32.powf(gain_db as f32 / 20.0);
            assert!(off.abs() <= 0.06 * x.abs() + 1e-6, "{y} for {x}");
        }
        // What is selected now counts, not what was selected before.
        plugin.set("solo_1", 0.0);
        plugin.set("gain_1", plugin.value_of("gain_1", "0.0 dB").unwrap());
        plugin.play(&part(&input, 0, SECOND), 512);
        let whole = plugin.play(&part(&input, SECOND, 2 * SECOND), 512);
        assert!((loudness_lufs(&whole) - loudness_of_input).abs() < 0.5);
    }
}

#[test]
fn nothing_is_played_louder_than_the_input() {
    let input = stereo_noise(3 * SECOND);
    let mut plugin = learned(UNBRAID, Mode::Live, Setup::default());
    let twelve_db = plugin.value_of("gain_1", "12.0 dB").unwrap();
    for gain in ["gain_1", "gain_2", "rest_gain"] {
        plugin.set(gain, twelve_db);
    }
    plugin.set("match_loudness", 1.0);
    plugin.play(&input, 512);
    plugin.set("bypass", 1.0);
    let played = plugin.play(&input, 512);
    let latency = plugin.latency_samples();
    for (played, input) in played.iter().zip(&input) {
        assert_eq!(played[SECOND + latency..], input[SECOND..input.len() - latency]);
    }
}

#[test]
fn without_the_option_bypass_is_the_delayed_input() {
    let input = stereo_noise(2 * SECOND);
    for (matched_before, wet) in [(0.0, 1.0), (0.0, 0.4), (1.0, 1.0)] {
        let mut plugin = isolating(Mode::Live, -20.0, Setup::default());
        plugin.set("wet", wet);
        plugin.set("match_loudness", matched_before);
        plugin.play(&input, 512);
        plugin.set("bypass", 1.0);
        plugin.play(&part(&input, 0, SECOND), 512);
        plugin.set("match_loudness", 0.0);
        plugin.play(&part(&input, SECOND, 2 * SECOND), 512);
        let played = plugin.play(&input, 512);
        let latency = plugin.latency_samples();
        for (played, input) in played.iter().zip(&input) {
            assert_eq!(played[latency..], input[..input.len() - latency]);
        }
    }
}

/// What is not bypassed is the same to the bit, with or without the option.
#[test]
fn the_option_changes_only_bypass() {
    let input = stereo_noise(2 * SECOND);
    for wet in [1.0, 0.4] {
        let play = |matches: f64| {
            let mut plugin = isolating(Mode::Balanced, -20.0, Setup::default());
            plugin.set("wet", wet);
            plugin.set("match_loudness", matches);
            plugin.play(&input, 512)
        };
        assert!(play(0.0) == play(1.0), "wet {wet}");
    }
}

#[test]
fn blocks_and_offline_do_not_matter() {
    let input = stereo_noise(4 * SECOND);
    let changes = [
        (10, "match_loudness", 1.0),
        (60_001, "bypass", 1.0),
        (90_003, "mute_2", 1.0),
        (100_007, "bypass", 0.0),
        (110_000, "wet", 0.7),
        (130_009, "bypass", 1.0),
        (150_011, "match_loudness", 0.0),
    ];
    let mut outputs = Vec::new();
    for (offline, seed) in [(false, 0), (false, 1), (true, 2), (false, 3)] {
        let mut plugin = isolating(Mode::Live, -12.0, Setup { offline, ..Setup::default() });
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let mut block = || match seed {
            0 => 512,
            3 => 1,
            _ => random.random_range(1..=4096),
        };
        let mut output = vec![Vec::new(); 2];
        let mut done = 0;
        for (at, change) in
            changes.iter().map(|change| (change.0, Some(change))).chain([(input[0].len(), None)])
        {
            for (output, x) in
                output.iter_mut().zip(plugin.play_in(&part(&input, done, at), &mut block))
            {
                output.extend(x);
            }
            if let Some((_, id, value)) = change {
                plugin.set(id, *value);
            }
            done = at;
        }
        outputs.push(output);
    }
    for other in &outputs[1..] {
        assert!(outputs[0] == *other);
    }
}

#[test]
fn switching_at_equal_loudness_does_not_click() {
    let tone = |i: usize| (i as f32 * 0.02).sin() * 0.5;
    let input = vec![(0..4 * SECOND).map(tone).collect::<Vec<f32>>(); 2];
    let steepest = |x: &[f32]| x.windows(2).fold(0.0f32, |most, w| most.max((w[1] - w[0]).abs()));
    let mut plugin = isolating(Mode::Live, -6.0, Setup::default());
    let mut heard = vec![];
    let changes = [
        ("match_loudness", 1.0),
        ("bypass", 1.0),
        ("match_loudness", 0.0),
        ("match_loudness", 1.0),
        ("bypass", 0.0),
        ("wet", 0.5),
        ("bypass", 1.0),
        ("bypass", 0.0),
    ];
    for (piece, (id, value)) in changes.into_iter().enumerate() {
        plugin.set(id, value);
        let length = input[0].len() / changes.len();
        heard.extend(
            plugin.play(&part(&input, piece * length, (piece + 1) * length), 333).remove(0),
        );
    }
    let steep = steepest(&heard[8192..]);
    assert!(steep < steepest(&input[0]) * 2.0, "{steep}");
}

/// Hosts may know parameters by their position, so that new ones come last, in this order.
#[test]
fn newer_parameters_come_after_older_ones() {
    for id in [UNBRAID, UNBRAID_MULTI] {
        let plugin = Instance::new(id, Setup::default());
        let ids: Vec<u32> = plugin.params().iter().map(|param| param.0).collect();
        let at = |id: &str| ids.iter().position(|other| *other == param_id(id)).unwrap();
        let newest = ["rest_bus", "match_loudness", "pan_1", "rest_width", "midi_notes"];
        assert!(newest.map(at).is_sorted());
        assert_eq!(at("midi_notes"), ids.len() - 1);
        assert_eq!(at("match_loudness"), at("rest_bus") + 1);
        assert_eq!(plugin.value("match_loudness"), 0.0);
    }
}
