//! What fits in every size of the window, with one instrument and with many.

use egui::{Rect, Role, Vec2};
use ndarray::Array2;

use super::*;
use crate::dictionary::{Dictionary, Provenance, Source};
use crate::divergence::Divergence;
use crate::frames::{FrameSettings, Mode};
use crate::plugin::window_state::FIRST_SIZE;

/// The margin that the harness keeps around the window.
const MARGIN: f32 = 8.0;

const SIZES: [[f32; 2]; 3] = [MIN_SIZE, FIRST_SIZE, [1500.0, 1100.0]];

/// 40 letters, the longest possible name.
fn long(place: usize) -> String {
    format!("Electric guitar {place:2} left, with long reverb")
}

/// A dictionary with one component per name, and the rest.
pub fn dictionary(names: &[&str]) -> Dictionary {
    let count = names.len();
    let frames = FrameSettings::new(Mode::Quality, SETUP.sample_rate_hz);
    let w = Array2::from_shape_fn((frames.bins(), count + 1), |(bin, component)| {
        if bin % (count + 1) == component { 1.0 } else { 0.0 }
    });
    let w = &w / &w.sum_axis(ndarray::Axis(0));
    let named = |(place, name): (usize, &&str)| Source::new(name, place, vec![place]);
    let mut sources: Vec<Source> = names.iter().enumerate().map(named).collect();
    sources.push(Source::rest(vec![count]));
    let provenance = Provenance { method: "nmf".to_string(), seed: 0 };
    let divergence = Divergence::KullbackLeibler;
    let rarity = vec![0.0; count + 1];
    Dictionary { w, rarity, sources, frames, transpose: 0, divergence, provenance }
}

/// A window with `count` learned instruments, and the rest.
pub fn learned(count: usize, name: impl Fn(usize) -> String) -> Bench {
    let bench = Bench::new();
    let names: Vec<String> = (1..=count).map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let dictionary = dictionary(&names);
    bench.hub.project.edit(|project| project.set_loaded(dictionary.clone()));
    bench
}

fn sized(bench: &mut Bench, size: [f32; 2]) {
    bench.window.set_size(Vec2::from(size) + Vec2::splat(2.0 * MARGIN));
    (0..6).for_each(|_| bench.window.step());
}

/// Everything that can be pressed, changed or typed into, by name.
fn controls(bench: &Bench) -> Vec<(String, Rect)> {
    [Role::Button, Role::ComboBox, Role::TextInput, Role::Slider, Role::SpinButton, Role::CheckBox]
        .into_iter()
        .flat_map(|role| bench.window.query_all_by_role(role))
        .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
        .collect()
}

#[test]
fn strips_share_the_width_and_are_within_reach() {
    for size in SIZES {
        for count in [1, 4, 12] {
            let mut bench = learned(count, |place| format!("Instrument {place}"));
            sized(&mut bench, size);
            let place = |label: &str| bench.window.get_by_label(label).rect();
            let (first, last) =
                (place("Components of Instrument 1"), place("mute Everything else"));
            let all = count + 1;
            let what = format!("{count} at {size:?}");
            assert!(last.bottom() < MARGIN + size[1] - 8.0, "{what}: {last} is below the window");
            let end = last.right().max(place("Components of Everything else").right());
            if all as f32 * 115.0 <= size[0] {
                assert!(end <= MARGIN + size[0] - 12.0, "{what}: ends at {end}");
            }
            // Two must not look lost; several fill the width.
            let fraction = if all > 2 || size[0] < 1000.0 { 0.9 } else { 0.6 };
            assert!(end > MARGIN + fraction * size[0], "{what}: ends at {end}");
            let room = place("Hear Mix").top() - place("Settings").bottom();
            let least = match size {
                MIN_SIZE => 80.0,
                FIRST_SIZE => 175.0,
                _ => 230.0,
            };
            assert!(room > least, "{what}: {room} points are left for the pictures");
            assert!(first.top() > place("Hear Mix").bottom());
        }
    }
}

