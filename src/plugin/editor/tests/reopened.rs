//! What the window shows of a project that was saved and reopened.

use std::collections::BTreeMap;

use super::*;
use crate::plugin::project::MAX_INSTRUMENTS;
use crate::plugin::project::clip_range::ClipRange;
use crate::plugin::project::silences::set_silent;
use crate::plugin::state;
use crate::plugin::window_state::WindowState;

const NEWS: &str = "There are new recordings: press Learn";

/// The project as the host keeps it.
fn saved(bench: &Bench) -> String {
    bench.params.project.fields().remove("project").unwrap()
}

/// What a saved project contains.
fn content(project: &str) -> serde_json::Value {
    serde_json::from_str::<serde_json::Value>(project).unwrap()["content"].take()
}

/// A saved project as version 1 wrote it: without a checksum.
fn version_1(content: &serde_json::Value) -> String {
    let mut project = content.clone();
    project["version"] = 1.into();
    project.to_string()
}

/// Another instance, with a project saved by the host.
fn opened(project: &str) -> Bench {
    opened_in(Bench::new(), project)
}

fn opened_in(bench: Bench, project: &str) -> Bench {
    let fields = BTreeMap::from([("project".to_string(), project.to_string())]);
    let mut state = PluginState { version: String::new(), params: BTreeMap::new(), fields };
    state::check(&mut state, |_| None, crate::plugin::params::defaults);
    bench.params.project.restore();
    bench
}

/// Whether the window reports new clips; checks that it still does after reopening.
fn says_news(bench: &mut Bench) -> bool {
    bench.window.step();
    let before = saved(bench);
    let mut again = opened(&before);
    again.window.step();
    assert_eq!(saved(&again), before, "saved again it is the same");
    assert_eq!(again.says(NEWS), bench.says(NEWS), "opened again it says the same");
    bench.says(NEWS)
}

#[test]
fn recordings_that_were_not_learned_are_news_when_reopened() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    let learn = |bench: &mut Bench| {
        let before = bench.hub.project.get().dictionary.clone();
        bench.click("Learn");
        bench.wait("learning", |hub| hub.project.get().dictionary != before && hub.is_idle());
        // Learn ignores clicks for a moment after learning.
        std::thread::sleep(Duration::from_millis(600));
    };
    bench.record(&violin);
    learn(&mut bench);
    assert!(!says_news(&mut bench));
    bench.record(&violin[..3 * 44_100]);
    assert!(says_news(&mut bench), "more of the same instrument");
    // Adapting the rest makes another dictionary, learned from no more clips.
    let before = bench.hub.project.get().dictionary.clone();
    bench.play(&demo("test", "piano")[..6 * 44_100]);
    bench.wait("the rest", |hub| hub.project.get().dictionary != before && hub.is_idle());
    assert!(says_news(&mut bench), "while the rest is adapted");
    learn(&mut bench);
    assert!(!says_news(&mut bench));
    bench.click("Undo");
    assert!(says_news(&mut bench), "learning was taken back");
    bench.click("Redo");
    assert!(!says_news(&mut bench));
    bench.click("Whole song");
    bench.record(&violin[..3 * 44_100]);
    assert!(says_news(&mut bench), "a piece of the whole song");
}

#[test]
fn a_project_of_before_has_learned_what_is_on_its_strips() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    bench.record(&violin[..4 * 44_100]);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    bench.record(&violin[..3 * 44_100]);
    let mut project = content(&saved(&bench));
    let clips = project["slots"][0]["clips"].as_array_mut().unwrap();
    let marks: Vec<_> =
        clips.iter_mut().map(|c| c.as_object_mut().unwrap().remove("unlearned")).collect();
    assert_eq!(marks, [None, Some(true.into())]);
    let mut old = opened(&version_1(&project));
    assert!(!says_news(&mut old));
    // Nothing was learned for this strip.
    project["slots"][1]["clips"] = project["slots"][0]["clips"].clone();
    assert!(says_news(&mut opened(&version_1(&project))));
}

#[test]
fn marks_of_silence_are_kept() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    bench.record(&violin[..3 * 44_100]);
    bench.click("Whole song");
    bench.record(&violin[..5 * 44_100]);
    let song = bench.hub.project.get().mixture.clone();
    set_silent(&bench.hub.project, &song, &ClipRange(50..120), 0, true).unwrap();
    let marks = |bench: &Bench| -> Vec<Vec<usize>> {
        bench.hub.project.get().mixture.iter().map(|clip| clip.silent().to_vec()).collect()
    };
    assert_eq!(marks(&bench), [vec![], vec![0], vec![]]);
    let project = saved(&bench);
    let again = opened(&project);
    assert_eq!((marks(&again), saved(&again)), (marks(&bench), project.clone()));
    // Of an instrument that no version has.
    let mut broken = content(&project);
    broken["mixture"][1]["silent"] = vec![MAX_INSTRUMENTS].into();
    let mut kept = opened_in(again, &version_1(&broken));
    kept.window.step();
    assert!(kept.says("damaged") && saved(&kept) == project);
}

