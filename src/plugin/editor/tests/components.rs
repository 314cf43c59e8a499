//! The panel of a source's components.

use super::*;

/// A violin, learned, with its components open.
fn unfolded() -> Bench {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project().dictionary.is_some());
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
    let name = |label: &String| label.split_once(", ").unwrap().1.to_string();
    let names: Vec<String> = cells.iter().map(|(_, label)| name(label)).collect();
    let places: Vec<usize> =
        names.iter().filter_map(|name| RISING.iter().position(|note| note == name)).collect();
    assert!(places.is_sorted(), "from low to high: {names:?}");
    assert!(places.len() * 10 >= names.len() * 9, "the notes that it plays: {names:?}");
    let painted = bench.painted();
    assert!(painted.iter().any(|(words, _)| words == "G4"), "the note is told in its cell");
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
