//! The panel of a source's components.

use super::rooms::dictionary;
use super::*;
use crate::plugin::editor::components::move_component;
use crate::plugin::editor::view::UsedStrip;

/// A learned violin, with its components open.
fn unfolded() -> Bench {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    bench.click("Components of Instrument 1");
    bench
}

#[test]
fn components_are_found_by_their_notes() {
    const RISING: [&str; 9] = ["G4", "B4", "D5", "E5", "F5", "G5", "A5", "B5", "C6"];
    let bench = unfolded();
    let mut cells: Vec<(egui::Rect, String)> = bench
        .window
        .query_all_by_label_contains("Component ")
        .map(|node| (node.rect(), node.accesskit_node().label().unwrap_or_default()))
        .collect();
    cells.sort_by(|(a, _), (b, _)| a.top().total_cmp(&b.top()).then(a.left().total_cmp(&b.left())));
    let whole: Vec<&str> =
        cells.iter().map(|(_, label)| label.split_once(", ").unwrap().1).collect();
    let differ: std::collections::HashSet<&&str> = whole.iter().collect();
    assert_eq!(differ.len(), whole.len(), "no two have the same name");
    let names: Vec<&str> = whole.iter().map(|name| name.split(" (").next().unwrap()).collect();
    let places: Vec<usize> =
        names.iter().filter_map(|name| RISING.iter().position(|note| note == name)).collect();
    assert!(places.is_sorted(), "from low to high: {names:?}");
    assert!(places.len() * 10 >= names.len() * 9, "the notes that it plays: {names:?}");
    let painted = bench.painted();
    assert!(painted.iter().any(|(words, _)| words == "G4"), "the cell shows its note");
}

#[test]
fn components_have_axes_and_tell_what_is_pointed_at() {
    let mut bench = unfolded();
    let painted = bench.painted();
    let place = |words: &str| {
        let found = painted.iter().filter(|(text, _)| text == words);
        let rects: Vec<egui::Rect> = found.map(|(_, rect)| *rect).collect();
        assert!(!rects.is_empty(), "`{words}` is not painted");
        rects
    };
    let cell = bench.window.query_all_by_label_contains("Component ").next().unwrap().rect();
    let kilohertz = place("1k").into_iter().find(|rect| cell.x_range().contains(rect.center().x));
    assert!(place("100 Hz")[0].bottom() <= cell.top());
    assert!(place("−13 s").iter().any(|rect| rect.top() >= cell.bottom()));
    bench.window.hover_at(egui::pos2(kilohertz.unwrap().center().x, cell.center().y));
    (0..2).for_each(|_| bench.window.step());
    let told = |bench: &Bench, end: &str| {
        bench.painted().into_iter().map(|(words, _)| words).find(|words| words.ends_with(end))
    };
    let frequency = told(&bench, " Hz").unwrap();
    let (note, hz) = frequency.split_once("  ").unwrap();
    assert!(["B5", "C6"].contains(&note), "{frequency}");
    let hz: f32 = hz.trim_end_matches(" Hz").parse().unwrap();
    assert!((950.0..1050.0).contains(&hz), "{frequency}");
    bench.window.hover_at(egui::pos2(cell.center().x, cell.bottom() - 8.0));
    (0..2).for_each(|_| bench.window.step());
    assert_eq!(told(&bench, " ago").as_deref(), Some("6.4 s ago"));
}

#[test]
fn a_component_moves_to_another_source() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Add an instrument");
    bench.record(&demo("train", "bass"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    let before = bench.hub.project.get().dictionary.clone().unwrap();
    let moved = before.sources[0].components[2];
    bench.click("Components of Instrument 1");
    let number = format!("Component {},", moved + 1);
    let cell = bench.window.get_by_label_contains(&number);
    let label = cell.accesskit_node().label().unwrap();
    let name = label.split_once(", ").unwrap().1.to_string();
    let from = cell.rect().center();
    let onto = bench.window.get_by_label("solo Instrument 2").rect().center();
    bench.window.drag_at(from);
    for fraction in [0.2, 0.6, 1.0] {
        bench.window.hover_at(from + (onto - from) * fraction);
        bench.window.step();
    }
    let near = |rect: egui::Rect| rect.distance_to_pos(onto) < 60.0;
    let held = bench.painted().into_iter().find(|(words, rect)| *words == name && near(*rect));
    assert!(held.is_some(), "{name} is seen where it is held");
    bench.window.drop_at(onto);
    (0..3).for_each(|_| bench.window.step());
    let after = bench.hub.project.get().dictionary.clone().unwrap();
    assert!(after.sources[1].components.contains(&moved));
    assert!(!after.sources[0].components.contains(&moved));
    assert_eq!(after.w, before.w);
    assert!(bench.says(&format!("component {} is Instrument 2's now", moved + 1)));
    bench.click("Undo");
    assert_eq!(*bench.hub.project.get().dictionary.clone().unwrap(), *before);
    // The same by the keyboard.
    bench.window.get_by_label_contains(&number).focus();
    bench.window.step();
    for (modifiers, key) in
        [(egui::Modifiers::SHIFT, egui::Key::F10), (egui::Modifiers::NONE, egui::Key::Enter)]
    {
        assert_eq!(*bench.hub.project.get().dictionary.clone().unwrap(), *before);
        bench.window.key_press_modifiers(modifiers, key);
        (0..3).for_each(|_| bench.window.step());
    }
    let again = bench.hub.project.get().dictionary.clone().unwrap();
    assert_eq!(again.sources[1].components, after.sources[1].components);
}

#[test]
fn what_was_learned_while_a_component_was_dragged_stays() {
    let hub = Hub::with_library(None);
    let learn = |names: &[&str]| {
        hub.project.edit(|project| project.set_learned(dictionary(names), &[0, 1]));
        hub.project.get().dictionary.clone().unwrap()
    };
    let shown = learn(&["piano", "bass"]);
    let bass =
        UsedStrip { strip: 1, name: "bass".to_string(), color: egui::Color32::GRAY, source: 1 };
    let component = shown.sources[0].components[0];
    let learned = learn(&["piano", "horn"]);
    move_component(&hub, &shown, component, &bass);
    assert!(Arc::ptr_eq(hub.project.get().dictionary.as_ref().unwrap(), &learned));
    move_component(&hub, &learned, component, &bass);
    let now = hub.project.get().dictionary.clone().unwrap();
    assert!(now.sources[1].components.contains(&component));
    assert_eq!(hub.status.notes()[0].text, "component 1 is bass's now");
}
