//! The latency matches the reported one, in every mode and after a change of mode.

use unbraid::frames::{FrameSettings, Mode};

use crate::host::{Instance, Setup, UNBRAID};
use crate::steps::{both, demo, dictionary, learn, load_dictionary, mode_value, record};
use crate::support::{noise, random_dictionary};

/// Samples by which the output, which repeats the input, lags behind it.
fn measured_latency(plugin: &mut Instance) -> usize {
    plugin.reset();
    let input = vec![noise(30_000, 3); plugin.setup.channels];
    let played = plugin.play(&input, 500);
    let largest = played[0].len() - 1000;
    (0..largest)
        .find(|&delay| {
            let pairs = played[0][delay..].iter().zip(&input[0]).take(1000);
            pairs.clone().all(|(out, x)| (out - x).abs() < 1e-5)
        })
        .expect("the output repeats the input")
}

#[test]
fn reported_latency_is_measured() {
    for rate in [44_100, 48_000, 96_000] {
        let mut plugin = Instance::new(UNBRAID, Setup { sample_rate_hz: rate, ..Setup::default() });
        let dictionary = random_dictionary(Mode::Quality, 44_100, 2);
        for learned in [false, true] {
            if learned {
                load_dictionary(&plugin, &dictionary);
            }
            for mode in [Mode::Live, Mode::Quality, Mode::Balanced] {
                plugin.set("mode", mode_value(mode));
                let frames = FrameSettings::new(mode, rate);
                let spread = if mode == Mode::Quality { frames.hop } else { 0 };
                let expected = frames.latency_samples() + spread;
                plugin.play_until(|plugin| plugin.latency_samples() == expected);
                crate::steps::settle(&mut plugin);
                assert_eq!(measured_latency(&mut plugin), expected, "{mode} at {rate} Hz");
                assert_eq!(plugin.tail_samples(), expected);
                // Bypassed and dry have the same latency.
                for (id, value) in [("bypass", 1.0), ("wet", 0.0)] {
                    plugin.set(id, value);
                    crate::steps::settle(&mut plugin);
                    assert_eq!(measured_latency(&mut plugin), expected, "{id}");
                    plugin.set(id, 1.0 - value);
                    crate::steps::settle(&mut plugin);
                }
            }
        }
    }
}

#[test]
fn latency_is_announced_once_a_change() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    crate::steps::settle(&mut plugin);
    let before = plugin.latency_changes();
    plugin.set("mode", 2.0);
    plugin.play_until(|plugin| plugin.latency_samples() == 512);
    for _ in 0..5 {
        crate::steps::settle(&mut plugin);
    }
    assert_eq!(plugin.latency_changes(), before + 1);
}

/// The same samples, a hop later.
#[test]
fn even_load_costs_a_hop() {
    let input = vec![noise(30_000, 3), noise(30_000, 4)];
    for mode in [Mode::Quality, Mode::Live] {
        let frames = FrameSettings::new(mode, 44_100);
        let mut heard = Vec::new();
        for (even, text) in [(1.0, "always"), (2.0, "never")] {
            let mut plugin = Instance::new(UNBRAID, Setup::default());
            load_dictionary(&plugin, &random_dictionary(mode, 44_100, 2));
            plugin.set("heard", 1.0);
            plugin.set("mode", mode_value(mode));
            plugin.set("even_load", even);
            assert_eq!(plugin.text("even_load", even), text);
            let latency = frames.latency_samples() + if even == 1.0 { frames.hop } else { 0 };
            plugin.play_until(|plugin| plugin.latency_samples() == latency);
            crate::steps::settle(&mut plugin);
            plugin.reset();
            let played = plugin.play(&input, 64);
            heard.push(played.iter().map(|x| x[latency..20_000 + latency].to_vec()).collect());
        }
        let [even, at_once]: [Vec<Vec<f32>>; 2] = heard.try_into().unwrap();
        assert!(even == at_once, "{mode}");
        assert!(even[0].iter().any(|x| x.abs() > 0.01));
    }
}

#[test]
fn a_mode_change_learns_again_from_the_clips() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1, &both(&demo("train", "bass")));
    record(&mut plugin, 2, &both(&demo("train", "drums")));
    learn(&mut plugin);
    assert_eq!(dictionary(&plugin).frames.mode, Mode::Quality);
    plugin.set("mode", mode_value(Mode::Live));
    plugin.play_until(|plugin| plugin.latency_samples() == 512);
    let learned = dictionary(&plugin);
    assert_eq!(learned.frames, FrameSettings::new(Mode::Live, 44_100));
    assert_eq!(learned.components(), 64);
}

#[test]
fn without_clips_a_dictionary_is_remapped_and_comes_back() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    let dictionary_before = random_dictionary(Mode::Quality, 44_100, 2);
    load_dictionary(&plugin, &dictionary_before);
    plugin.set("mode", mode_value(Mode::Live));
    plugin.play_until(|plugin| plugin.latency_samples() == 512);
    for rate in [96_000, 44_100] {
        plugin.set_up(Setup { sample_rate_hz: rate, ..plugin.setup });
    }
    plugin.set_up(Setup { channels: 1, ..plugin.setup });
    plugin.set("mode", mode_value(Mode::Quality));
    plugin.play_until(|plugin| plugin.latency_samples() == 4096 + 1024);
    // Nothing was lost on the way.
    assert_eq!(dictionary(&plugin), dictionary_before);
}
