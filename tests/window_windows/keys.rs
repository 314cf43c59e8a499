//! Keys that the window does not use go to the host, once; all others stay.

use windows::Win32::Foundation::{LPARAM, WPARAM};
use windows::Win32::UI::Input::KeyboardAndMouse::{
    VIRTUAL_KEY, VK_APPS, VK_CONTROL, VK_ESCAPE, VK_F1, VK_F10, VK_RETURN, VK_SHIFT, VK_SPACE,
    VK_TAB,
};
use windows::Win32::UI::WindowsAndMessaging::{
    WM_CHAR, WM_KEYDOWN, WM_KEYUP, WM_SYSKEYDOWN, WM_SYSKEYUP,
};

use super::host::win32::{
    KeyMessage, Parent, Window, eventually, focus, host_window, keys_of_the_host, post, press,
    release, remove, send, settle, settle_unless, type_text,
};
use super::host::{Instance, Setup, UNBRAID};
use super::{NAME, NOWHERE, name};

const A: VIRTUAL_KEY = VIRTUAL_KEY(b'A' as u16);
const Z: VIRTUAL_KEY = VIRTUAL_KEY(b'Z' as u16);

/// Types, and returns the kinds of messages and the keys that reach the host.
fn host_gets(typing: impl FnOnce()) -> Vec<KeyMessage> {
    settle();
    keys_of_the_host();
    typing();
    settle();
    keys_of_the_host()
}

fn in_short(keys: &[KeyMessage]) -> Vec<(u32, char)> {
    keys.iter().map(|key| (key.message, char::from(key.key.0 as u8))).collect()
}

fn tap(key: VIRTUAL_KEY) {
    press(key);
    release(key);
}

fn with_control(key: VIRTUAL_KEY) {
    press(VK_CONTROL);
    tap(key);
    release(VK_CONTROL);
}

fn open(plugin: &Instance) -> Window {
    let window = plugin.open_in(Parent::Host, None);
    window.click(NOWHERE);
    window
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn keys_without_a_use_go_to_the_host_and_do_not_come_back() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    let window = open(&plugin);
    let keys = host_gets(|| type_text(" q"));
    let press_and_release = |key, letter| [(WM_KEYDOWN, key), (WM_CHAR, letter), (WM_KEYUP, key)];
    let expected = [press_and_release(' ', ' '), press_and_release('Q', 'q')].concat();
    assert_eq!(in_short(&keys), expected);
    assert!(keys.iter().all(|key| key.window == window.host));
    let for_the_window = || {
        tap(VK_F1);
        tap(VK_F1);
        with_control(Z);
    };
    assert_eq!(host_gets(for_the_window), []);

    window.click(NAME);
    let typed = || {
        with_control(A);
        type_text("viola");
    };
    assert_eq!(host_gets(typed), []);
    // The host has no use for those keys either, and returns them when a text field has the
    // keyboard.
    let child = window.child().unwrap();
    for key in keys.iter().filter(|key| key.message != WM_CHAR) {
        post(child, key.message, key.key, key.details);
    }
    // A key of its own is typed, however.
    post(child, WM_KEYDOWN, WPARAM(b'S'.into()), LPARAM(0x001f_0001));
    settle();
    tap(VK_RETURN);
    assert!(eventually(|| name(&plugin).contains("viola")), "it is called {}", name(&plugin));
    assert_eq!(name(&plugin), "violas", "a key came back, or another was lost");
}

/// A host that sends every key back at once does not keep the key travelling.
#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_key_that_is_sent_back_does_not_go_around() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    let window = open(&plugin);
    let child = window.child().unwrap();
    let mut seen = Vec::new();
    let mut type_and_return = |text: &str, directly: bool| {
        keys_of_the_host();
        type_text(text);
        settle_unless(|_| {
            for key in keys_of_the_host() {
                seen.push(key.message);
                if key.message != WM_CHAR {
                    let give = if directly { send } else { post };
                    give(child, key.message, key.key, key.details);
                }
            }
            false
        });
    };
    type_and_return("q", false);
    type_and_return("q", true);
    type_and_return("q", false);
    assert_eq!(seen, [WM_KEYDOWN, WM_CHAR, WM_KEYUP].repeat(3));
}

