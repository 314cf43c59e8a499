//! A button that is released elsewhere counts as released.

use windows::Win32::UI::Input::KeyboardAndMouse::{GetCapture, ReleaseCapture, SetCapture};
use windows::Win32::UI::WindowsAndMessaging::{WM_LBUTTONDOWN, WM_MOUSEMOVE};

use super::drag_out::record;
use super::host::win32::Parent;
use super::host::{Instance, Setup, UNBRAID};

/// The knob of Dry/wet once something is learned, and two places to its left.
const KNOB: [i16; 2] = [1060, 539];
const LEFT: [i16; 2] = [1030, 539];
const FURTHER: [i16; 2] = [1000, 539];

/// What the window has set.
fn wet(plugin: &mut Instance) -> f64 {
    plugin.play(&[vec![0.0; 64], vec![0.0; 64]], 64);
    plugin.value("wet")
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_button_counts_as_released_when_another_window_takes_the_pointer() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin);
    plugin.press("learn");
    plugin.play_until(|plugin| !plugin.saved_project()["dictionary"].is_null());
    let window = plugin.open_in(Parent::Host, None);
    window.mouse(WM_MOUSEMOVE, KNOB);
    window.mouse(WM_LBUTTONDOWN, KNOB);
    window.mouse(WM_MOUSEMOVE, LEFT);
    let moved = wet(&mut plugin);
    assert!(moved < 1.0, "the fader does not follow the pointer");
    // SAFETY: a window of this thread, as both windows are.
    unsafe { SetCapture(window.host) };
    window.settle();
    window.mouse(WM_MOUSEMOVE, FURTHER);
    assert_eq!(wet(&mut plugin), moved, "the fader follows a pointer without a button");
    // SAFETY: only asks, and releases what was taken above.
    unsafe {
        assert_eq!(GetCapture(), window.host, "the window takes it back");
        ReleaseCapture().unwrap();
    }
}
