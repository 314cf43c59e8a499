//! Keys that the window does not use go to the host, once, and no modifier stays pressed.

use x11rb::protocol::xproto::{KEY_PRESS_EVENT, KeyPressEvent};

use super::host::frames::Frames;
use super::host::window::Window;
use super::host::xvfb::Xvfb;
use super::host::{Instance, Setup, UNBRAID};
use super::{NAME, NOWHERE, eventually, name};

/// The key symbol of F1.
const F1: &str = "\u{ffbe}";

/// A window with the keyboard where it was clicked.
fn click(window: &Window, frames: &Frames, [x, y]: [i16; 2]) {
    window.click(x, y);
    frames.settle();
}

/// Types into the window; returns the events that reach the host, of which `expected` are
/// waited for.
fn host_gets(window: &Window, frames: &Frames, text: &str, expected: usize) -> Vec<KeyPressEvent> {
    window.keys_of_the_host();
    window.type_text(text);
    let mut keys = Vec::new();
    eventually(|| {
        keys.extend(window.keys_of_the_host());
        keys.len() >= expected
    });
    frames.settle();
    keys.extend(window.keys_of_the_host());
    assert_eq!(keys.len(), expected, "events of {text:?}");
    keys
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn keys_without_a_use_go_to_the_host_and_do_not_come_back() {
    let (_server, screen) = Xvfb::start();
    let plugin = Instance::new(UNBRAID, Setup::default());
    let window = plugin.open_window(&screen);
    let frames = Frames::of(&window);
    click(&window, &frames, NOWHERE);
    // A press and a release of each.
    let keys = host_gets(&window, &frames, " q", 4);
    let press = keys.iter().find(|key| key.response_type & 0x7f == KEY_PRESS_EVENT).unwrap();
    // Opens and closes the help.
    host_gets(&window, &frames, F1, 0);
    host_gets(&window, &frames, F1, 0);

    click(&window, &frames, NAME);
    window.select_all();
    host_gets(&window, &frames, "viola", 0);
    // The host has no use for those keys either, and returns them when a text field has the
    // keyboard.
    keys.iter().for_each(|key| window.pass_on(*key));
    // A key of its own is typed, however.
    let own = KeyPressEvent { time: press.time + 60_000, ..*press };
    window.pass_on(KeyPressEvent { detail: window.key_codes("s")[0], ..own });
    window.type_text("\n");
    assert!(eventually(|| name(&plugin).contains("viola")));
    assert_eq!(name(&plugin), "violas", "a key came back, or another was lost");
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_modifier_released_elsewhere_is_released() {
    let (_server, screen) = Xvfb::start();
    let plugin = Instance::new(UNBRAID, Setup::default());
    let window = plugin.open_window(&screen);
    let frames = Frames::of(&window);
    click(&window, &frames, NAME);
    window.press_control();
    window.focus_another();
    window.release_control();
    window.focus();
    click(&window, &frames, NAME);
    window.type_text("viola\n");
    frames.settle();
    assert!(eventually(|| name(&plugin).contains("viola")), "it is called {:?}", name(&plugin));
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn shortcuts_and_the_help_have_their_keys() {
    let (_server, screen) = Xvfb::start();
    let plugin = Instance::new(UNBRAID, Setup::default());
    let window = plugin.open_window(&screen);
    let frames = Frames::of(&window);
    let rename = |to: &str| {
        click(&window, &frames, NAME);
        window.select_all();
        window.type_text(to);
        frames.settle();
    };
    let is = |expected: &str| eventually(|| name(&plugin) == expected);
    let before = name(&plugin);
    rename("viola\n");
    assert!(is("viola"));
    window.press_control();
    window.type_text("z");
    assert!(is(&before), "Ctrl + Z: it is called {:?}", name(&plugin));
    window.type_shifted("z");
    assert!(is("viola"), "Ctrl + Shift + Z: it is called {:?}", name(&plugin));
    window.release_control();

    // The help covers the window.
    window.type_text(F1);
    frames.settle();
    rename("bass\n");
    assert_eq!(name(&plugin), "viola", "F1 does not open the help");
    // The last Enter may have closed it.
    window.press_escape();
    frames.settle();
    rename("bass\n");
    assert!(is("bass"));
}
