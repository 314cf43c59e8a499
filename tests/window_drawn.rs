//! The real window is drawn completely, whenever a host shows it, on any screen; keys that it
//! does not use go to the host. All of this needs the patches to the framework.
#![cfg(all(feature = "plugin", target_os = "linux"))]

mod host;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use host::guard::Guarded;
use host::window::Window;
use host::xvfb::Xvfb;
use host::{Instance, Setup, UNBRAID};

#[global_allocator]
static ALLOCATOR: Guarded = Guarded;

/// A point on a picture, and the first instrument's name.
const NOWHERE: [i16; 2] = [540, 440];
const NAME: [i16; 2] = [90, 106];

/// A window with text has at least this many colours.
const COLORS: usize = 50;

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn colors(window: &Window) -> usize {
    window.picture().rgb.chunks(3).collect::<HashSet<_>>().len()
}

fn is_drawn(window: &Window) -> bool {
    let start = Instant::now();
    while colors(window) < COLORS {
        if start.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

/// Types into the window and asserts how many of the keys reach the host.
fn host_gets(keys: usize, window: &Window, at: [i16; 2], text: &str) {
    window.click(at[0], at[1]);
    // The clicked field has the keyboard from the next frame on.
    std::thread::sleep(Duration::from_secs(1));
    window.keys_of_the_host();
    window.type_text(text);
    let start = Instant::now();
    let mut came = 0;
    while came < keys && start.elapsed() < PATIENCE {
        came += window.keys_of_the_host();
    }
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(came + window.keys_of_the_host(), keys, "of {text:?}");
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_window_is_drawn_whenever_and_wherever_it_is_shown() {
    let Some((_server, screen)) = Xvfb::start() else { return };
    let plugin = Instance::new(UNBRAID, Setup::default());
    for late_ms in [0, 20, 300] {
        let window = plugin.open_window_with(&screen, None, Duration::from_millis(late_ms));
        assert!(is_drawn(&window), "empty when shown after {late_ms} ms");
        window.hide(Duration::from_millis(100));
        assert!(is_drawn(&window), "empty after it was hidden");
    }
    let window = plugin.open_window(&screen);
    assert!(is_drawn(&window));
    host_gets(2, &window, NOWHERE, " q");
    host_gets(0, &window, NAME, "viola");
    drop(window);
    // With more pixels per point, it has the same size in points: both as reported by the
    // host and by the desktop.
    for scale in [Some(1.5), None] {
        if scale.is_none() {
            screen.set_dpi(144);
        }
        let plugin = Instance::new(UNBRAID, Setup::default());
        let window = plugin.open_window_with(&screen, scale, Duration::ZERO);
        assert_eq!(window.size, [1620, 1140]);
        assert!(is_drawn(&window));
        let last = window.column(1619, 60, 1000);
        let black = last.chunks(4).all(|pixel| pixel[..3] == [0; 3]);
        assert!(!black, "it does not reach its right edge");
    }
}
