//! The real window in a host on a virtual screen: opened and closed many times, two at once,
//! resized while it plays, closed while it learns.
#![cfg(all(feature = "plugin", target_os = "linux"))]

mod host;

use std::path::PathBuf;
use std::time::Duration;

use host::guard::{self, Guarded};
use host::xvfb::Xvfb;
use host::{Instance, Setup, UNBRAID};

#[global_allocator]
static ALLOCATOR: Guarded = Guarded;

fn violin() -> Vec<f32> {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "assets/demo/train/violin.flac"].iter().collect();
    unbraid::audio::read(&path).unwrap().mono()
}

fn both(mono: &[f32]) -> Vec<Vec<f32>> {
    vec![mono.to_vec(); 2]
}

/// Memory of this process, in MB.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Every window has its own thread, and glibc gives each thread memory that it keeps for
/// later ones: the amount left behind would depend on the assignment of threads.
fn one_arena() {
    #[cfg(target_env = "gnu")]
    // SAFETY: takes two numbers, before there are other threads.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// Learns a source and a rest, so that nothing is left to adapt.
fn learn(plugin: &mut Instance, sound: &[f32]) {
    for (slot, from) in [(1.0, 0), (0.0, sound.len() / 2)] {
        plugin.set("capture_to", slot);
        plugin.set("capture", 1.0);
        plugin.play(&both(&sound[from..from + sound.len() / 2]), 512);
        plugin.set("capture", 0.0);
        plugin.play_until(|plugin| {
            let project = plugin.saved_project();
            let clips =
                if slot == 0.0 { &project["mixture"] } else { &project["slots"][0]["clips"] };
            !clips.as_array().unwrap().is_empty()
        });
    }
    plugin.press("learn");
    plugin.play_until(|plugin| !plugin.saved_project()["dictionary"].is_null());
}

fn pause() {
    std::thread::sleep(Duration::from_millis(60));
}

#[test]
fn the_window_comes_and_goes_and_the_sound_does_not_notice() {
    one_arena();
    let (_server, screen) = Xvfb::start();
    let sound = violin();
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    learn(&mut plugin, &sound);
    let state = plugin.save();
    let mut bare = Instance::new(UNBRAID, Setup::default());
    assert!(bare.load(&state));
    let mut seen = Instance::new(UNBRAID, Setup::default());
    assert!(seen.load(&state));
    let compare = |seen: &mut Instance, bare: &mut Instance, from: usize, samples: usize| {
        let block = both(&sound[from..from + samples]);
        assert_eq!(seen.play(&block, 512), bare.play(&block, 512), "at sample {from}");
    };

    // Open, close and open again.
    let mut memory_mb = 0.0;
    for turn in 0..100 {
        let window = seen.open_window(&screen);
        compare(&mut seen, &mut bare, turn * 2048, 1024);
        pause();
        compare(&mut seen, &mut bare, turn * 2048 + 1024, 1024);
        drop(window);
        // The first windows load the graphics library.
        if turn == 40 {
            memory_mb = resident_mb();
        }
    }
    let grown_mb = resident_mb() - memory_mb;
    assert!(grown_mb < 30.0, "60 openings leave {grown_mb:.0} MB behind");

    // Resized while it plays, with another instance's window open.
    let mut window = seen.open_window(&screen);
    let other = plugin.open_window(&screen);
    for (turn, size) in [[900, 640], [1600, 1200], [820, 600], [1200, 900]].into_iter().enumerate()
    {
        window.resize(size);
        compare(&mut seen, &mut bare, turn * 8192, 8192);
        pause();
    }
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(window.plugin_size(), [1200, 900]);
    drop((window, other));
    assert_eq!(guard::violations(), 0, "the audio callback allocates while a window looks");

    // The size is saved in the project.
    let mut again = Instance::new(UNBRAID, Setup::default());
    assert!(again.load(&seen.save()));
    let window = again.open_window(&screen);
    assert_eq!(window.size, [1200, 900]);

    // Closed while it learns.
    again.press("learn");
    drop(window);
    again.play(&both(&sound[..4096]), 512);
    drop(again);
}
