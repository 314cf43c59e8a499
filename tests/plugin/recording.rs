//! Recordings contain what is played, sample for sample.

use crate::host::{Instance, PATIENCE, Setup, UNBRAID};
use crate::steps::{both, clips, record};
use crate::support::noise;

fn samples_of(clip: &serde_json::Value) -> usize {
    clip["samples"].as_u64().unwrap() as usize
}

#[test]
fn silence_around_a_clip_is_dropped() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    let silence = vec![0.0; 5000];
    // Of 16 bits, which are kept as they are.
    let sound: Vec<f32> =
        noise(70_000, 1).iter().map(|x| (x * 32_768.0).round() / 32_768.0).collect();
    record(&mut plugin, 1, &both(&[&silence[..], &sound, &silence].concat()));
    let clip = &clips(&plugin, 1)[0];
    // Noise may begin with a quiet sample.
    assert!((69_900..=70_000).contains(&samples_of(clip)));
    let packed = clip["flac"].as_str().unwrap();
    let flac = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, packed);
    let file = tempfile::Builder::new().suffix(".flac").tempfile().unwrap();
    std::fs::write(file.path(), flac.unwrap()).unwrap();
    // The last block is filled with zeros.
    let back = unbraid::audio::read(file.path()).unwrap().channels[0][..samples_of(clip)].to_vec();
    assert!(sound.windows(back.len()).any(|window| window == back));
}

#[test]
fn recordings_remember_where_in_the_song_they_were_made() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    (plugin.rolling, plugin.song_position) = (true, Some(1_000_000));
    plugin.set("capture_to", 1.0);
    plugin.set("capture", 1.0);
    // Silence that is dropped, and a sound that begins at once.
    let sound = [&vec![0.0; 5000][..], &vec![0.5; 20_000]].concat();
    plugin.play(&both(&sound), 480);
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| !clips(plugin, 1).is_empty());
    let position = |plugin: &Instance| clips(plugin, 1)[0]["song_position"].as_i64();
    assert_eq!(position(&plugin), Some(1_005_000));
    let other = Instance::new(UNBRAID, Setup::default());
    assert!(other.load(&plugin.save()));
    assert_eq!(position(&other), Some(1_005_000));
    plugin.rolling = false;
    record(&mut plugin, 2, &both(&noise(20_000, 1)));
    assert!(clips(&plugin, 2)[0].get("song_position").is_none(), "the song stands still");
}

#[test]
fn clips_are_appended_replaced_and_cleared() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    for seed in 0..3 {
        record(&mut plugin, 4, &both(&noise(20_000, seed)));
    }
    assert_eq!(clips(&plugin, 4).len(), 3);
    plugin.set("capture_how", 1.0);
    plugin.set("capture_to", 4.0);
    plugin.set("capture", 1.0);
    plugin.play(&both(&noise(10_000, 9)), 100);
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| clips(plugin, 4).len() == 1);
    plugin.press("capture_clear");
    plugin.play_until(|plugin| clips(plugin, 4).is_empty());
}

#[test]
fn recordings_in_quick_succession_are_kept_apart() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    for slot in 1..=8 {
        plugin.set("capture_to", slot as f64);
        plugin.set("capture", 1.0);
        plugin.play(&both(&noise(4000 + 1000 * slot, slot as u64)), 64);
        plugin.set("capture", 0.0);
        plugin.play(&both(&[0.0]), 1);
    }
    plugin.play_until(|plugin| !clips(plugin, 8).is_empty());
    for slot in 1..=8 {
        let samples = samples_of(&clips(&plugin, slot)[0]);
        assert!((3950 + 1000 * slot..=4000 + 1000 * slot).contains(&samples), "{slot}: {samples}");
    }
}

#[test]
fn nothing_of_a_mono_recording_is_in_a_later_stereo_one() {
    let mono = Setup { channels: 1, ..Setup::default() };
    let mut plugin = Instance::new(UNBRAID, mono);
    record(&mut plugin, 1, &[noise(20_000, 1)]);
    plugin.set_up(Setup::default());
    record(&mut plugin, 2, &both(&noise(20_000, 2)));
    assert_eq!(clips(&plugin, 2)[0]["twice"], true, "both channels are the same sound");
}

#[test]
fn the_side_chain_is_recorded() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    plugin.side_chain = both(&noise(50_000, 5));
    plugin.set("capture_from", 1.0);
    record(&mut plugin, 1, &both(&vec![0.0; 50_000]));
    assert!(samples_of(&clips(&plugin, 1)[0]) > 49_900);
}

