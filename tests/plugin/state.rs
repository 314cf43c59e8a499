//! Saved states are restored bit for bit, and bad ones change nothing.

use proptest::prelude::*;
use serde_json::{Value, json};
use unbraid::frames::Mode;

use crate::host::{Instance, Setup, UNBRAID, UNBRAID_MULTI, framed, sealed};
use crate::steps::{both, demo, learn, load_dictionary, record, settle};
use crate::support::{noise, random_dictionary};

/// Small states of earlier versions, which were made by `write_the_fixture` below: the second
/// before strips had a strength.
const VERSION_1: &[u8] = include_bytes!("../fixtures/state-v1.json");
const VERSION_2: &[u8] = include_bytes!("../fixtures/state-v2.json");

fn full() -> Instance {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    load_dictionary(&plugin, &random_dictionary(Mode::Quality, 44_100, 2));
    record(&mut plugin, 1, &both(&noise(3000, 1)));
    record(&mut plugin, 0, &[noise(3000, 2), noise(3000, 3)]);
    for (id, value) in [("heard", 4.0), ("gain_3", 0.25), ("wet", 0.75), ("seed", 17.0)] {
        plugin.set(id, value);
    }
    plugin.play(&both(&[0.0; 16]), 16);
    plugin
}

#[test]
fn saving_loading_and_saving_gives_the_same_bytes() {
    let plugin = full();
    let state = plugin.save();
    assert!(plugin.save() == state);
    for id in [UNBRAID, UNBRAID_MULTI] {
        let other = Instance::inactive(id, Setup::default());
        assert!(other.load(&state));
        assert!(other.save() == state);
    }
}

#[test]
fn a_trigger_that_was_on_when_saved_does_nothing_when_loaded() {
    let mut plugin = full();
    plugin.set("learn", 1.0);
    plugin.set("capture", 1.0);
    plugin.set("capture_to", 1.0);
    plugin.play(&both(&[0.0; 16]), 16);
    let state = plugin.save();
    let mut other = Instance::new(UNBRAID, Setup::default());
    assert!(other.load(&state));
    other.play(&both(&noise(5000, 4)), 512);
    std::thread::sleep(std::time::Duration::from_millis(100));
    other.play(&both(&noise(5000, 4)), 512);
    assert!(other.save() == state);
}

/// The host asks to save what was recorded and learned, without the window, and does not ask again
/// after saving or loading.
#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn what_is_learned_is_something_to_save() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    plugin.play(&both(&[0.0; 4096]), 512);
    assert_eq!(plugin.take_marked_dirty(), 0, "nothing has been done yet");
    // `record` would save, after which there is nothing new.
    plugin.set("capture_to", 1.0);
    plugin.set("capture", 1.0);
    plugin.play(&both(&demo("train", "bass")[..88_200]), 512);
    plugin.set("capture", 0.0);
    plugin.play_until(|plugin| plugin.take_marked_dirty() > 0);
    plugin.save();
    plugin.press("learn");
    plugin.play_until(|plugin| plugin.take_marked_dirty() > 0);
    settle(&mut plugin);
    let saved = plugin.save();
    plugin.take_marked_dirty();
    let other = Instance::new(UNBRAID, Setup::default());
    assert!(other.load(&saved));
    for mut plugin in [plugin, other] {
        settle(&mut plugin);
        plugin.play(&both(&[0.0; 4096]), 512);
        assert_eq!(plugin.take_marked_dirty(), 0, "nothing has changed");
    }
}

#[test]
fn clips_can_be_left_out() {
    let mut plugin = full();
    let with = plugin.save().len();
    plugin.set("keep_clips", 0.0);
    plugin.play(&both(&[0.0; 16]), 16);
    let state = plugin.save();
    assert!(state.len() < with - 10_000);
    let other = Instance::inactive(UNBRAID, Setup::default());
    assert!(other.load(&state));
    assert!(other.save() == state);
    assert_eq!(other.saved_project()["clips_left_out"], true);
}