/// What the host's message loop takes does not reach its window as well, and comes again.
#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn the_message_loop_of_the_host_has_the_first_choice() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    let _window = open(&plugin);
    let mut taken = 0;
    for times in 1..=2 {
        let rest = host_gets(|| {
            type_text(" ");
            settle_unless(|message| {
                let takes = message.message == WM_KEYDOWN && message.wParam.0 == 0x20;
                taken += u32::from(takes);
                takes
            });
        });
        assert_eq!(rest, [], "the host gets a key twice");
        assert_eq!(taken, times);
    }
    // Without such a loop it does again.
    assert_eq!(host_gets(|| tap(VK_SPACE)).len(), 3);
}

/// Keys with Alt are messages of their own.
#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn keys_with_alt_go_to_the_host() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    let window = open(&plugin);
    let child = window.child().unwrap();
    // Alt is down, says bit 29. (A real Alt would let the system open a menu.)
    let details = LPARAM(0x2010_0001);
    let keys = host_gets(|| {
        post(child, WM_SYSKEYDOWN, WPARAM(b'Q'.into()), details);
        settle();
        post(child, WM_SYSKEYUP, WPARAM(b'Q'.into()), details);
    });
    assert_eq!(in_short(&keys), [(WM_SYSKEYDOWN, 'Q'), (WM_SYSKEYUP, 'Q')]);
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn keys_of_other_windows_stay_theirs() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    let window = open(&plugin);
    window.click(NAME);
    // Those that the plugin keeps for itself, too.
    let other = host_window([100, 100]);
    focus(other);
    let keys = host_gets(|| {
        type_text("q");
        tap(VK_TAB);
        tap(VK_F1);
    });
    let presses = keys.iter().filter(|key| key.message == WM_KEYDOWN);
    let presses: Vec<_> = presses.map(|key| (key.window, key.key.0 as u16)).collect();
    assert_eq!(presses, [(other, u16::from(b'Q')), (other, VK_TAB.0), (other, VK_F1.0)]);
    assert_eq!(name(&plugin), "Instrument 1");
    remove(other);
}

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn the_window_has_its_keys() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    let window = open(&plugin);
    let before = name(&plugin);
    window.click(NAME);
    with_control(A);
    type_text("viola");
    tap(VK_RETURN);
    assert!(eventually(|| name(&plugin) == "viola"));
    with_control(Z);
    assert!(eventually(|| name(&plugin) == before), "Ctrl + Z: it is called {}", name(&plugin));
    press(VK_SHIFT);
    with_control(Z);
    release(VK_SHIFT);
    assert!(eventually(|| name(&plugin) == "viola"), "it is called {}", name(&plugin));

    // The help covers the window; Escape closes it.
    tap(VK_F1);
    settle();
    window.click(NAME);
    type_text("bass");
    tap(VK_RETURN);
    settle();
    assert_eq!(name(&plugin), "viola", "F1 does not open the help");
    tap(VK_ESCAPE);
    settle();
    // Tab leaves the name.
    window.click(NAME);
    tap(VK_TAB);
    settle();
    type_text("q");
    window.click(NOWHERE);
    assert_eq!(name(&plugin), "viola", "Tab does not go on");
    // A control's context menu opens, and none of the host's.
    window.click(NAME);
    tap(VK_TAB);
    let for_a_menu = || {
        press(VK_SHIFT);
        tap(VK_F10);
        release(VK_SHIFT);
        tap(VK_APPS);
    };
    assert_eq!(host_gets(for_a_menu), []);
}
