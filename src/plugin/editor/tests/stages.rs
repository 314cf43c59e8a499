//! From nothing to an instrument alone, with the guidance on the way.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::*;
use crate::plugin::project::Rest;

#[test]
fn clicks_lead_from_nothing_to_an_instrument_alone() {
    let mut bench = Bench::new();
    let band = ["violin", "piano", "bass", "drums"];
    let stems: Vec<Vec<f32>> = band.iter().map(|name| demo("test", name)).collect();
    let song: Vec<f32> =
        (0..stems[0].len()).map(|i| stems.iter().map(|stem| stem[i]).sum()).collect();

    bench.window.step();
    assert!(bench.says("hear one instrument alone"), "the window says how to begin");
    bench.window.get_by_label_contains("hear one instrument alone").hover();
    // A tooltip takes a moment to appear.
    (0..60).for_each(|_| bench.window.step());
    assert!(bench.says("On the instrument's own track"), "and in which ways");
    bench.record(&demo("train", "violin"));
    assert!(bench.says("Press Learn"), "the window says how to go on");
    bench.click("Whole song");
    bench.record(&song);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    bench.play(&vec![0.0; 44_100]);
    bench.wait("the engine", Hub::is_idle);

    let both = bench.play(&song);
    assert!(si_sdr_db(&song, &both) > 60.0, "all faders up: what comes in goes out");
    bench.click("solo Instrument 1");
    assert!(bench.says("You hear Instrument 1 alone"));
    bench.play(&song[..44_100]);
    let alone = bench.play(&song);
    let (before, after) = (si_sdr_db(&stems[0], &song), si_sdr_db(&stems[0], &alone));
    assert!(after > before + 6.0, "the violin: {before:.1} dB in the song, {after:.1} dB alone");

    bench.click("solo Instrument 1");
    bench.click("mute Instrument 1");
    assert!(bench.says("You hear the song without Instrument 1"));
    bench.play(&song[..44_100]);
    let without = bench.play(&song);
    let rest: Vec<f32> = song.iter().zip(&stems[0]).map(|(song, stem)| song - stem).collect();
    let (before, after) = (si_sdr_db(&rest, &song), si_sdr_db(&rest, &without));
    assert!(after > before + 3.0, "the rest: {before:.1} dB in the song, {after:.1} dB without");

    bench.click("Undo");
    let both = bench.play(&song[..88_200]);
    let both = &both[44_100..];
    assert!(si_sdr_db(&song[44_100..88_200], both) > 60.0, "undo changes the mixer back too");
}

#[test]
fn the_rest_says_that_it_listens_as_long_as_it_does() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    assert!(bench.says("to learn everything else"));
    assert!(bench.says("learning…"), "on its strip");
    let listened_s = |hub: &Hub| hub.status.rest_listened_s.load(Ordering::Relaxed);
    // Continues where the recording stopped.
    bench.play(&demo("train", "violin")[..6 * 44_100]);
    bench.wait("who plays", |hub| hub.is_idle());
    assert_eq!(listened_s(&bench.hub), 0, "the instrument alone tells nothing of the rest");
    let piano = demo("test", "piano");
    bench.play(&piano[..5 * 44_100]);
    bench.wait("the rest", |hub| hub.project.get().rest == Rest::Adapting { listened_s: 4 });
    let said = format!("still being learned from the song: {} of 30 s", listened_s(&bench.hub));
    assert!(bench.says(&said));
    // Some input is missed if the worker is slow.
    let began = Instant::now();
    while bench.hub.project.get().rest.listens() {
        assert!(began.elapsed() < Duration::from_secs(120), "it never has enough");
        bench.play(&piano[..2 * 44_100]);
        std::thread::sleep(Duration::from_millis(20));
    }
    bench.window.step();
    assert!(!bench.says("learning…") && !bench.says("still being learned"), "it has enough");
    assert!(bench.says("Solo"));
}

#[test]
fn another_instrument_finds_its_rest_in_earlier_audio() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    bench.play(&demo("test", "piano")[..8 * 44_100]);
    bench.wait("the rest", |hub| hub.project.get().rest.listens() && hub.is_idle());
    bench.click("Add an instrument");
    bench.record(&demo("train", "bass")[..6 * 44_100]);
    // Learn ignores clicks for a moment after learning.
    std::thread::sleep(Duration::from_millis(600));
    bench.click("Learn");
    let learned = |hub: &Hub| hub.project.get().instruments[1].source.is_some() && hub.is_idle();
    bench.wait("learning both", learned);
    // Without any further sound.
    let known = |hub: &Hub| matches!(hub.project.get().rest, Rest::Adapting { listened_s } if listened_s > 0);
    bench.wait("the rest of both", known);
    assert!(!bench.says("Now play the whole song"));
}

