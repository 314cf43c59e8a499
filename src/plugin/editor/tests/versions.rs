//! Going back and comparing: undo, A and B, and back from a large zoom.

use egui::Color32;

use super::*;
use crate::dictionary::Dictionary;
use crate::plugin::audio_thread::controls::STRIPS;
use crate::plugin::editor::spectrogram_history::{MixerView, SpectrogramHistory};
use crate::plugin::project::Rest;
use crate::plugin::project::undo;
use crate::plugin::window_state::WindowState;

#[test]
fn nothing_is_lost_by_going_back() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    bench.record(&demo("train", "violin")[..2 * 44_100]);
    let clips = |bench: &Bench| bench.hub.project.get().instruments[0].clips.len();
    assert_eq!(clips(&bench), 2);
    // B holds the state from before the rest was adapted.
    bench.click("Version B");
    bench.click("Version A");
    bench.play(&demo("test", "piano")[..5 * 44_100]);
    let adapted = Rest::Adapting { listened_s: 4 };
    bench.wait("the rest", |hub| hub.project.get().rest == adapted && hub.is_idle());
    let dictionary = bench.hub.project.get().dictionary.clone();
    let keeps_rest = |bench: &Bench| {
        let project = bench.hub.project.get();
        project.rest == adapted && project.dictionary == dictionary
    };
    bench.click("Undo");
    assert_eq!(clips(&bench), 1, "the recording was taken back");
    assert!(keeps_rest(&bench));
    bench.click("Version B");
    assert_eq!(clips(&bench), 2, "which B still has");
    assert!(keeps_rest(&bench));
}

#[test]
fn a_and_b_are_taken_back_apart() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..4 * 44_100]);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    let state = |bench: &Bench| {
        let strip = &bench.params.strips[0];
        (strip.solo.value(), strip.mute.value())
    };
    bench.click("mute Instrument 1");
    bench.click("Version B");
    bench.click("solo Instrument 1");
    assert_eq!(state(&bench), (true, true));
    bench.click("Version A");
    assert_eq!(state(&bench), (false, true));
    bench.click("Undo");
    assert_eq!(state(&bench), (false, false), "the last step of A");
    bench.click("Version B");
    assert_eq!(state(&bench), (true, true), "is none of B");
    bench.click("Undo");
    assert_eq!(state(&bench), (false, true));
    bench.click("Version A");
    bench.click("Redo");
    assert_eq!(state(&bench), (false, true), "and what was taken back in A comes back there");
    // The host opens another project.
    bench.hub.project.replace(undo::UndoStack::default());
    bench.click("Version B");
    assert_eq!(state(&bench), (false, true), "B is not that of the project before");
}

#[test]
fn settings_are_taken_back() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..4 * 44_100]);
    bench.click("Settings");
    let keeps = |bench: &Bench| bench.params.record.keep_clips.value();
    bench.click("Keep recordings in the project");
    assert!(!keeps(&bench));
    bench.click("Undo");
    assert!(keeps(&bench));
    assert_eq!(bench.hub.project.get().instruments[0].clips.len(), 1, "and nothing else is");
    bench.click("Redo");
    assert!(!keeps(&bench));
}

#[test]
fn a_large_zoom_has_its_way_back_in_reach() {
    let mut bench = Bench::new();
    bench
        .hub
        .window
        .set(Some(WindowState { zoom: 3.0, ..bench.hub.window.get().unwrap_or_default() }));
    (0..4).for_each(|_| bench.window.step());
    let window = bench.window.ctx.content_rect();
    assert!(window.width() < 400.0, "{window:?}");
    let lists = bench.window.query_all_by_role(egui::accesskit::Role::ComboBox);
    let zooms = lists.filter(|list| list.value().as_deref() == Some("300 %"));
    let found = zooms.into_iter().any(|list| window.contains_rect(list.rect()));
    assert!(found, "the zoom is in the window");
}

const ALL_AUDIBLE: MixerView = MixerView {
    colors: [Color32::WHITE; STRIPS],
    silence: Color32::BLACK,
    gains: [1.0; STRIPS],
    strengths: [0.0; STRIPS],
    component: None,
};

/// Not that of another component, which had its number before.
#[test]
fn a_component_shows_its_own_past() {
    let mut bench = super::rooms::learned(2, |place| format!("i{place}"));
    bench.wait("the engine", Hub::is_idle);
    let mut history = SpectrogramHistory::default();
    let mut after = |bench: &mut Bench, sound: &[f32]| {
        bench.play(sound);
        history.update(&bench.hub, &ALL_AUDIBLE, &bench.hub.project.get());
        [0, 1, 2].map(|component| history.activity(component).collect::<Vec<f32>>())
    };
    let song = demo("test", "piano");
    let before = after(&mut bench, &song[44_100..2 * 44_100]);
    assert!(before[0] != before[1] && before[1].iter().any(|level| *level > 0.0));
    // The first is replaced, and is the second from now on.
    bench.hub.project.edit(|project| {
        let mut dictionary = Dictionary::clone(project.dictionary.as_ref().unwrap());
        let second = dictionary.w.column(1).to_owned();
        dictionary.w.column_mut(0).assign(&second);
        dictionary.w.column_mut(1).fill(1.0 / second.len() as f32);
        project.dictionary = Some(Arc::new(dictionary));
    });
    bench.wait("the engine", Hub::is_idle);
    let now = after(&mut bench, &song[2 * 44_100..][..22_050]);
    let past = before[0].len() - 5;
    assert_eq!(now[0][..past], before[1][..past]);
    assert!(now[1][..past].iter().all(|level| *level == 0.0), "a new one has no past");
    assert_eq!(now[2][..past], before[2][..past]);
}

#[test]
fn the_pictures_wait_for_sound() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..4 * 44_100]);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    let mut history = SpectrogramHistory::default();
    let mut after = |bench: &mut Bench, sound: &[f32]| {
        for second in sound.chunks(44_100) {
            bench.play(second);
            history.update(&bench.hub, &ALL_AUDIBLE, &bench.hub.project.get());
        }
        history.position
    };
    let song = demo("test", "piano");
    let played = after(&mut bench, &song[..3 * 44_100]);
    assert!(played > 100, "two seconds and more: {played}");
    let held = after(&mut bench, &[0.0; 4 * 44_100]);
    assert!(held < played + 120, "then little more: {played} {held}");
    assert_eq!(after(&mut bench, &[0.0; 2 * 44_100]), held, "they stand");
    let played = (0..4).map(|_| after(&mut bench, &song[..8 * 44_100])).max().unwrap();
    assert!(played > held + 1200, "and go on");
    bench.activate(ProcessSetup { sample_rate_hz: 48_000, ..SETUP });
    let changed = after(&mut bench, &song[..48_000]);
    let then = after(&mut bench, &song[48_000..72_000]);
    assert!(then > changed + 15, "at once at another sample rate: {played} {changed} {then}");
}