#[test]
fn the_transport_can_start_and_stop_a_recording() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    plugin.set("capture_playing", 1.0);
    plugin.set("capture_to", 1.0);
    plugin.set("capture", 1.0);
    for (rolling, samples) in [(false, 30_000), (true, 20_000), (false, 10_000)] {
        plugin.rolling = rolling;
        plugin.play(&both(&noise(samples, 2)), 128);
    }
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| !clips(plugin, 1).is_empty());
    assert!((19_900..=20_000).contains(&samples_of(&clips(&plugin, 1)[0])));
}

#[test]
fn a_recording_ends_after_five_minutes() {
    let setup = Setup { sample_rate_hz: 8000, channels: 1, ..Setup::default() };
    let mut plugin = Instance::new(UNBRAID, setup);
    plugin.set("capture_to", 1.0);
    plugin.set("capture", 1.0);
    plugin.play(&[noise(8000 * 310, 7)], 4096);
    plugin.play_until(|plugin| !clips(plugin, 1).is_empty());
    assert!((8000 * 300 - 100..=8000 * 300).contains(&samples_of(&clips(&plugin, 1)[0])));
}

#[test]
fn a_change_of_the_sample_rate_keeps_what_was_recorded() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    plugin.set("capture_to", 1.0);
    plugin.set("capture", 1.0);
    plugin.play(&both(&noise(30_000, 1)), 512);
    plugin.set_up(Setup { sample_rate_hz: 48_000, ..plugin.setup });
    plugin.play_until(|plugin| !clips(plugin, 1).is_empty());
    let clip = &clips(&plugin, 1)[0];
    assert_eq!(clip["sample_rate_hz"], 44_100);
    assert!(samples_of(clip) > 29_900);
}

/// The host stops the plugin's processing before the plugin learns that Record was switched off.
#[test]
fn a_recording_ends_with_the_host_s_processing() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    plugin.set("capture_to", 1.0);
    plugin.set("capture", 1.0);
    plugin.play(&both(&noise(30_000, 1)), 512);
    plugin.set("capture", 0.0);
    plugin.flush();
    plugin.deactivate();
    let began = std::time::Instant::now();
    while clips(&plugin, 1).is_empty() {
        assert!(began.elapsed() < PATIENCE, "it goes on");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!((29_900..=30_000).contains(&samples_of(&clips(&plugin, 1)[0])));
}

#[test]
fn a_recording_goes_on_when_the_host_starts_the_plugin_again() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    plugin.set("capture_to", 1.0);
    plugin.set("capture", 1.0);
    plugin.play(&both(&noise(30_000, 1)), 512);
    plugin.set_up(plugin.setup);
    plugin.play(&both(&noise(30_000, 1)), 512);
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| !clips(plugin, 1).is_empty());
    assert!((59_900..=60_000).contains(&samples_of(&clips(&plugin, 1)[0])));
}

/// Record, then Play, as on a tape machine.
#[test]
fn a_recording_that_began_before_the_song_knows_where_it_is() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    plugin.set("capture_to", 1.0);
    plugin.set("capture", 1.0);
    plugin.play(&both(&vec![0.0; 7_000]), 480);
    (plugin.rolling, plugin.song_position) = (true, Some(1_000_000));
    plugin.play(&both(&[&vec![0.0; 5_000][..], &vec![0.5; 20_000]].concat()), 480);
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| !clips(plugin, 1).is_empty());
    assert_eq!(clips(&plugin, 1)[0]["song_position"].as_i64(), Some(1_005_000));
}

/// The worker learns during all of it.
#[test]
fn a_recording_that_ends_during_learning_survives_changes_of_the_sample_rate() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1, &both(&noise(44_100 * 12, 1)));
    plugin.set("iterations", 1000.0);
    plugin.set("components", 128.0);
    plugin.press("learn");
    let began = std::time::Instant::now();
    for (place, sample_rate_hz) in
        [48_000, 44_100, 96_000, 88_200, 48_000, 32_000].into_iter().enumerate()
    {
        plugin.set("capture_to", (place + 2) as f64);
        plugin.set("capture", 1.0);
        plugin.play(&both(&noise(30_000, place as u64)), 512);
        plugin.set_up(Setup { sample_rate_hz, ..plugin.setup });
        plugin.set("capture", 0.0);
        plugin.play(&both(&[0.0; 64]), 64);
        std::thread::sleep(std::time::Duration::from_millis(400));
    }
    plugin.play_until(|plugin| (2..=7).all(|slot| clips(plugin, slot).len() == 1));
    assert!(began.elapsed() > std::time::Duration::from_secs(2));
    assert!(plugin.saved_project()["dictionary"].is_null(), "still learning");
    for (slot, rate) in (2..).zip([44_100, 48_000, 44_100, 96_000, 88_200, 48_000]) {
        let clip = &clips(&plugin, slot)[0];
        assert_eq!(clip["sample_rate_hz"], rate);
        assert!((29_900..=30_000).contains(&samples_of(clip)), "{}", samples_of(clip));
    }
    plugin.press("cancel");
}
