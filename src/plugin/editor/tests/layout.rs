//! The layout, keyboard access, and the cost of a frame.

use super::*;
use crate::library::Details;

#[test]
fn nothing_is_cut_off_in_either_size() {
    const MARGIN: f32 = 8.0;
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Settings");
    for size in [[1080.0, 760.0], MIN_SIZE] {
        // The harness keeps a margin around the window.
        bench.window.set_size(egui::Vec2::from(size) + egui::Vec2::splat(2.0 * MARGIN));
        (0..4).for_each(|_| bench.window.step());
        for role in [egui::Role::ComboBox, egui::Role::SpinButton, egui::Role::CheckBox] {
            let all: Vec<egui::Rect> =
                bench.window.query_all_by_role(role).map(|node| node.rect()).collect();
            assert!(all.len() >= 2, "{role:?}");
            for rect in all {
                assert!(rect.right() <= MARGIN + size[0] - 11.0, "{role:?} at {rect} of {size:?}");
            }
        }
    }
}

#[test]
fn frames_are_published_only_while_a_window_looks() {
    let mut bench = Bench::new();
    bench.window.step();
    let count = |bench: &mut Bench| {
        bench.play(&demo("train", "violin")[..44_100]);
        let mut frames = Vec::new();
        bench.hub.feed.read(&mut FeedFrame::default(), |frame| frames.push(frame.clone()));
        frames
    };
    let frames = count(&mut bench);
    assert!(frames.len() > 30, "{} frames of a second", frames.len());
    let (first, last) = (&frames[0], &frames[frames.len() - 1]);
    assert_eq!((last.clock - first.clock) as usize % BLOCK, 0);
    assert_eq!(last.v, bench.player.engine().input_bands()[0]);
    bench.hub.feed.watch(false);
    assert!(count(&mut bench).is_empty());
}

