//! Learning in the plugin: settings, cancelling, failures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;
use unbraid::divergence::Divergence;
use unbraid::plugin::pack_words;

use crate::host::{Instance, Setup, UNBRAID};
use crate::steps::{both, demo, dictionary, learn, record, settle};
use crate::support::noise;

#[test]
fn settings_have_the_command_lines_meaning() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 2, &both(&demo("train", "piano")));
    record(&mut plugin, 5, &both(&demo("train", "bass")));
    for (id, value) in [
        ("method", 1.0),
        ("components", 7.0),
        ("divergence", 2.0),
        ("transpose", 0.0),
        ("seed", 3.0),
    ] {
        plugin.set(id, value);
    }
    learn(&mut plugin);
    let learned = dictionary(&plugin);
    assert_eq!(learned.components(), 14);
    assert_eq!(learned.divergence, Divergence::Euclidean);
    assert_eq!((learned.transpose, learned.provenance.seed), (0, 3));
    assert_eq!(learned.provenance.method, "snpa");
    let slots = &plugin.saved_project()["slots"];
    assert_eq!((slots[1]["source"].as_u64(), slots[4]["source"].as_u64()), (Some(0), Some(1)));
    assert!(slots[0]["source"].is_null());
}

#[test]
fn a_recorded_mixture_gives_the_rest() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1, &both(&demo("train", "drums")));
    let mixture: Vec<f32> =
        demo("test", "piano").iter().zip(demo("test", "drums")).map(|(a, b)| a + b).collect();
    record(&mut plugin, 0, &both(&mixture));
    learn(&mut plugin);
    let learned = dictionary(&plugin);
    let components = learned.rest().map(|rest| learned.sources[rest].components.len());
    assert!(components.is_some_and(|count| (8..=32).contains(&count)), "{components:?}");
}

#[test]
fn a_second_instrument_leaves_the_rest_in_place() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    let has_rest = |plugin: &Instance| dictionary(plugin).rest().is_some();
    record(&mut plugin, 1, &both(&demo("train", "violin")));
    learn(&mut plugin);
    assert!(has_rest(&plugin), "one instrument against everything else");
    record(&mut plugin, 2, &both(&demo("train", "piano")));
    learn(&mut plugin);
    assert!(has_rest(&plugin), "nobody said that these are all");
    assert_eq!(dictionary(&plugin).sources.len(), 3);
    // No rest: so it was requested.
    plugin.set("rest", 2.0);
    learn(&mut plugin);
    assert!(!has_rest(&plugin));
}

#[test]
fn learning_is_cancelled_and_changes_nothing() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1, &both(&demo("train", "piano")));
    learn(&mut plugin);
    let before = plugin.saved_project();
    plugin.set("iterations", 1000.0);
    plugin.set("components", 128.0);
    plugin.press("learn");
    // The worker has begun by then, and needs much longer.
    std::thread::sleep(std::time::Duration::from_secs(1));
    plugin.press("cancel");
    settle(&mut plugin);
    assert_eq!(plugin.saved_project()["dictionary"], before["dictionary"]);
}

/// The worker sees *Learn* only when it next polls. Until then, *Cancel* counts already.
#[test]
fn cancel_right_after_learn_changes_nothing() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1, &both(&demo("train", "piano")));
    learn(&mut plugin);
    let before = plugin.saved_project();
    plugin.set("components", 7.0);
    for _ in 0..3 {
        plugin.press("learn");
        plugin.press("cancel");
        settle(&mut plugin);
        assert_eq!(plugin.saved_project()["dictionary"], before["dictionary"]);
    }
    plugin.press("cancel");
    learn(&mut plugin);
    assert_eq!(dictionary(&plugin).sources[0].components.len(), 7, "an earlier Cancel is over");
}

