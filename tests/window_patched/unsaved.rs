//! The host learns that there is something to save.

use std::time::{Duration, Instant};

use super::host::frames::Frames;
use super::host::xvfb::Xvfb;
use super::host::{Instance, Setup, UNBRAID};

/// Plays silence until the host has been told, for at most two minutes.
fn is_told(plugin: &mut Instance) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(120) {
        plugin.play(&vec![vec![0.0; 512]; 2], 512);
        if plugin.take_marked_dirty() > 0 {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_recording_is_something_to_save() {
    let (_server, screen) = Xvfb::start();
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    let window = plugin.open_window(&screen);
    Frames::of(&window).settle();
    plugin.play(&vec![vec![0.0; 4096]; 2], 512);
    assert_eq!(plugin.take_marked_dirty(), 0, "nothing has been done yet");
    let noise = |seed: u32| -> Vec<f32> {
        let next = |n: u32| (n.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32;
        (0..44_100).map(|n| next(n) / 16_777_216.0 - 0.5).collect()
    };
    plugin.set("capture", 1.0);
    plugin.play(&[noise(1), noise(7)], 512);
    plugin.set("capture", 0.0);
    assert!(is_told(&mut plugin));
    // Loading what was saved is not news.
    let saved = plugin.save();
    assert!(plugin.load(&saved));
    plugin.play(&vec![vec![0.0; 4096]; 2], 512);
    Frames::of(&window).settle();
    plugin.play(&vec![vec![0.0; 4096]; 2], 512);
    assert_eq!(plugin.take_marked_dirty(), 0);
}
