//! The mixer's instruments: selecting, playing and removing them.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::plugin::audio_thread::controls::REST_STRIP;
use crate::plugin::audio_thread::held_notes::HeldNotes;
use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::choices::OutputSelection;
use crate::plugin::params::PanningParams;
use crate::plugin::project::{Project, Rest};

/// A learned violin and bass.
fn duo() -> Bench {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Add an instrument");
    bench.record(&demo("train", "bass"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    bench
}

#[test]
fn the_window_says_how_well_instruments_are_told_apart() {
    let mut bench = duo();
    bench.wait("the verdict", |hub| {
        let project = hub.project.get();
        (0..2).all(|place| hub.status.verdict(place, &project.learned_from).is_some())
    });
    bench.window.step();
    assert!(bench.says("Instrument 2: clear, about"));
    let first_clips = bench.hub.project.get().learned_from.clone();
    bench.record(&demo("train", "drums"));
    let project = bench.hub.project.get();
    assert!(bench.hub.status.verdict(1, &first_clips).is_some());
    assert_eq!(bench.hub.status.verdict(1, &project.present_clips()), None, "of other clips");
}

#[test]
fn solo_and_mute_work_whatever_was_chosen_before() {
    let mut bench = duo();
    let selection = |bench: &Bench| bench.params.output.selection.value();
    bench.click("Hear Instrument 1");
    assert_eq!(selection(&bench), OutputSelection::Source);
    bench.click("mute Instrument 1");
    assert_eq!(selection(&bench), OutputSelection::Mix);
    assert!(
        bench.says("You hear the song without Instrument 1") || bench.says("to hear it without")
    );
    bench.click("Undo");
    bench.click("Undo");
    assert_eq!(selection(&bench), OutputSelection::Source, "and both can be taken back");
    assert!(!bench.params.strips[0].mute.value());
}

#[test]
fn a_learned_instrument_is_taken_away() {
    let mut bench = duo();
    let before = bench.hub.project.get().dictionary.clone().unwrap();
    bench.click("solo Instrument 1");
    bench.automate(|params| &params.pannings[0].pan, -0.5);
    bench.automate(|params| &params.pannings[0].width, 0.25);
    let column = |dictionary: &crate::dictionary::Dictionary, source: usize| {
        dictionary.w.column(dictionary.sources[source].components[0]).to_vec()
    };
    bench.automate(|params| params.record.to_param(), 1);
    bench.click("Remove Instrument 1");
    let project = bench.hub.project.get();
    let after = project.dictionary.clone().unwrap();
    assert_eq!((project.instruments[0].source, project.instruments[1].source), (None, Some(0)));
    assert_eq!(after.sources[0].components.len(), before.sources[1].components.len());
    assert_eq!(column(&after, 0), column(&before, 1), "the bass is as it was");
    let rest = after.rest().unwrap();
    assert_eq!(project.rest, Rest::Learned);
    assert_eq!(column(&after, rest), column(&before, 0), "what was the violin's is the rest's");
    assert!(after.check().is_ok());
    let song = demo("test", "piano")[..3 * 44_100].to_vec();
    bench.wait("the engine", |hub| hub.is_idle());
    bench.play(&song);
    let output = bench.play(&song);
    assert!(si_sdr_db(&song, &output) > 60.0, "its solo went with it");
    assert_eq!(bench.params.record.to(), Some(1));
    assert!(bench.window.query_by_label("solo Instrument 1").is_none());
    assert!(!bench.params.strips[0].solo.value(), "nor does the next one there begin with it");
    let panning = |bench: &Bench| {
        let PanningParams { pan, width } = &bench.params.pannings[0];
        [pan.value(), width.value()]
    };
    assert_eq!(panning(&bench), [0.0, 1.0]);
    bench.click("Undo");
    assert_eq!(panning(&bench), [-0.5, 0.25]);
    assert_eq!(bench.hub.project.get().dictionary.clone().unwrap(), before);
    assert!(bench.params.strips[0].solo.value(), "it comes back as it was");
    assert_eq!(bench.hub.project.get().instruments[0].clips.len(), 1);
    bench.click("Redo");
    bench.click("Remove Instrument 2");
    assert!(bench.hub.project.get().dictionary.is_none(), "nothing is left of the last");
    assert_eq!(bench.params.record.to(), Some(0));
    assert!(bench.says("press Record"));
}

#[test]
fn what_has_no_recordings_stays_as_it_was_learned() {
    let mut bench = duo();
    let before = bench.hub.project.get();
    bench.hub.project.edit(|project| project.instruments[0].clips.clear());
    bench.automate(|params| params.record.to_param(), 3);
    bench.record(&demo("train", "drums")[..4 * 44_100]);
    // Right after learning, a click does not count as one on Learn.
    std::thread::sleep(Duration::from_millis(600));
    bench.click("Learn");
    bench
        .wait("learning", |hub| hub.project.get().instruments[2].source.is_some() && hub.is_idle());
    let after = bench.hub.project.get();
    let spectra = |project: &Project, instrument: usize| {
        let dictionary = project.dictionary.clone().unwrap();
        let source = &dictionary.sources[project.instruments[instrument].source.unwrap()];
        assert_eq!(source.name, project.instruments[instrument].name);
        dictionary.w.select(ndarray::Axis(1), &source.components)
    };
    assert_eq!(spectra(&after, 0), spectra(&before, 0), "the violin is as it was");
    assert_eq!(spectra(&after, 1), spectra(&before, 1), "the bass was learned from the same");
    assert!(spectra(&after, 2).ncols() > 0);
    assert!(after.dictionary.as_ref().unwrap().check().is_ok());
    // Requested from the host's list, which always offers it.
    bench.hub.project.edit(|project| {
        project.instruments.iter_mut().for_each(|instrument| instrument.clips.clear())
    });
    bench.hub.triggers.press(Trigger::Learn);
    bench.wait("the answer", |hub| hub.is_idle());
    assert_eq!(bench.hub.project.get().dictionary, after.dictionary, "nothing is lost by it");
    assert!(bench.hub.status.notes()[0].is_error);
}

#[test]
fn bypass_is_seen_and_clipping_is_remembered() {
    const RESET: &str = "Reset the clip lights";
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..4 * 44_100]);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    bench.play(&demo("test", "piano")[..6 * 44_100]);
    bench.wait("the rest", |hub| !hub.project.get().awaits_rest() && hub.is_idle());
    bench.click("mute Instrument 1");
    bench.click("Bypass");
    assert!(bench.params.bypass.value() && bench.says("Bypass is on"));
    let song = &demo("test", "violin")[..44_100];
    let played = bench.play(song);
    assert_eq!(&played[22_050..40_000], &song[22_050..40_000], "untouched, and in time");
    bench.click("Undo");
    assert!(!bench.params.bypass.value() && !bench.says("Bypass is on"));
    bench.play(&[1.5; 2 * BLOCK]);
    bench.window.step();
    bench.play(&vec![0.0; 44_100]);
    bench.window.step();
    let light = "has reached 0 dB";
    assert!(bench.says(light));
    // With the keyboard; the meter itself is no control.
    assert_eq!(
        bench.window.get_by_label_contains(light).accesskit_node().role(),
        egui::Role::Meter
    );
    bench.window.get_by_label(RESET).focus();
    bench.window.step();
    bench.window.key_press(egui::Key::Enter);
    (0..3).for_each(|_| bench.window.step());
    assert!(!bench.says(light));
    assert!(bench.window.get_by_label(RESET).is_focused(), "the keyboard stays where it was");
    bench.window.get_by_label("Hear Mix").focus();
    (0..2).for_each(|_| bench.window.step());
    assert!(!bench.says(RESET), "there is nothing to reset");
}

