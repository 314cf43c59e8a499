//! The window used by the keyboard.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};

use super::Bench;
use super::rooms::learned;

/// What has the keyboard.
fn focused(bench: &Bench) -> Option<String> {
    let found = bench.window.query_all_by(|node| node.is_focused()).next();
    found.and_then(|node| node.accesskit_node().label())
}

fn press(bench: &mut Bench, key: Key) {
    press_with(bench, Modifiers::NONE, key);
}

fn press_with(bench: &mut Bench, modifiers: Modifiers, key: Key) {
    bench.window.key_press_modifiers(modifiers, key);
    (0..3).for_each(|_| bench.window.step());
}

fn focus(bench: &mut Bench, label: &str) {
    bench.window.get_by_label(label).focus();
    (0..2).for_each(|_| bench.window.step());
}

#[test]
fn tab_goes_on_from_where_the_keyboard_was() {
    let mut bench = learned(3, |place| format!("i{place}"));
    (0..6).for_each(|_| bench.window.step());
    focus(&mut bench, "Name of the instrument");
    press(&mut bench, Key::Tab);
    let next = focused(&bench);
    assert!(next.is_some());
    focus(&mut bench, "Name of the instrument");
    press(&mut bench, Key::Enter);
    assert_eq!(focused(&bench), None);
    press(&mut bench, Key::Tab);
    assert_eq!(focused(&bench), next);
    // What had it is gone: from the button that opened the page.
    focus(&mut bench, "Help");
    press(&mut bench, Key::Tab);
    let next = focused(&bench);
    focus(&mut bench, "Help");
    press(&mut bench, Key::Enter);
    assert_eq!(focused(&bench).as_deref(), Some("Close"), "the page has the keyboard");
    press(&mut bench, Key::Tab);
    press(&mut bench, Key::Escape);
    assert!(!bench.says("in three steps"));
    assert_eq!(focused(&bench), None);
    // A key of the host's.
    press_with(&mut bench, Modifiers::CTRL, Key::Tab);
    assert_eq!(focused(&bench), None);
    press(&mut bench, Key::Tab);
    assert_eq!(focused(&bench), next);
    press_with(&mut bench, Modifiers::SHIFT, Key::Tab);
    assert_eq!(focused(&bench).as_deref(), Some("Help"));
    // What had it is disabled: there is nothing left to undo.
    press(&mut bench, Key::Escape);
    bench.click("solo i1");
    focus(&mut bench, "Undo");
    for _ in 0..20 {
        press(&mut bench, Key::Enter);
    }
    assert_eq!(focused(&bench), None);
    press_with(&mut bench, Modifiers::SHIFT, Key::Tab);
    assert!(focused(&bench).is_some());
}

#[test]
fn shortcuts_work_unless_text_is_typed() {
    let mut bench = learned(2, |place| format!("i{place}"));
    (0..6).for_each(|_| bench.window.step());
    let solo = |bench: &Bench| bench.params.strips[0].solo.value();
    focus(&mut bench, "solo i1");
    press(&mut bench, Key::Space);
    assert!(solo(&bench));
    focus(&mut bench, "Name of the instrument");
    press_with(&mut bench, Modifiers::COMMAND, Key::Z);
    assert!(solo(&bench), "it is for the text");
    focus(&mut bench, "solo i1");
    press_with(&mut bench, Modifiers::COMMAND, Key::Z);
    assert!(!solo(&bench));
    press_with(&mut bench, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(solo(&bench));
}

#[test]
fn keys_move_faders_by_steps_and_to_their_ends() {
    let mut bench = learned(2, |place| format!("i{place}"));
    (0..6).for_each(|_| bench.window.step());
    let strength = |bench: &Bench| bench.params.strips[0].strength.value();
    focus(&mut bench, "i1 strength in %");
    let mut last = strength(&bench);
    for (key, rises) in [
        (Key::ArrowUp, true),
        (Key::ArrowDown, false),
        (Key::PageUp, true),
        (Key::ArrowLeft, false),
        (Key::PageDown, false),
    ] {
        press(&mut bench, key);
        let now = strength(&bench);
        assert!(if rises { now > last } else { now < last }, "{key:?}: {last} to {now}");
        last = now;
    }
    press(&mut bench, Key::End);
    assert_eq!(strength(&bench), 1.0);
    press(&mut bench, Key::Home);
    assert_eq!(strength(&bench), -1.0);
    assert_eq!(focused(&bench).as_deref(), Some("i1 strength in %"));
}
