//! A recording ends in the project in which it began.

use egui::{Key, Modifiers};

use super::rooms::dictionary;
use super::*;
use crate::plugin::editor::files::{Task, carry_out};

fn clips(bench: &Bench) -> usize {
    bench.hub.project.get().instruments[0].clips.len()
}

#[test]
fn nothing_exchanges_the_project_while_a_recording_runs() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    bench.record(&violin[..2 * 44_100]);
    bench.click("Clear");
    assert_eq!(clips(&bench), 0, "at once");
    bench.click("Undo");
    bench.click("Record");
    bench.play(&violin[..2 * 44_100]);
    assert!(bench.hub.status.recording.load(Ordering::SeqCst));
    for label in ["Undo", "Redo", "Version A", "Version B"] {
        bench.click(label);
        assert!(bench.window.get_by_label(label).accesskit_node().is_disabled(), "{label}");
    }
    for modifiers in [Modifiers::COMMAND, Modifiers::COMMAND | Modifiers::SHIFT] {
        bench.window.key_press_modifiers(modifiers, Key::Z);
        bench.window.step();
    }
    assert_eq!((clips(&bench), bench.hub.project.is_b_active()), (1, false));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.safetensors");
    dictionary(&["piano", "bass"]).save(&path).unwrap();
    bench.click("Files");
    let load = bench.window.get_by_label("Load learned instruments…");
    assert!(load.accesskit_node().is_disabled());
    // As if its file dialog had been open before.
    carry_out(&bench.hub, &bench.params.controls(), Task::LoadDictionary, &path);
    assert!(bench.hub.status.notes()[0].is_error);
    assert!(bench.hub.project.get().dictionary.is_none());
    bench.click("Files");
    bench.click("Stop");
    bench.wait("the recording", |hub| hub.project.get().instruments[0].clips.len() == 2);
    bench.click("Undo");
    assert_eq!(clips(&bench), 1);
}