/// Also with the longest possible names.
#[test]
fn nothing_lies_over_anything_else() {
    for (buses, count) in [(1, 1), (1, 4), (18, 4), (1, 12), (18, 16)] {
        for name in [|place: usize| format!("Instrument {place}"), long] {
            let mut bench = learned(count, name);
            bench.hub.engines.set_setup(Some(ProcessSetup { buses, ..SETUP }));
            for size in SIZES {
                sized(&mut bench, size);
                let what = format!("{count} at {size:?}");
                let all = controls(&bench);
                assert!(all.len() > 20);
                for (i, (one, place)) in all.iter().enumerate() {
                    for (other, over) in &all[i + 1..] {
                        let both = place.intersect(*over);
                        let apart = both.width() <= 1.0 || both.height() <= 1.0;
                        // A field inside another control is a part of it.
                        let part = place.contains_rect(*over) || over.contains_rect(*place);
                        assert!(apart || part, "{what}: `{one}` {place} and `{other}` {over}");
                    }
                    // Texts are no controls.
                    let loads =
                        bench.painted().into_iter().filter(|(text, _)| text.starts_with("CPU"));
                    for (load, over) in loads.filter(|_| one == "Files") {
                        assert!(!place.intersects(over), "{what}: `{load}` {over} and {place}");
                    }
                    // Only the mixer can be scrolled sideways.
                    let mixer = bench.window.get_by_label("Hear Mix").rect().bottom();
                    let inside = place.right() <= MARGIN + size[0] - 8.0;
                    assert!(inside || place.top() > mixer, "{what}: `{one}` ends at {place}");
                }
            }
        }
    }
}

#[test]
fn long_names_end_with_whole_words() {
    let mut bench = learned(12, long);
    for size in SIZES {
        sized(&mut bench, size);
        for (words, place) in bench.painted() {
            let Some(name) = words.strip_suffix('…').filter(|name| name.starts_with("Elec"))
            else {
                continue;
            };
            let next = long(1)[name.len()..].chars().next();
            assert!(matches!(next, Some(' ' | ',')), "`{words}` at {place} of {size:?}");
        }
    }
}

/// Every picture shows its unit, at any height.
#[test]
fn the_frequency_axis_has_its_unit() {
    for height in (600..1200).step_by(37) {
        for count in [0, 1, 12] {
            let mut bench = match count {
                0 => Bench::new(),
                _ => learned(count, |place| format!("Instrument {place}")),
            };
            sized(&mut bench, [1080.0, height as f32]);
            let painted = bench.painted();
            let titles: Vec<Rect> = painted
                .iter()
                .filter(|(words, _)| words == "Input" || words == "Output")
                .map(|(_, place)| *place)
                .collect();
            let units = painted.iter().filter(|(words, _)| words.ends_with("Hz"));
            let units: Vec<Rect> =
                units.map(|(_, place)| *place).filter(|place| place.right() < 70.0).collect();
            assert_eq!(units.len(), titles.len(), "{count} at {height}");
            assert!(!titles.is_empty());
            assert!(units.iter().all(|place| place.left() >= MARGIN), "{units:?}");
        }
    }
}

#[test]
fn the_settings_take_no_room_from_the_pictures() {
    let mut bench = learned(4, |place| format!("Instrument {place}"));
    for size in SIZES {
        sized(&mut bench, size);
        let titles = |bench: &Bench| -> Vec<(String, Rect)> {
            let painted = bench.painted().into_iter();
            painted.filter(|(words, _)| words.starts_with("Output")).collect()
        };
        let before = titles(&bench);
        assert!(!before.is_empty());
        bench.click("Settings");
        assert_eq!(titles(&bench), before);
        for label in ["Keep recordings in the project", "Record only while the host plays"] {
            let place = bench.window.get_by_label(label).rect();
            assert!(place.bottom() < MARGIN + size[1], "{label} at {place} of {size:?}");
        }
        // The newest part of the pictures is still visible.
        let lists = bench.window.query_all_by_role(Role::ComboBox);
        let right = lists.map(|node| node.rect()).filter(|place| place.top() > before[0].1.top());
        let right = right.map(|place| place.right()).fold(0.0, f32::max);
        assert!(right < 0.65 * size[0], "the settings end at {right}");
        let mut lists = bench.window.query_all_by_role(Role::ComboBox);
        lists.find(|list| list.value().as_deref() == Some("one octave")).unwrap().click();
        drop(lists);
        (0..3).for_each(|_| bench.window.step());
        bench.window.key_press(egui::Key::Escape);
        (0..3).for_each(|_| bench.window.step());
        assert!(bench.says("Keep recordings in the project"), "escape closes the list first");
        bench.window.key_press(egui::Key::Escape);
        (0..3).for_each(|_| bench.window.step());
        assert!(!bench.says("Keep recordings in the project"), "escape closes them");
    }
}