#[test]
fn bypass_can_be_as_soft_as_the_output() {
    let mut bench = super::rooms::learned(2, |place| format!("i{place}"));
    bench.wait("the engine", |hub| hub.is_idle());
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let song: Vec<f32> = (0..3 * 44_100).map(|_| random.random_range(-0.5..0.5)).collect();
    bench.automate(|params| &params.rest.mute, true);
    bench.automate(|params| &params.strips[0].gain, 0.2);
    bench.automate(|params| &params.strips[1].mute, true);
    bench.click("Match loudness");
    assert!(bench.params.match_loudness.value());
    bench.play(&song);
    let separated = bench.play(&song);
    bench.click("Bypass");
    let matched = bench.play(&song);
    bench.window.step();
    let level_db = |x: &[f32]| {
        let x = &x[44_100..2 * 44_100];
        10.0 * (x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32).log10()
    };
    let (wanted, found) = (level_db(&separated), level_db(&matched));
    // Not K-weighted here, but the dictionary takes every third bin.
    assert!((wanted - found).abs() < 0.5, "{found} dB, the output has {wanted} dB");
    assert!(si_sdr_db(&song[44_100..88_200], &matched[44_100..88_200]) > 60.0, "only softer");
    assert!(bench.says("turned down by") && bench.says("to match"));
    bench.click("Match loudness");
    let played = bench.play(&song);
    assert_eq!(&played[22_050..40_000], &song[22_050..40_000], "untouched, and in time");
    bench.window.step();
    assert!(bench.says("Bypass is on") && !bench.says("turned down by"));
    bench.click("Undo");
    assert!(bench.params.match_loudness.value());
}

