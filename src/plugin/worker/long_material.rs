//! Sixteen instruments of five minutes each, learned by the plugin's worker. It takes minutes and
//! a gigabyte, and only measures:
//! `cargo xtask test --lib -- --ignored --nocapture long_material`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Worker;
use crate::audio::{self, AudioBuffer};
use crate::plugin::audio_thread::engine::ProcessSetup;
use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::hub::Hub;
use crate::plugin::params::PluginParams;
use crate::plugin::project::clip::Clip;

const INSTRUMENTS: usize = 16;
const SAMPLES: usize = 300 * 44_100;

/// A demo clip over and over, at another speed for each instrument.
fn clip(instrument: usize) -> Arc<Clip> {
    let name = ["violin", "piano", "bass", "drums"][instrument % 4];
    let path = format!("{}/assets/demo/train/{name}.flac", env!("CARGO_MANIFEST_DIR"));
    let speed_hz = 40_000 + 500 * instrument as u32;
    let clip = audio::resample(&[audio::read(path).unwrap().mono()], 44_100, speed_hz).remove(0);
    let channels = vec![clip.iter().copied().cycle().take(SAMPLES).collect()];
    Arc::new(AudioBuffer { channels, sample_rate_hz: 44_100 }.into())
}

/// A value of the process's status, in MB.
fn status_mb(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
#[ignore = "a measurement"]
fn long_material() {
    let hub = Hub::new();
    hub.status.set_host(44_100, 2);
    hub.engines.set_setup(Some(ProcessSetup { sample_rate_hz: 44_100, channels: 2, buses: 1 }));
    let params = Arc::new(PluginParams::new(&hub));
    let worker = Worker::start(hub.clone(), params).unwrap();
    let learn = |what: &str, count: usize| {
        for place in 0..count {
            hub.project.edit(|project| {
                let instrument = &mut project.instruments[place];
                if instrument.clips.is_empty() {
                    instrument.clips.push(clip(place));
                }
            });
        }
        // Forgets the peak so far.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let (began, before_mb) = (Instant::now(), status_mb("VmRSS:"));
        hub.triggers.press(Trigger::Learn);
        hub.worker.wake();
        while !hub.is_idle() || hub.project.get().has_unlearned_clips() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let peak_mb = status_mb("VmHWM:");
        println!(
            "{what}: {:.1} s, peak {peak_mb} MB, of which {before_mb} MB before",
            began.elapsed().as_secs_f64()
        );
    };
    learn("sixteen instruments", INSTRUMENTS);
    learn("one more", INSTRUMENTS + 1);
    drop(worker);
}