#[test]
fn faders_that_lie_are_turned_sideways() {
    let mut bench = learned(2, |place| format!("Instrument {place}"));
    sized(&mut bench, FIRST_SIZE);
    let gain = |bench: &Bench| bench.params.strips[0].gain.value();
    let before = gain(&bench);
    let place = bench.window.get_by_label("Instrument 1 gain in dB").rect();
    assert!(place.width() > place.height());
    let from = egui::pos2(place.left() + 0.7 * place.width(), place.center().y);
    bench.window.hover_at(from);
    bench.window.step();
    bench.window.drag_at(from);
    bench.window.step();
    for step in 1..=4 {
        bench.window.hover_at(from - egui::vec2(10.0 * step as f32, 0.0));
        bench.window.step();
    }
    bench.window.drop_at(from - egui::vec2(40.0, 0.0));
    (0..2).for_each(|_| bench.window.step());
    let dragged = gain(&bench);
    assert!(dragged < before, "{dragged} is not less than {before}");
    bench.window.get_by_label("Instrument 1 gain in dB").focus();
    (0..2).for_each(|_| bench.window.step());
    bench.window.key_press(egui::Key::ArrowRight);
    (0..2).for_each(|_| bench.window.step());
    assert!(gain(&bench) > dragged, "the arrow keys turn it too");
    assert!(bench.window.get_by_label("Instrument 1 gain in dB").is_focused(), "and stay on it");
}

/// A wheel over a fader moves it only once it has been used; before, strips are scrolled.
#[test]
fn the_wheel_changes_no_level_by_accident() {
    let mut bench = learned(16, |place| format!("Instrument {place}"));
    sized(&mut bench, MIN_SIZE);
    let gain = |bench: &Bench| bench.params.strips[1].gain.value();
    let place = |bench: &Bench| bench.window.get_by_label("Instrument 2 gain in dB").rect();
    let wheel = |bench: &mut Bench| {
        let center = place(bench).center();
        bench.window.hover_at(center);
        bench.window.step();
        bench.window.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, -60.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: egui::Modifiers::NONE,
        });
        (0..30).for_each(|_| bench.window.step());
    };
    let before = (gain(&bench), place(&bench));
    wheel(&mut bench);
    assert_eq!(gain(&bench), before.0, "not used yet");
    let scrolled = place(&bench);
    assert!(scrolled.left() < before.1.left() - 10.0, "{scrolled} was {}", before.1);
    let center = scrolled.center();
    bench.window.hover_at(center);
    bench.window.step();
    bench.window.drag_at(center);
    bench.window.step();
    bench.window.drop_at(center);
    (0..2).for_each(|_| bench.window.step());
    let used = gain(&bench);
    wheel(&mut bench);
    assert!(gain(&bench) < used, "used last");
    assert_eq!(place(&bench), scrolled, "and nothing scrolls");
}

#[test]
fn help_opens_and_closes() {
    let mut bench = Bench::new();
    bench.click("Help");
    assert!(bench.says("in three steps") && bench.says("under MIT or Apache-2.0"));
    for size in [FIRST_SIZE, MIN_SIZE] {
        sized(&mut bench, size);
        let close = bench.window.get_by_label("Close").rect();
        assert!(close.bottom() < MARGIN + size[1], "{close} of {size:?}");
    }
    bench.click("Close");
    assert!(!bench.says("in three steps"));
    for open in [true, false] {
        bench.window.key_press(egui::Key::F1);
        (0..3).for_each(|_| bench.window.step());
        assert_eq!(bench.says("in three steps"), open, "F1");
    }
    bench.window.key_press(egui::Key::F1);
    (0..3).for_each(|_| bench.window.step());
    bench.window.key_press(egui::Key::Escape);
    (0..3).for_each(|_| bench.window.step());
    assert!(!bench.says("in three steps"), "Escape");
}
