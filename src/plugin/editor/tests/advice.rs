//! The guide line at the top: whatever a new user does, it shows what to do next.

use super::*;
use crate::frames::{FrameSettings, Mode};
use crate::plugin::choices::{EvenLoad, OutputSelection, RecordInput};

#[test]
fn before_anything_is_learned() {
    let mut bench = Bench::new();
    bench.click("Whole song");
    assert!(bench.says("Play the whole song and press Record"));
    bench.record(&demo("test", "violin"));
    assert!(bench.says("Now choose the tab of an instrument and record it alone"));
    bench.click("Instrument 1");
    bench.automate(|params| &params.record.from, RecordInput::SideChain);
    bench.click("Record");
    bench.play(&demo("train", "violin")[..44_100]);
    bench.window.step();
    assert!(bench.says("let your host send the track there"), "what is played is elsewhere");
    bench.click("Stop");
    bench.wait("the error", |hub| hub.status.notes().first().is_some_and(|note| note.is_error));
    bench.automate(|params| &params.record.from, RecordInput::Main);
    bench.record(&demo("train", "violin"));
    bench.click("Add an instrument");
    assert!(bench.says("Record Instrument 2 alone, too, or press Learn"));
    bench.click("Instrument 1");
    assert!(bench.says("Press Learn. Or record more first"));
}

#[test]
fn whatever_is_selected() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Whole song");
    let song = demo("test", "violin");
    bench.record(&song);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    bench.play(&song[..44_100]);
    bench.click("Hear Instrument 1");
    assert!(bench.says("You hear Instrument 1 alone. Press Mix"));
    bench.click("Hear Everything else");
    assert!(bench.says("You hear Everything else alone"));
    bench.automate(|params| params.output.source_param(), 7);
    bench.automate(|params| &params.output.selection, OutputSelection::Source);
    assert!(bench.says("The selected output has nothing to play"));
    bench.click("Hear Mix");
    assert!(bench.says("Solo plays an instrument alone"));
    bench.automate(|params| &params.output.wet, 0.0);
    assert!(bench.says("Dry/wet is at 0 %"));
    bench.automate(|params| &params.output.wet, 0.45);
    assert!(bench.says("Dry/wet is at 45 %: the unprocessed song is mixed in"));
    bench.automate(|params| &params.output.wet, 1.0);
    bench.automate(|params| &params.strips[0].solo, true);
    bench.automate(|params| &params.strips[0].mute, true);
    assert!(bench.says("You hear nothing: Instrument 1 has Solo and Mute"));
    bench.automate(|params| &params.strips[0].solo, false);
    bench.automate(|params| &params.strips[0].mute, false);
    bench.automate(|params| params.record.to_param(), 1);
    bench.click("Add an instrument");
    assert!(bench.says("Record Instrument 2 alone, then press Learn"));
    bench.record(&song);
    assert!(bench.says("There are new recordings: press Learn to use them"));
    bench.hub.project.edit(|project| project.instruments[0].clips.clear());
    bench.window.step();
    assert!(bench.says("Instrument 1 stays as it was learned"), "it has no recordings");
}

/// Nothing is learned again by itself at another sample rate, nor for another mode if an instrument
/// has no recordings.
#[test]
fn what_does_not_fit_the_host_any_more_is_to_be_learned_again() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..6 * 44_100]);
    bench.click("Whole song");
    bench.record(&demo("test", "violin")[..6 * 44_100]);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    let rate_hz =
        |bench: &Bench| bench.hub.project.get().dictionary.as_ref().unwrap().frames.sample_rate_hz;
    let set_rate = |bench: &mut Bench, sample_rate_hz: u32| {
        bench.activate(ProcessSetup { sample_rate_hz, ..SETUP });
        bench.wait("the worker", Hub::is_idle);
    };
    set_rate(&mut bench, 48_000);
    assert_eq!(rate_hz(&bench), 44_100);
    assert!(
        bench.says("learned at 44.1 kHz was only converted to your project's 48 kHz. Press Learn")
    );
    set_rate(&mut bench, 44_100);
    assert!(!bench.says("only converted"), "it fits again");
    set_rate(&mut bench, 48_000);
    // Learn ignores clicks for a moment after learning.
    std::thread::sleep(Duration::from_millis(600));
    bench.click("Learn");
    bench.wait("learning again", |hub| {
        let dictionary = hub.project.get().dictionary.clone();
        dictionary.is_some_and(|it| it.frames.sample_rate_hz == 48_000) && hub.is_idle()
    });
    assert!(!bench.says("only converted"));

    let piano = super::rooms::dictionary(&["Piano"]);
    bench.hub.project.edit(|project| {
        project.add_instrument(&piano, Vec::new(), piano.frames, true).unwrap();
    });
    bench.automate(PluginParams::mode_param, 2);
    bench.wait("the engine", Hub::is_idle);
    assert!(bench.says("What was learned for Best sound was only converted to Live. Press Learn"));
    assert!(bench.says("Piano stays as it was learned"));
    bench.automate(|params| &params.bypass, true);
    assert!(bench.says("Bypass is on"), "what is heard comes first");
    bench.automate(|params| &params.bypass, false);
    let mode_of = |bench: &Bench, mode| {
        bench.hub.project.edit(|project| {
            let mut dictionary = (**project.dictionary.as_ref().unwrap()).clone();
            dictionary.frames = FrameSettings::new(mode, 48_000);
            dictionary.w =
                ndarray::Array2::from_elem((dictionary.frames.bins(), dictionary.w.ncols()), 1e-3);
            project.dictionary = Some(Arc::new(dictionary));
        });
    };
    mode_of(&bench, Mode::Balanced);
    bench.wait("the engine", Hub::is_idle);
    assert!(!bench.says("only converted"), "Balanced and Live learn the same");
    mode_of(&bench, Mode::Quality);
    bench.wait("the engine", Hub::is_idle);
    assert!(bench.says("only converted"));
    bench.hub.project.edit(|project| project.instruments[0].clips.clear());
    bench.window.step();
    assert!(!bench.says("only converted"), "there is nothing to learn it from");
}