#[test]
fn both_versions_are_kept() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    bench.record(&violin[..6 * 44_100]);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    bench.click("mute Instrument 1");
    let alone = saved(&bench).to_string().len();
    bench.click("Version B");
    let both = saved(&bench);
    let length = both.to_string().len();
    assert!(length < alone + 10_000, "what they share is written once: {alone} {length}");
    let mut shared = opened(&both);
    assert_eq!(saved(&shared), both);
    let current = shared.hub.project.get();
    shared.click("Version A");
    let other = shared.hub.project.get();
    assert!(Arc::ptr_eq(&current.instruments[0].clips[0], &other.instruments[0].clips[0]));
    assert!(other.dictionary.is_some() && other.dictionary == current.dictionary);
    bench.click("mute Instrument 1");
    bench.click("solo Instrument 1");
    bench.record(&violin[..2 * 44_100]);
    let before = bench.hub.project.get().dictionary.clone();
    std::thread::sleep(Duration::from_millis(600));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary != before && hub.is_idle());
    let project = saved(&bench);
    let mut again = opened(&project);
    assert_eq!(saved(&again), project, "saved again it is the same");
    // The host sets the parameters of the output selection.
    again.automate(|params| &params.strips[0].solo, true);
    let state = |bench: &Bench| {
        let strip = &bench.params.strips[0];
        let clips = bench.hub.project.get().instruments[0].clips.len();
        let dictionary = bench.hub.project.get().dictionary.clone().unwrap();
        (strip.solo.value(), strip.mute.value(), clips, dictionary)
    };
    for bench in [&mut bench, &mut again] {
        assert_eq!(
            state(bench),
            (true, false, 2, bench.hub.project.get().dictionary.clone().unwrap())
        );
        bench.click("Version A");
        assert_eq!(state(bench), (false, true, 1, before.clone().unwrap()));
        bench.click("Version B");
        assert_eq!(state(bench).2, 2);
    }
    // An inconsistent project changes nothing.
    let mut broken = content(&project);
    broken["other"]["project"]["slots"][0]["clips"][0]["again"] = 7.into();
    let mut kept = opened_in(again, &version_1(&broken));
    kept.window.step();
    assert!(kept.says("damaged"));
    assert_eq!(saved(&kept), project);
}

#[test]
fn a_new_instance_looks_as_the_last_one_was_left() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("unbraid/window.json");
    let open = || {
        let mut bench = Bench::with(Preferences::at(file.clone()));
        bench.window.step();
        bench
    };
    // The button names the theme that it changes to.
    let is_dark = |bench: &Bench| bench.window.query_by_label("Light theme").is_some();
    let mut first = open();
    assert!(is_dark(&first));
    assert!(!file.exists(), "nothing was chosen");
    let project = saved(&first);
    first.click("Light theme");
    assert!(!is_dark(&open()), "also while the first is open");
    let mut dark = content(&project);
    dark["window"] = serde_json::to_value(WindowState::default()).unwrap();
    let mut again = opened_in(open(), &version_1(&dark));
    again.window.step();
    assert!(is_dark(&again), "a project keeps its own");
    for broken in ["", "{\"zoom\":", "[1, 2]", "{\"width\":1e999}", "\u{0}\u{1}"] {
        std::fs::write(&file, broken).unwrap();
        assert!(is_dark(&open()), "{broken:?}");
    }
    let wild = r#"{"width": 1e30, "height": -1.0, "zoom": 900.0, "dark": false}"#;
    std::fs::write(&file, wild).unwrap();
    assert!(!is_dark(&open()));
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let mut nowhere = open();
    nowhere.click("Light theme");
    assert!(!is_dark(&nowhere), "also where nothing can be kept");
}

/// A host that is not told closes the project without asking whether to save it.
#[cfg(patched_framework)]
#[test]
fn the_host_is_told_what_it_has_not_saved() {
    let mut bench = Bench::new();
    let marked = bench.marked.clone();
    let count = |bench: &mut Bench| {
        (0..3).for_each(|_| bench.window.step());
        marked.swap(0, Ordering::SeqCst)
    };
    assert_eq!(count(&mut bench), 0, "nothing has been done yet");
    bench.record(&demo("train", "violin")[..4 * 44_100]);
    assert!(count(&mut bench) > 0, "a recording");
    assert_eq!(count(&mut bench), 0, "once is enough");
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    assert!(count(&mut bench) > 0, "what was learned");
    bench.click("Undo");
    assert!(count(&mut bench) > 0, "undo");
    // What the host has just saved is not news.
    bench.hub.project.edit(|project| project.instruments[0].name = "Violin".to_string());
    bench.params.project.json();
    assert_eq!(count(&mut bench), 0);
}