#[test]
fn solo_with_ctrl_is_the_only_one() {
    let mut bench = super::rooms::learned(3, |place| format!("i{place}"));
    // Until everything is in its place.
    (0..6).for_each(|_| bench.window.step());
    bench.click("solo i1");
    bench.click("solo i2");
    let soloed = |bench: &Bench| -> Vec<bool> {
        let strips = &bench.params.strips[..3];
        strips.iter().chain([&bench.params.rest]).map(|strip| strip.solo.value()).collect()
    };
    assert_eq!(soloed(&bench), [true, true, false, false]);
    bench.window.step();
    bench.window.get_by_label("solo Everything else").click_modifiers(egui::Modifiers::COMMAND);
    (0..3).for_each(|_| bench.window.step());
    assert_eq!(soloed(&bench), [false, false, false, true]);
    bench.window.get_by_label("Undo").click_secondary();
    (0..3).for_each(|_| bench.window.step());
    assert!(bench.says("Undo: Everything else solo"));
    bench.window.key_press(egui::Key::Escape);
    (0..3).for_each(|_| bench.window.step());
    bench.click("Undo");
    assert_eq!(soloed(&bench), [true, true, false, false], "in one step");
}

#[test]
fn pan_and_width_are_shown_in_stereo_and_can_be_undone() {
    let mut bench = super::rooms::learned(3, |place| format!("i{place}"));
    (0..6).for_each(|_| bench.window.step());
    assert!(bench.window.query_by_label("i1 pan in %").is_none(), "there is one channel");
    bench.hub.status.set_host(44_100, 2);
    (0..3).for_each(|_| bench.window.step());
    for label in ["i1 pan in %", "Everything else pan in %", "Everything else width in %"] {
        bench.window.get_by_label(label).focus();
        bench.window.step();
        bench.window.key_press(egui::Key::ArrowLeft);
        (0..3).for_each(|_| bench.window.step());
    }
    let panning = |bench: &Bench| {
        let (i1, rest) = (bench.params.panning(0), bench.params.panning(REST_STRIP));
        [i1.pan.value(), i1.width.value(), rest.pan.value(), rest.width.value()]
    };
    let [pan, width, rest_pan, rest_width] = panning(&bench);
    assert!(pan < 0.0 && rest_pan < 0.0 && rest_width < 1.0);
    assert_eq!(width, 1.0);
    bench.click("Undo");
    bench.click("Undo");
    assert_eq!(panning(&bench), [pan, 1.0, 0.0, 1.0]);
    // A and B have their own.
    bench.click("Version B");
    bench.automate(|params| &params.pannings[0].width, 1.5);
    bench.automate(|params| &params.rest_panning.pan, 0.5);
    bench.click("Version A");
    assert_eq!(panning(&bench), [pan, 1.0, 0.0, 1.0]);
    bench.click("Version B");
    assert_eq!(panning(&bench), [pan, 1.5, 0.5, 1.0]);
}