#[test]
fn a_song_of_nothing_but_the_instruments_is_remarked_on() {
    const NOTHING_ELSE: &str = "Your instruments explain nearly all of the song";
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    bench.record(&violin);
    bench.click("Whole song");
    bench.record(&violin[..6 * 44_100]);
    assert!(!bench.says(NOTHING_ELSE));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    assert!(bench.says(NOTHING_ELSE));
}

#[test]
fn two_instruments_of_one_name_are_remarked_on_before_learning() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    bench.record(&violin[..3 * 44_100]);
    bench.click("Add an instrument");
    bench.hub.project.edit(|project| project.instruments[1].name = "instrument 1".to_string());
    bench.window.step();
    assert!(!bench.says("Click the name on one"), "the second has no recording yet");
    bench.record(&violin[3 * 44_100..6 * 44_100]);
    assert!(bench.says("called instrument 1. Click the name on one"));
    bench.click("Learn");
    bench.wait("the error", |hub| hub.status.notes().first().is_some_and(|note| note.is_error));
    assert!(bench.hub.project.get().dictionary.is_none());
    bench.hub.project.edit(|project| project.instruments[1].name = "violin".to_string());
    bench.window.step();
    assert!(!bench.says("Click the name on one"));
}

/// The whole song in place of one instrument.
#[test]
fn a_recording_without_anything_new_is_questioned() {
    let mut bench = Bench::new();
    for name in ["piano", "bass"] {
        bench.record(&demo("train", name));
        bench.click("Add an instrument");
    }
    bench.record(&demo("train", "drums"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    bench.click("Add an instrument");
    let stems = ["piano", "bass", "drums"].map(|name| demo("test", name));
    let mix: Vec<f32> =
        (0..stems[0].len()).map(|i| stems.iter().map(|stem| stem[i]).sum()).collect();
    bench.record(&mix);
    bench.wait("the check", |hub| !hub.recordings.explained.lock().unwrap().is_empty());
    assert!(bench.says("Was it playing alone?"));
    bench.click("Clear");
    bench.wait("clearing", |hub| hub.project.get().instruments[3].clips.is_empty());
    assert!(!bench.says("Was it playing alone?"));
    bench.record(&demo("train", "violin"));
    bench.wait("packing", |hub| hub.project.get().all_clips().all(|clip| clip.is_packed()));
    (0..20).for_each(|_| bench.wait("the worker", Hub::is_idle));
    assert!(!bench.says("Was it playing alone?"), "the violin is new");
}

#[test]
fn a_computer_that_hardly_keeps_up_is_told_what_helps() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..6 * 44_100]);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    let late = |bench: &mut Bench, blocks: u32| {
        bench.hub.status.late_blocks.fetch_add(blocks, Ordering::Relaxed);
        bench.window.step();
    };
    late(&mut bench, 1);
    assert!(!bench.says("hardly keeps up"), "one block can be late");
    late(&mut bench, 9);
    assert!(bench.says("hardly keeps up"));
    assert!(bench.says("Choose a larger audio buffer"), "nothing takes less than Best sound");
    bench.automate(PluginParams::mode_param, Mode::Live as i32);
    assert!(bench.says("Even out the CPU load"));
    bench.automate(|params| &params.even_load, EvenLoad::Always);
    assert!(bench.says("Choose Balanced instead of Live"));
}