#[test]
fn bad_states_change_nothing() {
    let plugin = full();
    let before = plugin.save();
    let change = |change: &dyn Fn(&mut Value)| {
        let mut state: Value = serde_json::from_slice(&before[8..]).unwrap();
        let mut project = plugin.saved_project();
        // One parameter differs: it must not be applied.
        state["params"]["wet"] = json!({ "f32": 0.125 });
        project["params"]["wet"] = json!({ "f32": 0.125 });
        change(&mut project);
        state["fields"]["project"] = Value::String(sealed(&project));
        framed(&state)
    };
    let text = |change: &dyn Fn(String) -> String| {
        let mut state: Value = serde_json::from_slice(&before[8..]).unwrap();
        let mut project = plugin.saved_project();
        project["params"]["wet"] = json!({ "f32": 0.125 });
        state["params"]["wet"] = json!({ "f32": 0.125 });
        state["fields"]["project"] = Value::String(change(sealed(&project)));
        framed(&state)
    };
    // Of version 1, without a checksum.
    let window = |window: &str| {
        let mut project = plugin.saved_project();
        project["version"] = json!(1);
        project["window"] = json!("window");
        let field =
            project.to_string().replace("\"window\":\"window\"", &format!("\"window\":{window}"));
        let mut state: Value = serde_json::from_slice(&before[8..]).unwrap();
        state["params"]["wet"] = json!({ "f32": 0.125 });
        state["fields"]["project"] = Value::String(field);
        framed(&state)
    };
    let bad: Vec<Vec<u8>> = vec![
        text(&|text| text.replace("\"version\":2", "\"version\":3")),
        text(&|text| text.replace("\"version\":2", "\"version\":0")),
        text(&|text| text.replace("\"version\":2", "\"version\":\"one\"")),
        text(&|text| text.replace("\"crc32\":", "\"crc32\":1")),
        text(&|text| text.replacen("Instrument 3", "Instrument 4", 1)),
        window("{\"zoom\":1e999}"),
        window(&format!("{}1{}", "[".repeat(200), "]".repeat(200))),
        change(&|project| {
            let used = project["slots"][0].clone();
            project["slots"].as_array_mut().unwrap().extend(vec![used; 40]);
        }),
        change(&|project| project["slots"][0]["source"] = json!(77)),
        change(&|project| project["slots"][0]["name"] = json!("a/b")),
        change(&|project| project["dictionary"]["bytes"] = json!(u64::MAX)),
        change(&|project| project["dictionary"]["packed"] = json!("AAAA")),
        change(&|project| project["mixture"][0]["samples"] = json!(1u64 << 40)),
        change(&|project| project["mixture"][0]["samples"] = json!(5000)),
        change(&|project| project["mixture"][0]["flac"] = json!("AAAA")),
        change(&|project| project["mixture"][0]["exponents"] = json!([])),
        change(&|project| project["mixture"][0]["exponents"] = json!([0])),
        change(&|project| project["mixture"][0]["sample_rate_hz"] = json!(0)),
        before[..before.len() / 2].to_vec(),
        b"not a state at all, by any means".to_vec(),
        Vec::new(),
        framed(&json!({ "version": "", "params": { "wet": { "f32": 0.125 } }, "fields": {} })),
        framed(&json!({ "version": "", "params": {}, "fields": { "project": "nonsense" } })),
    ];
    for (case, state) in bad.iter().enumerate() {
        // The released framework cannot tell the host that the plugin refuses a state.
        assert!(!plugin.load(state) || !cfg!(patched_framework), "case {case} was accepted");
        assert!(plugin.save() == before, "case {case}");
    }
}

/// The number of places depends on the version that wrote a state.
#[test]
fn fewer_and_more_empty_places_load() {
    let plugin = full();
    for places in [2, 40] {
        let state = plugin.save_with(|project| {
            let slots = project["slots"].as_array_mut().unwrap();
            let empty = slots[15].clone();
            slots.resize(places, empty);
        });
        let other = Instance::inactive(UNBRAID, Setup::default());
        assert!(other.load(&state));
        assert_eq!(other.saved_project(), plugin.saved_project(), "{places} places");
    }
}

