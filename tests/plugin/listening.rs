//! The output: the same samples with any blocks, live or offline, as the parameters require.

use rand::{RngExt, SeedableRng};
use unbraid::frames::Mode;

use crate::host::{Instance, Setup, UNBRAID, UNBRAID_MULTI};
use crate::steps::{load_dictionary, mode_value, peak_db, settle};
use crate::support::{noise, random_dictionary};

pub fn learned(id: &str, mode: Mode, setup: Setup) -> Instance {
    let mut plugin = Instance::inactive(id, setup);
    plugin.activate();
    plugin.set("mode", mode_value(mode));
    load_dictionary(&plugin, &random_dictionary(mode, 44_100, 2));
    plugin.set("mode", mode_value(mode));
    settle(&mut plugin);
    settle(&mut plugin);
    plugin.reset();
    plugin
}

pub fn stereo_noise(samples: usize) -> Vec<Vec<f32>> {
    vec![noise(samples, 1), noise(samples, 2)]
}

#[test]
fn blocks_offline_and_in_place_do_not_matter() {
    let input = stereo_noise(40_000);
    for mode in Mode::ALL {
        let mut outputs = Vec::new();
        for (offline, in_place, seed) in
            [(false, false, 0), (false, true, 1), (true, false, 2), (false, false, 3)]
        {
            let mut plugin = learned(UNBRAID_MULTI, mode, Setup { offline, ..Setup::default() });
            plugin.in_place = in_place;
            let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            let mut block = || match seed {
                0 => 512,
                3 => 1,
                _ => random.random_range(1..=4096),
            };
            // Automation is applied at samples, not at blocks.
            let mut heard = Vec::new();
            let mut done = 0;
            for (at, id, value) in
                [(7_001, "gain_1", 0.3), (20_003, "mute_2", 1.0), (30_001, "wet", 0.5)]
            {
                let piece: Vec<Vec<f32>> = input.iter().map(|x| x[done..at].to_vec()).collect();
                heard.push(plugin.play_in(&piece, &mut block));
                plugin.set(id, value);
                done = at;
            }
            let piece: Vec<Vec<f32>> = input.iter().map(|x| x[done..].to_vec()).collect();
            heard.push(plugin.play_in(&piece, &mut block));
            let joined: Vec<Vec<f32>> = (0..heard[0].len())
                .map(|c| heard.iter().flat_map(|piece| piece[c].iter().copied()).collect())
                .collect();
            outputs.push(joined);
        }
        for other in &outputs[1..] {
            assert!(outputs[0] == *other, "{mode}");
        }
    }
}

/// A bounce matches live playback: a passage sounds the same wherever playback started, if
/// there was silence before it.
#[test]
fn a_passage_does_not_depend_on_what_was_played_before() {
    let passage = stereo_noise(40_000);
    for mode in Mode::ALL {
        for start in [0, 100_003, -5_000] {
            let mut bounced = learned(UNBRAID_MULTI, mode, Setup::default());
            bounced.song_position = Some(start);
            let bounced = bounced.play(&passage, 4096);

            let mut heard = learned(UNBRAID_MULTI, mode, Setup::default());
            heard.song_position = Some(77);
            heard.play(&stereo_noise(23_456), 480);
            // When stopped, the host continues with silence for a while without advancing its
            // position.
            heard.rolling = false;
            heard.play(&vec![vec![0.0; 23_457]; 2], 100);
            heard.rolling = true;
            heard.song_position = Some(start);
            assert!(heard.play(&passage, 64) == bounced, "{mode}, from sample {start}");
        }
    }
}

#[test]
fn automation_inside_a_block_falls_on_its_sample() {
    let input = stereo_noise(20_000);
    let play = |block: usize| {
        let mut plugin =
            learned(UNBRAID, Mode::Live, Setup { max_block: 8192, ..Setup::default() });
        let mut output = vec![Vec::new(); 2];
        for (start, end) in [(0, 8000), (8000, 16_000), (16_000, 20_000)] {
            if block == 8000 && start == 8000 {
                plugin.set_at("solo_1", 1.0, 1234);
            }
            let mut done = start;
            while done < end {
                let take = block.min(end - done);
                if block != 8000 && done <= 9234 && 9234 < done + take {
                    plugin.set_at("solo_1", 1.0, (9234 - done) as u32);
                }
                let piece: Vec<Vec<f32>> =
                    input.iter().map(|x| x[done..done + take].to_vec()).collect();
                for (output, x) in output.iter_mut().zip(plugin.play(&piece, take)) {
                    output.extend(x);
                }
                done += take;
            }
        }
        output
    };
    assert!(play(8000) == play(64));
}