#[test]
fn silence_is_said_to_be_silence() {
    let mut bench = Bench::new();
    bench.click("Record");
    bench.play(&vec![0.0; 44_100]);
    bench.window.step();
    assert!(bench.says("there is no input yet"), "while it is recorded");
    let place = |bench: &Bench, label: &str| bench.window.get_by_label(label).rect();
    let before = ["Learn", "Load…"].map(|label| place(&bench, label));
    bench.click("Stop");
    bench.wait("the error", |hub| hub.status.notes().first().is_some_and(|note| note.is_error));
    assert!(bench.says("The recording is silent"), "and when it is done, with what to check");
    let after = ["Learn", "Load…"].map(|label| place(&bench, label));
    assert_eq!(after, before, "nothing moves away from the pointer");
    bench.click("Got it");
    assert!(!bench.says("The recording is silent"));
    assert!(bench.says("press Record"), "and there is a way on");
}

#[test]
fn the_room_left_for_recordings_is_shown_before_it_ends() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..4 * 44_100]);
    bench.wait("packing", |hub| hub.project.get().all_clips().all(|clip| clip.is_packed()));
    let polls = bench.hub.worker.polls().0;
    bench.wait("the worker", |hub| {
        hub.worker.wake();
        hub.worker.polls().0 > polls + 1
    });
    let shows =
        |bench: &Bench, words: &str| bench.painted().iter().any(|(text, _)| text.contains(words));
    assert!(shows(&bench, "recorded") && !shows(&bench, "room for"));
    bench.hub.status.room_samples.store(95 * 44_100, Ordering::Relaxed);
    bench.window.step();
    assert!(shows(&bench, "recorded · room for 1:35 more"));
    bench.click("Record");
    bench.play(&vec![0.1; 30 * 44_100]);
    bench.window.step();
    // Less by those, and by the latency that `play` adds.
    assert!(shows(&bench, "room for 1:04 more"), "it counts down");
}

#[test]
fn an_error_goes_when_something_else_is_done() {
    use crate::plugin::editor::files::{Task, carry_out};
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    let fail = |bench: &mut Bench| {
        let nowhere = std::path::Path::new("/nowhere");
        carry_out(&bench.hub, &bench.params.controls(), Task::LoadDictionary, nowhere);
        bench.window.step();
        assert!(bench.says("/nowhere"));
    };
    fail(&mut bench);
    bench.record(&violin);
    assert!(!bench.says("/nowhere"), "a recording");
    fail(&mut bench);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    assert!(!bench.says("/nowhere"), "learning");
    fail(&mut bench);
    bench.click("Got it");
    assert!(!bench.says("/nowhere"));
    fail(&mut bench);
    let file = [env!("CARGO_MANIFEST_DIR"), "assets/demo/train/bass.flac"].iter().collect();
    bench.window.input_mut().dropped_files.push(Arc::new(Dropped(file)));
    bench.wait("the file", |hub| hub.project.get().instruments[0].clips.len() == 2);
    assert!(!bench.says("/nowhere"), "a file");
}

#[test]
fn the_notes_that_were_recorded_are_told() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    bench.window.set_size(MIN_SIZE.into());
    bench.record(&violin);
    let until_told = |bench: &mut Bench, words: &str| {
        let began = Instant::now();
        while !bench.says(words) {
            assert!(began.elapsed() < Duration::from_secs(120), "not said: {words}");
            std::thread::sleep(Duration::from_millis(5));
            bench.window.step();
        }
    };
    until_told(&mut bench, "11.7 s of 9 notes, G4 to C6");
    assert!(bench.says("Keyboard: G4 0."));
    assert!(!bench.says("⚠"));
    let length = format!("{:.1} s", bench.hub.project.get().instruments[0].seconds());
    assert!(bench.says(&format!("{length} so far")), "the line");
    assert!(bench.window.query_by_label(&length).is_some(), "the tab");

    bench.click("Add an instrument");
    bench.record(&violin[..44_100]);
    until_told(&mut bench, "Only 1.0 s of sound from Instrument 2 so far");
    assert!(bench.says("⚠"), "the tab is marked");
    bench.record(&violin[..3 * 44_100]);
    until_told(&mut bench, "Press Learn, or record more first. Only");
    assert!(!bench.says("⚠"));
    bench.click("Add an instrument");
    bench.record(&demo("train", "drums"));
    until_told(&mut bench, "no clear pitch");

    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    let rect = |label: &str| bench.window.get_by_label(label).rect();
    let room = rect("solo Instrument 1").top() - rect("Learn").bottom();
    assert!(room > 100.0, "{room} points are left for the pictures in the smallest window");
    assert!(rect("mute Instrument 1").bottom() < MIN_SIZE[1]);
}

#[test]
fn cancel_answers_and_a_late_click_on_it_learns_nothing() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.status.task() == WorkerTask::Learning);
    let cancel = bench.window.get_by_label("Cancel");
    let place = cancel.rect().center();
    cancel.click();
    (0..3).for_each(|_| bench.window.step());
    bench.wait("cancelling", |hub| hub.status.task() == WorkerTask::Nothing);
    let presses = bench.hub.triggers.count(Trigger::Learn);
    bench.window.drag_at(place);
    bench.window.drop_at(place);
    (0..3).for_each(|_| bench.window.step());
    assert_eq!(bench.hub.triggers.count(Trigger::Learn), presses, "too soon after Cancel");
    std::thread::sleep(Duration::from_millis(600));
    bench.click("Learn");
    assert_eq!(bench.hub.triggers.count(Trigger::Learn), presses + 1, "but later");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
}