#[test]
fn states_of_earlier_versions_load() {
    for fixture in [VERSION_1, VERSION_2] {
        let state: Value = serde_json::from_slice(fixture).unwrap();
        let mut plugin = Instance::new(UNBRAID, Setup::default());
        plugin.set("strength_1", 1.0);
        plugin.set("match_loudness", 1.0);
        plugin.play(&both(&[0.0; 16]), 16);
        assert_eq!(plugin.text("strength_1", plugin.value("strength_1")), "100 %");
        assert!(plugin.load(&framed(&state)));
        assert_eq!(plugin.value("match_loudness"), 0.0);
        let project = plugin.saved_project();
        assert_eq!(project["slots"][0]["name"], "Guitar");
        assert_eq!(project["slots"][0]["clips"].as_array().unwrap().len(), 1);
        assert!(plugin.value("wet") < 0.8);
        assert_eq!(plugin.text("strength_1", plugin.value("strength_1")), "0 %");
        assert_eq!(crate::steps::dictionary(&plugin).components(), 3);
    }
}

/// Writes the fixture again: `cargo test --test plugin -- --ignored write_the_fixture`.
#[test]
#[ignore = "only when the fixture of a version is made"]
fn write_the_fixture() {
    let mut plugin = Instance::new(UNBRAID, Setup { sample_rate_hz: 8000, ..Setup::default() });
    load_dictionary(&plugin, &random_dictionary(Mode::Live, 8000, 1));
    record(&mut plugin, 1, &both(&noise(400, 1)));
    plugin.set("wet", 0.75);
    plugin.set("mode", 2.0);
    plugin.play(&both(&[0.0; 16]), 16);
    let state = plugin.save_with(|project| project["slots"][0]["name"] = json!("Guitar"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/state-v3.json");
    std::fs::write(path, &state[8..]).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn damaged_states_are_survived(
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let mut state = framed(&serde_json::from_slice::<Value>(VERSION_1).unwrap());
        for (index, byte) in at {
            let index = index.index(state.len());
            state[index] = byte;
        }
        if cuts {
            state.truncate(cut.index(state.len()));
        }
        let plugin = Instance::inactive(UNBRAID, Setup::default());
        let before = plugin.save();
        if !plugin.load(&state) {
            prop_assert!(plugin.save() == before);
        }
        // The resulting state is valid: it can be saved and loaded.
        let after = plugin.save();
        prop_assert!(plugin.load(&after));
        prop_assert!(plugin.save() == after);
    }
}

/// Saves a project into the folder `UNBRAID_STATES`, and opens those that other systems saved
/// there: they are the same to the byte, and sound the same. `cargo xtask cross` runs it.
#[test]
#[ignore = "needs a folder that several systems share"]
fn states_of_other_systems_are_restored() {
    let folder = std::path::PathBuf::from(std::env::var_os("UNBRAID_STATES").unwrap());
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1, &both(&demo("train", "violin")));
    record(&mut plugin, 2, &both(&demo("train", "bass")));
    learn(&mut plugin);
    plugin.set("gain_2", 0.25);
    plugin.play(&both(&[0.0; 16]), 16);
    let own = plugin.save();
    let input = both(&noise(44_100, 1));
    let sound_of = |state: &[u8]| {
        let mut plugin = Instance::new(UNBRAID, Setup { offline: true, ..Setup::default() });
        assert!(plugin.load(state));
        settle(&mut plugin);
        plugin.play(&input, 512)
    };
    let sound = sound_of(&own);
    assert!(sound[0].iter().any(|x| *x != 0.0));
    std::fs::write(folder.join(format!("{}.state", std::env::consts::OS)), &own).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let state = std::fs::read(&path).unwrap();
        assert!(state == own, "{}: other bytes", path.display());
        assert!(sound_of(&state) == sound, "{}: another sound", path.display());
    }
}
