//! The window is drawn completely, whenever a host shows it, on any screen, and as often as
//! the screen is refreshed.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::eventually;
use super::host::frames::Frames;
use super::host::window::Window;
use super::host::xvfb::Xvfb;
use super::host::{Instance, PATIENCE, Setup, UNBRAID};

/// A window with text has at least this many colours.
const COLORS: usize = 50;

fn is_drawn(window: &Window) -> bool {
    let colors = || window.picture().rgb.chunks(3).collect::<HashSet<_>>().len();
    eventually(|| colors() >= COLORS)
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_window_is_drawn_whenever_and_wherever_it_is_shown() {
    let (_server, screen) = Xvfb::start();
    let plugin = Instance::new(UNBRAID, Setup::default());
    for late_ms in [0, 20, 300] {
        let window = plugin.open_window_with(&screen, None, Duration::from_millis(late_ms));
        assert!(is_drawn(&window), "empty when shown after {late_ms} ms");
        window.hide(Duration::from_millis(100));
        assert!(is_drawn(&window), "empty after it was hidden");
    }
    // With more pixels per point, it has the same size in points: both as reported by the
    // host and by the desktop.
    for scale in [Some(1.5), None] {
        if scale.is_none() {
            screen.set_dpi(144);
        }
        let plugin = Instance::new(UNBRAID, Setup::default());
        let window = plugin.open_window_with(&screen, scale, Duration::ZERO);
        assert_eq!(window.size, [1620, 1035]);
        assert!(is_drawn(&window));
        let last = window.column(1619, 60, 1000);
        let black = last.chunks(4).all(|pixel| pixel[..3] == [0; 3]);
        assert!(!black, "it does not reach its right edge");
    }
}

/// Both halves count refreshes of the screen, not time: on a slow machine they only take more
/// attempts.
#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_window_is_drawn_at_every_refresh_of_the_screen() {
    let (_server, screen) = Xvfb::start();
    let plugin = Instance::new(UNBRAID, Setup::default());
    let mut window = plugin.open_window(&screen);
    // Quick to draw.
    window.resize([820, 600]);
    assert!(is_drawn(&window));
    let frames = Frames::of(&window);
    frames.settle();

    let start = Instant::now();
    let mut last = frames.next();
    loop {
        let refresh = frames.next_in_motion();
        if refresh == last + 1 {
            break;
        }
        last = refresh;
        assert!(start.elapsed() < PATIENCE, "no two refreshes in succession are drawn");
    }

    // A frame that takes longer than a refresh, as the server is busy: the next notification
    // does not wait for yet another refresh.
    let start = Instant::now();
    loop {
        frames.next_in_motion();
        frames.grab();
        let busy = frames.refresh();
        // So that no earlier notification is still due.
        while frames.refresh() < busy + 4 {
            frames.move_pointer();
        }
        let refresh = frames.refresh();
        frames.ungrab();
        if frames.next() == refresh {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "the window waits for a refresh after a late frame");
    }
}
