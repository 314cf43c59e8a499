//! The handles of recordings and stems, and what is dragged by them.
#![cfg(target_os = "linux")]

use egui::{Rect, Role, Vec2};

use super::*;
use crate::audio::AudioBuffer;
use crate::plugin::editor::files::{FileStart, Task, carry_out, exports};

const MARGIN: f32 = 8.0;
const RECORDING: &str = "Drag the recording of ";
const STEM: &str = "Drag the stem of ";

/// The names of what has a handle.
fn handles(bench: &Bench, of: &str) -> Vec<String> {
    let buttons = bench.window.query_all_by_role(Role::Button);
    let labels = buttons.filter_map(|node| node.accesskit_node().label());
    labels.filter_map(|label| label.strip_prefix(of).map(str::to_string)).collect()
}

fn sized(bench: &mut Bench, size: [f32; 2]) {
    bench.window.set_size(Vec2::from(size) + Vec2::splat(2.0 * MARGIN));
    (0..6).for_each(|_| bench.window.step());
}

/// A song was recorded.
fn with_song(bench: &mut Bench) {
    let channels = vec![demo("test", "violin")[..2 * 44_100].to_vec()];
    let song = Arc::new(AudioBuffer { channels, sample_rate_hz: 44_100 }.into());
    bench.hub.project.edit(|project| project.mixture.push(song));
    (0..3).for_each(|_| bench.window.step());
}

#[test]
fn what_can_be_dragged_has_a_handle() {
    let mut bench = Bench::new();
    bench.window.step();
    assert!(handles(&bench, RECORDING).is_empty(), "nothing is there");
    bench.click("Record");
    bench.play(&demo("train", "violin"));
    bench.window.step();
    assert!(handles(&bench, RECORDING).is_empty(), "it is not complete");
    bench.click("Stop");
    bench.wait("the recording", |hub| hub.project.get().has_clips());
    assert_eq!(handles(&bench, RECORDING), ["Instrument 1"]);
    with_song(&mut bench);
    assert!(handles(&bench, STEM).is_empty(), "nothing is learned");
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    let mut stems = handles(&bench, STEM);
    stems.sort();
    assert_eq!(stems, ["Everything else", "Instrument 1"]);
    bench.automate(|params| params.record.to_param(), 0);
    assert_eq!(handles(&bench, RECORDING), ["the whole song"]);
    bench.hub.project.edit(|project| project.mixture.clear());
    (0..3).for_each(|_| bench.window.step());
    assert!(handles(&bench, STEM).is_empty() && handles(&bench, RECORDING).is_empty());
}

#[test]
fn handles_overlap_nothing_and_are_hidden_in_narrow_strips() {
    for (count, size, shown) in [
        (1, MIN_SIZE, true),
        (4, MIN_SIZE, true),
        (16, MIN_SIZE, false),
        (4, [1500.0, 1100.0], true),
    ] {
        let name = |place| format!("Electric guitar {place:2} left, with long reverb");
        let mut bench = super::rooms::learned(count, name);
        with_song(&mut bench);
        bench.automate(|params| params.record.to_param(), 0);
        sized(&mut bench, size);
        assert_eq!(handles(&bench, RECORDING).len(), 1);
        assert_eq!(handles(&bench, STEM).len(), if shown { count + 1 } else { 0 });
        let all: Vec<(String, Rect)> = bench
            .window
            .query_all_by_role(Role::Button)
            .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
            .collect();
        for (handle, place) in all.iter().filter(|(label, _)| label.starts_with("Drag the ")) {
            assert!(place.right() <= MARGIN + size[0] - 8.0, "`{handle}` ends at {place}");
            for (other, over) in all.iter().filter(|(label, _)| label != handle) {
                let both = place.intersect(*over);
                let apart = both.width() <= 0.0 || both.height() <= 0.0;
                assert!(apart, "`{handle}` {place} and `{other}` {over} at {size:?}");
            }
        }
    }
}

/// A stem that is dragged out is the one that is exported.
#[test]
fn a_dragged_stem_equals_the_exported_one() {
    let mut bench = super::rooms::learned(2, |place| format!("i{place}"));
    with_song(&mut bench);
    let folder = tempfile::tempdir().unwrap();
    let controls = bench.params.controls();
    carry_out(&bench.hub, &controls, Task::ExportStems(FileStart::Recording), folder.path());
    let project = bench.hub.project.get();
    for (source, name) in ["i1", "i2", "rest"].into_iter().enumerate() {
        let alone = folder.path().join("alone.wav");
        exports::stem(&project, &controls, source, &alone, &|| true).unwrap();
        let exported = folder.path().join(format!("{name}.wav"));
        assert_eq!(std::fs::read(&alone).unwrap(), std::fs::read(exported).unwrap(), "{name}");
    }
    let never = folder.path().join("never.wav");
    assert!(exports::stem(&project, &controls, 0, &never, &|| false).is_err());
    assert!(!never.exists());
}