/// A MIDI note lights the matching button, and leaves the parameter alone.
#[test]
fn held_notes_are_shown() {
    let mut bench = super::rooms::learned(3, |place| format!("i{place}"));
    (0..6).for_each(|_| bench.window.step());
    let lit = |bench: &Bench| {
        ["solo i1", "mute i2", "mute i3"]
            .map(|label| bench.window.get_by_label(label).accesskit_node().toggled())
            .map(|toggled| toggled == Some(egui::accesskit::Toggled::True))
    };
    assert_eq!(lit(&bench), [false; 3]);
    bench.hub.status.set_held_notes(HeldNotes::from_halves([1 << 36, 1 << (73 - 64)]));
    (0..3).for_each(|_| bench.window.step());
    assert_eq!(lit(&bench), [true, true, false]);
    // A note whose end was lost can be released.
    bench.click("mute i2");
    assert!(bench.hub.status.take_note_release() && !bench.params.strips[1].mute.value());
    bench.hub.status.set_held_notes(HeldNotes::default());
    bench.click("solo i1");
    assert!(bench.params.strips[0].solo.value());
}

/// Colours are not enough to tell 32 instruments apart.
#[test]
fn the_pointer_names_what_sounds_there() {
    let mut bench = duo();
    let violin = demo("test", "violin");
    for second in violin.chunks(44_100).take(4) {
        bench.play(second);
        bench.window.step();
    }
    let painted = bench.painted();
    let output = painted.iter().find(|(text, _)| text == "Output").unwrap().1;
    let named = |bench: &mut Bench| {
        let mut named = Vec::new();
        for step in 0..60 {
            let across = 860.0 + 7.0 * (step % 3) as f32;
            bench.window.hover_at(egui::pos2(across, output.top() + 2.0 * step as f32));
            (0..2).for_each(|_| bench.window.step());
            let painted = bench.painted().into_iter();
            named.extend(
                painted.filter_map(|(text, _)| Some(text.split_once("mostly ")?.1.to_string())),
            );
        }
        named
    };
    let mostly = |named: &[String], name: &str| {
        let count = named.iter().filter(|other| *other == name).count();
        count > 5 && count * 4 > named.len() * 3
    };
    let before = named(&mut bench);
    assert!(mostly(&before, "Instrument 1"), "{before:?}");
    bench.hub.project.edit(|project| project.instruments[0].name = "Fiddle".to_string());
    let renamed = named(&mut bench);
    assert!(mostly(&renamed, "Fiddle") && renamed.len() == before.len(), "{renamed:?}");

    // Another instrument comes to its place, and another order to the sources.
    let piano = super::rooms::dictionary(&["Piano"]);
    bench.hub.project.edit(|project| {
        project.remove(0);
        project.add_instrument(&piano, Vec::new(), piano.frames, true).unwrap();
    });
    bench.wait("the engine", Hub::is_idle);
    bench.play(&violin[4 * 44_100..][..22_050]);
    bench.window.step();
    assert_eq!(bench.hub.project.get().instruments[0].name, "Piano");
    let replaced = named(&mut bench);
    assert!(mostly(&replaced, "Fiddle"), "{replaced:?}");
}
