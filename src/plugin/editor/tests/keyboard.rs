//! The window used by the keyboard.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};

use super::rooms::learned;
use super::{Bench, demo};

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
    // The default is among the steps, and has a key.
    (0..25).for_each(|_| press(&mut bench, Key::ArrowUp));
    assert_eq!(strength(&bench), 0.0);
    press(&mut bench, Key::PageUp);
    press(&mut bench, Key::Delete);
    assert_eq!(strength(&bench), 0.0);
    press_with(&mut bench, Modifiers::SHIFT, Key::ArrowUp);
    assert!((strength(&bench) - 0.004).abs() < 1e-6, "a tenth of a step");
    press(&mut bench, Key::ArrowDown);
    press(&mut bench, Key::ArrowUp);
    assert_eq!(strength(&bench), 0.0);
    assert_eq!(focused(&bench).as_deref(), Some("i1 strength in %"));
}

#[test]
fn context_menus_open_by_keys() {
    let mut bench = learned(3, |place| format!("i{place}"));
    (0..6).for_each(|_| bench.window.step());
    bench.click("solo i1");
    bench.click("mute i2");
    let both =
        |bench: &Bench| (bench.params.strips[0].solo.value(), bench.params.strips[1].mute.value());
    assert_eq!(both(&bench), (true, true));
    focus(&mut bench, "Undo");
    for (modifiers, key) in [(Modifiers::SHIFT, Key::F10), (Modifiers::NONE, Key::Menu)] {
        press_with(&mut bench, modifiers, key);
        let first = focused(&bench).unwrap();
        assert!(first.starts_with("Undo: "), "{first}");
        press(&mut bench, Key::Escape);
        assert!(!bench.says(&first), "closed");
        assert_eq!(focused(&bench).as_deref(), Some("Undo"));
    }
    press_with(&mut bench, Modifiers::SHIFT, Key::F10);
    press(&mut bench, Key::Tab);
    press(&mut bench, Key::Enter);
    assert_eq!(both(&bench), (false, false), "both steps are undone");
    assert!(!bench.says("Undo: "), "closed");
    // Without the keyboard on it, the key opens nothing.
    press(&mut bench, Key::Escape);
    press_with(&mut bench, Modifiers::SHIFT, Key::F10);
    assert!(!bench.says("Redo: "));
}

#[test]
fn a_long_menu_fits_the_window() {
    const SIZE: egui::Vec2 = egui::vec2(840.0, 620.0);
    let mut bench = learned(32, |place| format!("Electric guitar {place} left, with long reverb"));
    bench.window.set_size(SIZE);
    (0..6).for_each(|_| bench.window.step());
    bench.click("Components of Electric guitar 1 left, with long reverb");
    bench.window.get_by_label_contains("Component 1,").focus();
    (0..2).for_each(|_| bench.window.step());
    press_with(&mut bench, Modifiers::SHIFT, Key::F10);
    let cell = |bench: &Bench| bench.window.get_by_label_contains("Component 1,").rect();
    let before = cell(&bench);
    // All but its own, and the rest.
    for place in 2..=33 {
        let name = match place {
            33 => "Everything else".to_string(),
            _ => format!("Electric guitar {place} left, with long reverb"),
        };
        assert_eq!(focused(&bench), Some(format!("Move to {name}")));
        (0..60).for_each(|_| bench.window.step());
        let rect = bench.window.get_by_label(&format!("Move to {name}")).rect();
        let window = egui::Rect::from_min_size(egui::Pos2::ZERO, SIZE);
        assert!(window.contains_rect(rect), "{name}: {rect}");
        assert_eq!(cell(&bench), before, "what is behind the menu has scrolled");
        press(&mut bench, Key::Tab);
    }
}

#[test]
fn ctrl_enter_on_solo_switches_all_other_solos_off() {
    let mut bench = learned(3, |place| format!("i{place}"));
    (0..6).for_each(|_| bench.window.step());
    bench.click("solo i1");
    bench.click("solo i2");
    focus(&mut bench, "solo i3");
    press_with(&mut bench, Modifiers::COMMAND, Key::Enter);
    let solos: Vec<bool> = (0..3).map(|place| bench.params.strips[place].solo.value()).collect();
    assert_eq!(solos, [false, false, true]);
}