#[test]
fn a_double_click_on_learn_does_not_cancel() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.window.step();
    let place = bench.window.get_by_label("Learn").rect().center();
    let click = |bench: &mut Bench| {
        let button = |pressed| egui::Event::PointerButton {
            pos: place,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        let events = [egui::Event::PointerMoved(place), button(true), button(false)];
        bench.window.input_mut().events.extend(events);
        bench.window.step();
    };
    click(&mut bench);
    assert_eq!(bench.hub.triggers.count(Trigger::Learn), 1);
    bench.hub.status.set_task(WorkerTask::Learning);
    click(&mut bench);
    assert_eq!(bench.hub.triggers.count(Trigger::Cancel), 0);
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
}

#[test]
fn while_learning_ends_cancel_says_so() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    // Learning that does not respond.
    bench.hub.status.set_task(WorkerTask::Learning);
    bench.click("Cancel");
    assert!(bench.window.get_by_label("Cancelling…").accesskit_node().is_disabled());
    bench.hub.status.set_task(WorkerTask::Nothing);
    (0..2).for_each(|_| bench.window.step());
    assert!(!bench.says("Cancelling…"));
}

#[test]
fn another_instrument_comes_after_this_one_is_recorded() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    let chosen = |bench: &Bench| bench.params.record.to();
    bench.click("Add an instrument");
    assert_eq!(chosen(&bench), Some(0), "nothing is recorded on the first yet");
    bench.record(&violin);
    bench.click("Add an instrument");
    assert_eq!(chosen(&bench), Some(1));
    bench.click("Add an instrument");
    assert_eq!(chosen(&bench), Some(1));
    bench.hub.project.edit(|project| project.instruments[1].name = "viola".to_string());
    bench.click("Remove viola");
    assert_eq!(chosen(&bench), Some(0));
    assert!(!bench.says("viola"));
    bench.click("Undo");
    assert_eq!(bench.hub.project.get().instruments[1].name, "viola");
}

#[test]
fn errors_are_told_in_the_windows_words() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..3 * 44_100]);
    bench.automate(|params| &params.learn.components, 128);
    bench.click("Learn");
    bench.wait("the error", |hub| hub.status.notes().first().is_some_and(|note| note.is_error));
    assert!(bench.says("Instrument 1: too short for 128 different sounds: record more"));
    let name = bench.window.get_by_role(egui::Role::TextInput);
    name.focus();
    bench.window.step();
    bench.window.get_by_role(egui::Role::TextInput).type_text("/");
    bench.window.step();
    bench.window.key_press(egui::Key::Enter);
    (0..2).for_each(|_| bench.window.step());
    assert!(bench.says("cannot be a name: use 1 to 64 characters"));
    assert_eq!(bench.hub.project.get().instruments[0].name, "Instrument 1");
}

/// A host saves, and closes the window, without taking the keyboard from a field in it.
#[test]
fn a_name_is_kept_when_the_window_loses_the_keyboard_or_closes() {
    let name = |hub: &Hub| hub.project.get().instruments[0].name.clone();
    let typed = |text: &str| {
        let mut bench = Bench::new();
        bench.window.get_by_role(egui::Role::TextInput).focus();
        bench.window.step();
        bench.window.get_by_role(egui::Role::TextInput).type_text(text);
        (0..2).for_each(|_| bench.window.step());
        assert_eq!(name(&bench.hub), "Instrument 1", "it is still being typed");
        bench
    };
    let mut bench = typed("Violin");
    bench.window.event(egui::Event::WindowFocused(false));
    bench.window.step();
    assert_eq!(name(&bench.hub), "Violin");
    bench.window.get_by_role(egui::Role::TextInput).type_text("a");
    (0..2).for_each(|_| bench.window.step());
    let Bench { window, hub, .. } = bench;
    drop(window);
    assert_eq!(name(&hub), "Violina");
    // Another tab, selected by the host.
    let mut bench = typed("Viola");
    bench.automate(|params| params.record.to_param(), 2);
    assert_eq!(name(&bench.hub), "Viola");
    assert_eq!(bench.hub.project.get().instruments[1].name, "Instrument 2");
    // What is no name.
    let Bench { window, hub, .. } = typed("/");
    drop(window);
    assert_eq!(name(&hub), "Instrument 1");
}

#[test]
fn a_colour_is_chosen_and_taken_back() {
    let mut bench = Bench::new();
    let color = |bench: &Bench| bench.hub.project.get().instruments[0].color.clone();
    let before = color(&bench);
    bench.click("Colour of Instrument 1");
    bench.click("blue");
    assert_eq!(color(&bench), "#0072b2");
    bench.click("Undo");
    assert_eq!(color(&bench), before);
}