#[test]
fn what_is_played_is_what_the_parameters_say() {
    let input = stereo_noise(30_000);
    // CLAP values count from 0.
    let play_with = |settings: &[(&str, f64)]| {
        let mut plugin = learned(UNBRAID_MULTI, Mode::Balanced, Setup::default());
        settings.iter().for_each(|(id, value)| plugin.set(id, *value));
        // Before anything has been played, nothing has to glide.
        let played = plugin.play(&input, 512);
        (played, plugin.latency_samples())
    };
    let differs =
        |a: &[f32], b: &[f32]| peak_db(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>());
    let (mix, latency) = play_with(&[]);
    let strip = |s: usize| &mix[2 + 2 * s];
    let rest = strip(16);
    assert!(differs(&mix[0][latency..], &input[0]) < -120.0);
    let (source, _) = play_with(&[("heard", 1.0), ("source", 1.0)]);
    assert!(differs(&source[0], strip(1)) < -120.0);
    let (solo, _) = play_with(&[("solo_2", 1.0)]);
    assert!(differs(&solo[0], strip(1)) < -120.0);
    let (rest_alone, _) = play_with(&[("heard", 3.0)]);
    assert!(differs(&rest_alone[0], rest) < -120.0);
    let (delta, _) = play_with(&[("heard", 4.0), ("mute_1", 1.0)]);
    assert!(differs(&delta[0], strip(0)) < -120.0);
    // The components of a source sum to it.
    let (one, _) = play_with(&[("heard", 2.0), ("component", 0.0)]);
    let (two, _) = play_with(&[("heard", 2.0), ("component", 1.0)]);
    let sum: Vec<f32> = one[0].iter().zip(&two[0]).map(|(a, b)| a + b).collect();
    assert!(differs(&sum, strip(0)) < -110.0, "{}", differs(&sum, strip(0)));
    assert!(peak_db(&one[0]) > -40.0);
    let (half, _) =
        play_with(&[("wet", 0.5), ("mute_1", 1.0), ("mute_2", 1.0), ("rest_mute", 1.0)]);
    let halved: Vec<f32> = half[0][latency..].iter().map(|x| x * 2.0).collect();
    assert!(differs(&halved, &input[0]) < -120.0);
    let level = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>();
    let (strict, _) = play_with(&[("strength_2", 1.0)]);
    assert!(level(&strict[4]) < 0.5 * level(strip(1)));
    assert!(differs(&strict[0][latency..], &input[0]) < -120.0);
    // Pan and width change the mix, and not the strips' own outputs.
    let (left, _) = play_with(&[("solo_2", 1.0), ("pan_2", -1.0)]);
    assert!(differs(&left[0], strip(1)) < -120.0 && peak_db(&left[1]) < -150.0);
    assert!(differs(&left[4], strip(1)) < -120.0);
    let (mono, _) = play_with(&[("solo_2", 1.0), ("width_2", 0.0)]);
    let mean: Vec<f32> = mix[4].iter().zip(&mix[5]).map(|(l, r)| 0.5 * (l + r)).collect();
    assert!(differs(&mono[0], &mean) < -120.0 && differs(&mono[1], &mean) < -120.0);
    let (removed, _) = play_with(&[("heard", 4.0), ("pan_1", 1.0)]);
    assert!(differs(&removed[0], strip(0)) < -120.0 && peak_db(&removed[1]) < -120.0);
}

/// With one channel, there is nowhere to move a source to.
#[test]
fn pan_and_width_have_no_effect_in_mono() {
    let input = vec![noise(20_000, 1)];
    let play_with = |settings: &[(&str, f64)]| {
        let mut plugin = learned(UNBRAID, Mode::Live, Setup { channels: 1, ..Setup::default() });
        settings.iter().for_each(|(id, value)| plugin.set(id, *value));
        plugin.play(&input, 512)
    };
    assert!(play_with(&[("pan_1", 1.0), ("width_2", 0.0)]) == play_with(&[]));
}

#[test]
fn faults_in_the_input_are_survived() {
    let mut plugin = learned(UNBRAID, Mode::Quality, Setup::default());
    let mut input = stereo_noise(60_000);
    let clean = plugin.play(&input, 512);
    plugin.reset();
    input[0][10_000] = f32::NAN;
    input[1][10_100] = f32::INFINITY;
    input[0][10_200] = 1e38;
    for settings in [1.0, 0.5] {
        plugin.set("wet", settings);
        plugin.play(&vec![vec![0.0; 4096]; 2], 512);
        plugin.reset();
        let played = plugin.play(&input, 512);
        assert!(played.iter().flatten().all(|x| x.is_finite() && x.abs() < 10.0));
        if settings == 1.0 {
            // After the latency and a window, there is no trace of it.
            let after = 10_200 + 4096 + 8192;
            let off: Vec<f32> =
                played[0][after..].iter().zip(&clean[0][after..]).map(|(a, b)| a - b).collect();
            assert!(peak_db(&off) < -20.0, "{}", peak_db(&off));
        }
    }
}

#[test]
fn switching_does_not_click() {
    // A steady tone: any step is a click.
    let tone = |i: usize| (i as f32 * 0.02).sin() * 0.5;
    let input = vec![(0..120_000).map(tone).collect::<Vec<f32>>(); 2];
    let steepest = |x: &[f32]| x.windows(2).fold(0.0f32, |most, w| most.max((w[1] - w[0]).abs()));
    let mut plugin = learned(UNBRAID, Mode::Quality, Setup::default());
    let natural = steepest(&input[0]);
    let mut heard = vec![];
    let changes: [&[(&str, f64)]; 6] = [
        &[],
        &[("bypass", 1.0)],
        &[("bypass", 0.0), ("heard", 1.0)],
        &[("heard", 0.0), ("mute_1", 1.0)],
        &[("mute_1", 0.0), ("wet", 0.2)],
        &[("wet", 1.0)],
    ];
    for (piece, settings) in changes.iter().enumerate() {
        settings.iter().for_each(|(id, value)| plugin.set(id, *value));
        let part: Vec<Vec<f32>> =
            input.iter().map(|x| x[piece * 20_000..(piece + 1) * 20_000].to_vec()).collect();
        heard.extend(plugin.play(&part, 333).remove(0));
    }
    let steep = steepest(&heard[8192..]);
    assert!(steep < natural * 2.0, "{steep} where the tone has {natural}");
}