/// Another project is loaded while the worker learns the present one.
#[test]
fn what_is_learned_never_reaches_another_project() {
    let mut other = Instance::new(UNBRAID, Setup::default());
    record(&mut other, 2, &both(&demo("train", "bass")));
    learn(&mut other);
    let (saved, expected) = (other.save(), other.saved_project());
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1, &both(&demo("train", "piano")));
    plugin.set("iterations", 200.0);
    plugin.set("components", 128.0);
    plugin.press("learn");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(plugin.load(&saved));
    settle(&mut plugin);
    let now = plugin.saved_project();
    assert_eq!(now["dictionary"], expected["dictionary"]);
    assert_eq!(now["slots"][1]["source"], expected["slots"][1]["source"]);
    assert!(now["slots"][0]["source"].is_null(), "the piano is not there");
}

#[test]
fn a_clip_that_cannot_be_learned_leaves_what_was_there() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    record(&mut plugin, 1, &both(&demo("train", "piano")));
    learn(&mut plugin);
    let before = plugin.saved_project()["dictionary"].clone();
    record(&mut plugin, 2, &both(&noise(3000, 1)));
    plugin.set("components", 100.0);
    plugin.press("learn");
    record(&mut plugin, 3, &both(&noise(5000, 1)));
    assert_eq!(plugin.saved_project()["dictionary"], before);
}

/// Spectra of an instrument, one column per component.
fn spectra(plugin: &Instance, slot: usize) -> ndarray::Array2<f32> {
    let learned = dictionary(plugin);
    let source = plugin.saved_project()["slots"][slot - 1]["source"].as_u64().unwrap();
    learned.w.select(ndarray::Axis(1), &learned.sources[source as usize].components)
}

#[test]
fn only_what_is_new_is_learned() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    for (id, value) in [("components", 3.0), ("iterations", 2.0), ("rest", 2.0)] {
        plugin.set(id, value);
    }
    for (slot, name) in ["violin", "piano", "bass"].iter().enumerate() {
        record(&mut plugin, slot + 1, &both(&demo("train", name)));
    }
    learn(&mut plugin);
    // Something that learning would not find, as after components were moved by hand.
    let mut changed = dictionary(&plugin);
    let flat = 1.0 / changed.w.nrows() as f32;
    changed.w.fill(flat);
    let bytes = changed.to_bytes().unwrap();
    let state = plugin.save_with(|project| {
        project["dictionary"] =
            json!({ "bytes": bytes.len(), "packed": BASE64.encode(pack_words(&bytes)) });
    });
    assert!(plugin.load(&state));
    let is_kept = |plugin: &Instance, slot| spectra(plugin, slot).iter().all(|x| *x == flat);

    record(&mut plugin, 4, &both(&demo("train", "drums")));
    learn(&mut plugin);
    assert_eq!([1, 2, 3, 4].map(|slot| is_kept(&plugin, slot)), [true, true, true, false]);
    let drums = spectra(&plugin, 4);

    // Other clips of an instrument, fewer or more, make it new.
    plugin.set("capture_how", 1.0);
    plugin.set("capture_to", 2.0);
    plugin.set("capture", 1.0);
    plugin.play(&both(&demo("train", "piano")[..50_000]), 512);
    plugin.set("capture", 0.0);
    plugin.play(&both(&[0.0; 64]), 64);
    settle(&mut plugin);
    learn(&mut plugin);
    assert_eq!([1, 2, 3].map(|slot| is_kept(&plugin, slot)), [true, false, true]);
    assert_eq!(spectra(&plugin, 4), drums);

    // Another setting makes all of them new.
    plugin.set("capture_how", 0.0);
    plugin.set("iterations", 3.0);
    record(&mut plugin, 3, &both(&demo("train", "bass")[..30_000]));
    learn(&mut plugin);
    assert_eq!([1, 2, 3, 4].map(|slot| is_kept(&plugin, slot)), [false; 4]);
    assert_ne!(spectra(&plugin, 4), drums);
}
