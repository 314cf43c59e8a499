//! A range is selected on the waveform, and each step of the way back has a name.

use super::*;

/// Seconds across the waveform while less is recorded.
const SHOWN_S: f32 = 20.0;

fn select(bench: &mut Bench, from_s: f32, to_s: f32) {
    bench.window.step();
    let rect = bench.window.get_by_label("Waveform of the recording").rect();
    let at = |s: f32| egui::pos2(rect.left() + rect.width() * s / SHOWN_S, rect.center().y);
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    let between = at((from_s + to_s) / 2.0);
    for events in [
        vec![egui::Event::PointerMoved(at(from_s)), button(at(from_s), true)],
        vec![egui::Event::PointerMoved(between)],
        vec![egui::Event::PointerMoved(at(to_s))],
        vec![button(at(to_s), false)],
    ] {
        bench.window.input_mut().events.extend(events);
        bench.window.step();
    }
    bench.window.step();
}

fn press(bench: &mut Bench, words: &str) {
    bench.window.get_by_label_contains(words).click();
    (0..3).for_each(|_| bench.window.step());
}

#[test]
fn a_range_is_used_alone_or_deleted() {
    let mut bench = Bench::new();
    let violin = &demo("train", "violin")[..8 * 44_100];
    bench.record(violin);
    let recorded = bench.hub.project.get().instruments[0].clips[0].clone();
    let seconds = |bench: &Bench| -> Vec<f64> {
        bench.hub.project.get().instruments[0].clips.iter().map(|clip| clip.seconds()).collect()
    };
    assert!(!bench.says("Keep only") && bench.says("Listen"));
    select(&mut bench, 2.0, 4.5);
    press(&mut bench, "Delete this");
    let [before, after] = seconds(&bench)[..] else { panic!("{:?}", seconds(&bench)) };
    assert!((before - 2.0).abs() < 0.05, "{before} s");
    assert!((after - (recorded.seconds() - 4.5)).abs() < 0.05, "{after} s");
    assert!(!bench.says("Keep only"), "what was selected is gone");
    bench.click("Undo");
    assert!(Arc::ptr_eq(&bench.hub.project.get().instruments[0].clips[0], &recorded));
    // From right to left.
    select(&mut bench, 4.5, 2.0);
    press(&mut bench, "Keep only");
    let [within] = &bench.hub.project.get().instruments[0].clips[..] else { panic!("one part") };
    assert!((within.seconds() - 2.5).abs() < 0.05, "{} s", within.seconds());
    let (part, all) = (&within.channels()[0], &recorded.channels()[0]);
    assert!(all.windows(part.len()).any(|window| window == &part[..]), "not a bit is changed");
    select(&mut bench, 0.5, 1.5);
    bench.click("Listen");
    bench.wait("listening", |hub| hub.audition.sounds());
}

#[test]
fn steps_have_names_and_several_are_taken_at_once() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..6 * 44_100]);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    bench.click("mute Instrument 1");
    bench.window.get_by_label("Undo").click_secondary();
    (0..3).for_each(|_| bench.window.step());
    for name in ["Undo: mute of Instrument 1", "Undo: learning", "Undo: recording Instrument 1"] {
        assert!(bench.says(name), "{name}");
    }
    press(&mut bench, "Undo: learning");
    let project = bench.hub.project.get();
    assert!(project.dictionary.is_none() && !bench.params.strips[0].mute.value());
    assert_eq!(project.instruments[0].clips.len(), 1);
    bench.window.get_by_label("Redo").click_secondary();
    (0..3).for_each(|_| bench.window.step());
    assert!(bench.says("Redo: learning"));
    press(&mut bench, "Redo: mute of Instrument 1");
    assert!(bench.hub.project.get().dictionary.is_some() && bench.params.strips[0].mute.value());
}