/// Every control can be reached without a pointer, in the order of use.
#[test]
fn the_keyboard_reaches_every_button() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Whole song");
    bench.record(&demo("test", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    // Learn ignores clicks for a moment after learning.
    std::thread::sleep(Duration::from_millis(600));
    let wanted = [
        "Record",
        "Listen",
        "Load…",
        "Learn",
        "Hear Mix",
        "solo Instrument 1",
        "mute Everything else",
    ];
    let mut reached: Vec<&str> = Vec::new();
    for _ in 0..80 {
        bench.window.key_press(egui::Key::Tab);
        (0..2).for_each(|_| bench.window.step());
        let here = |label: &&str| bench.window.get_by_label(label).is_focused();
        if let Some(label) = wanted.into_iter().find(here)
            && !reached.contains(&label)
        {
            reached.push(label);
        }
        if reached.last() == Some(&"solo Instrument 1") && !bench.params.strips[0].solo.value() {
            bench.window.key_press(egui::Key::Enter);
            (0..2).for_each(|_| bench.window.step());
            assert!(bench.params.strips[0].solo.value(), "the enter key presses what is chosen");
        }
    }
    assert_eq!(reached, wanted);
}

/// Within a row, Tab goes from left to right, in every part of the window.
#[test]
fn tab_follows_what_is_seen() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Whole song");
    bench.record(&demo("test", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    let library = bench.hub.library.clone().unwrap();
    let learned = bench.hub.project.get().dictionary_to_save().unwrap();
    library.add(&learned, 0, &[], Details::now(Vec::new(), String::new()), false).unwrap();
    bench.click("Components of Instrument 1");
    // Undo and redo are both possible.
    bench.click("mute Instrument 1");
    bench.click("solo Instrument 1");
    bench.click("Undo");
    in_rows(&mut bench, &["Files", "Zoom: 100 %", "Bypass", "Dry/wet in %", "Close"]);
    bench.click("Files");
    bench.wait("the library", |_| true);
    while !bench.says("Add Instrument 1") {
        bench.window.step();
    }
    in_rows(&mut bench, &["Add Instrument 1", "Delete Instrument 1 from the library…"]);
}

/// Presses Tab until it has gone round, past `wanted`.
fn in_rows(bench: &mut Bench, wanted: &[&str]) {
    let mut seen: Vec<(String, egui::Rect)> = Vec::new();
    let mut others = Vec::new();
    let mut last_id = None;
    let mut presses = 0;
    loop {
        presses += 1;
        assert!(presses < 200, "it does not come round: {seen:?}");
        bench.window.key_press(egui::Key::Tab);
        (0..2).for_each(|_| bench.window.step());
        let Some(node) = bench.window.query_all_by(|node| node.is_focused()).next() else {
            continue;
        };
        let known = node.accesskit_node();
        // Screen readers can move the edge of a panel.
        if !CONTROLS.contains(&known.role()) && known.role() != egui::Role::Splitter {
            others.push(format!(
                "{:?} {} at {}",
                known.role(),
                known.label().unwrap_or_default(),
                node.rect()
            ));
        }
        let control = (known.label().or(known.value()).unwrap_or_default(), node.rect());
        if seen.first() == Some(&control) {
            break;
        }
        // The last one, where it is now: the list may have scrolled.
        if let Some(id) = last_id
            && let Some(from) = bench.window.query_by(|node| node.id() == id)
        {
            let ((before, _), (after, to)) = (&seen[seen.len() - 1], &control);
            let (from, to) = (from.rect().center(), to.center());
            let is_row = (from.y - to.y).abs() < 4.0;
            assert!(!is_row || from.x < to.x, "{before} comes before {after}");
        }
        last_id = Some(known.id());
        seen.push(control);
    }
    assert!(others.is_empty(), "the keyboard can do nothing with {others:?}");
    for name in wanted {
        assert!(seen.iter().any(|(label, _)| label == name), "{name} is not among {seen:?}");
    }
}

/// Processor time of this thread, which other programs do not affect.
fn thread_cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

/// The cost of a frame, without painting: run it by name, with `--nocapture`.
#[test]
#[ignore = "a measurement"]
fn frame_time() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    let song = demo("test", "violin");
    bench.click("Components of Instrument 1");
    let mut times_ms = Vec::new();
    for chunk in song.chunks_exact(735).take(600) {
        bench.play(chunk);
        let before_ms = thread_cpu_ms();
        bench.window.step();
        times_ms.push(thread_cpu_ms() - before_ms);
    }
    times_ms.sort_by(f64::total_cmp);
    let at = |fraction: f64| times_ms[(times_ms.len() as f64 * fraction) as usize];
    eprintln!("frame: median {:.2} ms, 95 % {:.2} ms, most {:.2} ms", at(0.5), at(0.95), at(0.999));
}

/// Every control has a name for screen readers, and says under the pointer what it does.
#[test]
fn every_control_explains_itself() {
    let mut bench = Bench::new();
    let mut problems = unexplained(&mut bench, "at first");
    bench.click("Record");
    bench.play(&demo("train", "violin"));
    problems.extend(unexplained(&mut bench, "while recording"));
    bench.click("Stop");
    bench.wait("the recording", |hub| hub.project.get().has_clips());
    problems.extend(unexplained(&mut bench, "after recording"));
    bench.click("Whole song");
    bench.record(&demo("test", "violin"));
    problems.extend(unexplained(&mut bench, "of the whole song"));
    bench.click("Instrument 1");
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    problems.extend(unexplained(&mut bench, "after learning"));
    bench.click("Settings");
    problems.extend(unexplained(&mut bench, "with settings"));
    bench.click("Settings");
    bench.click("Components of Instrument 1");
    problems.extend(unexplained(&mut bench, "with components"));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The controls without a name, or without a hint.
fn unexplained(bench: &mut Bench, stage: &str) -> Vec<String> {
    (0..3).for_each(|_| bench.window.step());
    let mut problems = Vec::new();
    for role in CONTROLS {
        let controls: Vec<(String, egui::Rect)> = bench
            .window
            .query_all_by_role(role)
            .map(|node| {
                let known = node.accesskit_node();
                (known.label().or(known.value()).unwrap_or_default(), node.rect())
            })
            .collect();
        for (name, rect) in controls {
            let control = format!("{role:?} {name} {stage}, at {rect}");
            if name.trim().is_empty() {
                problems.push(format!("{control} has no name"));
            }
            // Of components, the list shows only the first.
            if name.starts_with("Component ") && !name.starts_with("Component 1,") {
                continue;
            }
            bench.window.hover_at(egui::pos2(1.0, 1.0));
            (0..3).for_each(|_| bench.window.step());
            let before: Vec<String> = bench.painted().into_iter().map(|(text, _)| text).collect();
            bench.window.hover_at(rect.center());
            (0..6).for_each(|_| bench.window.step());
            if !bench.painted().iter().any(|(text, _)| !before.contains(text)) {
                problems.push(format!("{control} has no hint"));
            }
        }
    }
    problems
}

const CONTROLS: [egui::Role; 7] = [
    egui::Role::Button,
    egui::Role::CheckBox,
    egui::Role::ComboBox,
    egui::Role::RadioButton,
    egui::Role::Slider,
    egui::Role::SpinButton,
    egui::Role::TextInput,
];