#[test]
fn a_range_is_selected_by_keys() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..8 * 44_100]);
    let recorded_s = bench.hub.project.get().instruments[0].clips[0].seconds();
    const WAVEFORM: &str = "Waveform of the recording, cursor in s";
    let range = |bench: &Bench| {
        let node = bench.window.get_by_label(WAVEFORM);
        let description = node.accesskit_node().description().unwrap_or_default();
        let selected =
            description.strip_prefix("Selected").map(|range| format!(", selected{range}"));
        node.accesskit_node().value().unwrap() + &selected.unwrap_or_default()
    };
    focus(&mut bench, WAVEFORM);
    assert_eq!(range(&bench), "0.0 s");
    (0..3).for_each(|_| press_with(&mut bench, Modifiers::COMMAND, Key::ArrowRight));
    press(&mut bench, Key::ArrowLeft);
    assert_eq!(range(&bench), "2.9 s");
    assert!(!bench.says("Keep only"));
    let select = Modifiers::COMMAND | Modifiers::SHIFT;
    press_with(&mut bench, select, Key::ArrowRight);
    (0..2).for_each(|_| press_with(&mut bench, Modifiers::SHIFT, Key::ArrowRight));
    assert_eq!(range(&bench), "4.1 s, selected from 2.9 s to 4.1 s");
    // Which Enter keeps.
    press(&mut bench, Key::Enter);
    assert_eq!(range(&bench), "4.1 s, selected from 2.9 s to 4.1 s");
    // To the other side of where it began.
    press_with(&mut bench, Modifiers::SHIFT, Key::Home);
    assert_eq!(range(&bench), "0.0 s, selected from 0.0 s to 2.9 s");
    press_with(&mut bench, Modifiers::SHIFT, Key::End);
    let end = format!("{recorded_s:.1} s");
    assert_eq!(range(&bench), format!("{end}, selected from 2.9 s to {end}"));
    focus(&mut bench, "Delete this");
    press(&mut bench, Key::Enter);
    let kept_s = bench.hub.project.get().instruments[0].clips[0].seconds();
    assert!((kept_s - 2.9).abs() < 0.05, "{kept_s} s");
    assert_eq!(range(&bench), "2.9 s", "where the range was");
    // Everything, and nothing again.
    focus(&mut bench, WAVEFORM);
    press_with(&mut bench, Modifiers::COMMAND, Key::A);
    assert_eq!(range(&bench), "2.9 s, selected from 0.0 s to 2.9 s");
    press(&mut bench, Key::ArrowLeft);
    assert_eq!(range(&bench), "2.8 s");
    assert_eq!(focused(&bench).as_deref(), Some(WAVEFORM));
}

#[test]
fn lists_close_when_a_key_chooses_and_show_what_it_reaches() {
    let mut bench = learned(16, |place| format!("i{place}"));
    bench.window.set_size(egui::vec2(840.0, 620.0));
    (0..6).for_each(|_| bench.window.step());
    let shown = |bench: &Bench, text: &str| bench.window.query_all_by_label(text).count();
    let without = shown(&bench, "i16");
    focus(&mut bench, "Hear: One instrument");
    press(&mut bench, Key::Enter);
    // Itself, 16 instruments, and the rest.
    (0..16).for_each(|_| press(&mut bench, Key::Tab));
    (0..60).for_each(|_| bench.window.step());
    let here = focused(&bench).unwrap();
    assert_eq!(here, "i16");
    let rect = bench.window.query_all_by(|node| node.is_focused()).next().unwrap().rect();
    let list = |bench: &Bench| bench.painted().into_iter().filter(|(text, _)| *text == here);
    assert!(list(&bench).any(|(_, place)| rect.contains_rect(place)), "{here} is not seen");
    press(&mut bench, Key::Enter);
    let chosen = format!("Hear: {here}");
    assert_eq!(focused(&bench), Some(chosen.clone()));
    assert_eq!(shown(&bench, &here), without, "the list is closed");
    press(&mut bench, Key::Enter);
    assert_eq!(shown(&bench, &here), without + 1);
    press(&mut bench, Key::Escape);
    assert_eq!(shown(&bench, &here), without);
    assert_eq!(focused(&bench), Some(chosen));
}

#[test]
fn what_gets_the_keyboard_is_scrolled_to() {
    let mut bench = learned(16, |place| format!("i{place}"));
    bench.window.set_size(egui::vec2(840.0, 620.0));
    (0..6).for_each(|_| bench.window.step());
    let is_in_sight = |bench: &Bench, label: &str| {
        let place = bench.window.get_by_label(label).rect();
        egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(840.0, 620.0)).contains_rect(place)
    };
    assert!(!is_in_sight(&bench, "solo i16"));
    focus(&mut bench, "solo i16");
    (0..60).for_each(|_| bench.window.step());
    assert!(is_in_sight(&bench, "solo i16"));
    assert!(!is_in_sight(&bench, "solo i1"));
    focus(&mut bench, "solo i1");
    (0..60).for_each(|_| bench.window.step());
    assert!(is_in_sight(&bench, "solo i1"));
}

#[test]
fn keys_scroll_the_help() {
    let mut bench = learned(2, |place| format!("i{place}"));
    bench.window.set_size(egui::vec2(840.0, 620.0));
    (0..6).for_each(|_| bench.window.step());
    press(&mut bench, Key::F1);
    let is_in_sight = |bench: &Bench, text: &str| {
        let below = bench.window.get_by_label("Close").rect().top();
        let found = bench.painted().into_iter().find(|(painted, _)| painted.contains(text));
        found.is_some_and(|(_, rect)| rect.top() > 0.0 && rect.bottom() <= below)
    };
    let (first, last) = ("in three steps", "closes this page");
    for (key, seen, hidden) in [
        (Key::Home, first, last),
        (Key::End, last, first),
        (Key::Home, first, last),
        (Key::PageDown, last, first),
        (Key::PageUp, first, last),
        (Key::ArrowDown, "undo, redo", first),
    ] {
        let times = if matches!(key, Key::PageUp | Key::PageDown) { 3 } else { 1 };
        (0..times).for_each(|_| press(&mut bench, key));
        (0..60).for_each(|_| bench.window.step());
        assert!(is_in_sight(&bench, seen), "{key:?}: {seen}");
        assert!(!is_in_sight(&bench, hidden), "{key:?}: {hidden}");
        assert_eq!(focused(&bench).as_deref(), Some("Close"));
    }
    // A click on the page does not give the keys to the host.
    bench.window.get_by_value("F1: opens and closes this page").click();
    (0..3).for_each(|_| bench.window.step());
    assert_eq!(focused(&bench).as_deref(), Some("Close"));
}
