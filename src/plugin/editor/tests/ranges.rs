//! A range is selected on the waveform, of an instrument or of the whole song, and each step of
//! the way back has a name.

use super::*;
use crate::plugin::project::MAX_INSTRUMENTS;

/// Seconds across the waveform while less is recorded.
const SHOWN_S: f32 = 20.0;

fn select(bench: &mut Bench, from_s: f32, to_s: f32) {
    select_on(bench, "Waveform of the recording,", from_s, to_s);
}

fn select_on(bench: &mut Bench, picture: &str, from_s: f32, to_s: f32) {
    bench.window.step();
    let rect = bench.window.get_by_label_contains(picture).rect();
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

/// Each recording has the time axis of its own sample rate, not the session's.
#[test]
fn a_range_is_where_it_is_seen_at_any_sample_rate() {
    let mut bench = Bench::new();
    let clip = |sample_rate_hz: u32, seconds: usize| {
        let noise = |n: usize| (n.wrapping_mul(2_654_435_761) >> 16) as u16 as f32 / 65_536.0 - 0.5;
        let channels = vec![(0..seconds * sample_rate_hz as usize).map(noise).collect()];
        Arc::new(crate::audio::AudioBuffer { channels, sample_rate_hz }.into())
    };
    let recorded = [clip(22_050, 6), clip(96_000, 8)];
    bench.hub.project.edit(|project| project.instruments[0].clips = recorded.to_vec());
    select(&mut bench, 3.0, 10.0);
    press(&mut bench, "Keep only");
    let seconds: Vec<f64> =
        bench.hub.project.get().instruments[0].clips.iter().map(|clip| clip.seconds()).collect();
    assert!(matches!(seconds[..], [a, b] if (a - 3.0).abs() < 0.05 && (b - 4.0).abs() < 0.05));
}

/// The same on the spectrogram, which shows the same seconds at the same places.
#[test]
fn a_range_is_selected_on_the_spectrogram() {
    let mut bench = Bench::new();
    assert!(!bench.says("Show the spectrogram"), "there is no recording");
    bench.record(&demo("train", "violin")[..8 * 44_100]);
    let recorded = bench.hub.project.get().instruments[0].clips[0].clone();
    bench.click("Show the spectrogram of the recording");
    let picture = |bench: &Bench| {
        let well = bench.window.get_by_label_contains("Spectrogram of the recording,").rect();
        let shapes = bench.window.output().shapes.iter();
        let images = shapes.filter(|clipped| match &clipped.shape {
            egui::Shape::Mesh(mesh) => well.expand(1.0).contains_rect(mesh.calc_bounds()),
            egui::Shape::Rect(rect) => {
                rect.brush.is_some() && well.expand(1.0).contains_rect(rect.rect)
            }
            _ => false,
        });
        images.count()
    };
    let began = Instant::now();
    while picture(&bench) == 0 || bench.hub.project.get().instruments[0].clips.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(120), "no picture");
        bench.window.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    select_on(&mut bench, "Spectrogram of the recording,", 1.0, 3.0);
    press(&mut bench, "Keep only");
    let [within] = &bench.hub.project.get().instruments[0].clips[..] else { panic!("one part") };
    assert!((within.seconds() - 2.0).abs() < 0.05, "{} s", within.seconds());
    bench.click("Show the waveform of the recording");
    assert!(bench.says("Waveform of the recording"));
    bench.click("Undo");
    assert!(Arc::ptr_eq(&bench.hub.project.get().instruments[0].clips[0], &recorded));
}

/// Chooses the tab of the whole song, whose name ends with its length.
fn whole_song(bench: &mut Bench) {
    bench.automate(|params| params.record.to_param(), 0);
}

#[test]
fn a_range_of_the_whole_song_becomes_a_recording_of_an_instrument() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "bass")[..6 * 44_100]);
    whole_song(&mut bench);
    // The violin alone, then with the piano.
    let (violin, piano) = (demo("train", "violin"), demo("train", "piano"));
    let with_piano = violin.iter().zip(&piano).skip(6 * 44_100).map(|(a, b)| a + b);
    let song: Vec<f32> =
        violin[..6 * 44_100].iter().copied().chain(with_piano.take(4 * 44_100)).collect();
    bench.record(&song);
    let recorded = bench.hub.project.get().mixture[0].clone();
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    assert!(!bench.hub.project.get().has_unlearned_clips() && !bench.says("alone here"));
    let place = |bench: &Bench| bench.window.get_by_label("Learn").rect();
    let before = place(&bench);
    select(&mut bench, 1.0, 5.5);
    assert_eq!(place(&bench), before, "nothing moves");
    press(&mut bench, "Alone or silent here");
    assert!(bench.says("Instrument 1 alone here"));
    press(&mut bench, "New instrument alone here");
    assert!(!bench.says("alone here"), "the menu and what was selected are gone");
    let project = bench.hub.project.get();
    let [range] = &project.instruments[1].clips[..] else { panic!("one recording") };
    assert!((range.seconds() - 4.5).abs() < 0.05, "{} s", range.seconds());
    let start = range.song_position().unwrap() - recorded.song_position().unwrap();
    let part = &recorded.channels()[0][start as usize..][..range.samples()];
    assert_eq!(range.channels()[0], part, "not a bit is changed");
    assert!(Arc::ptr_eq(&project.mixture[0], &recorded) && project.has_unlearned_clips());
    assert!(bench.says("added 4.5 s of the whole song to Instrument 2"));
    assert!(bench.params.record.to().is_none(), "the tab stays");

    bench.click("Undo");
    assert!(bench.hub.project.get().instruments[1].clips.is_empty());
    bench.window.get_by_label("Redo").click_secondary();
    (0..3).for_each(|_| bench.window.step());
    press(&mut bench, "Redo: adding a range of the whole song to Instrument 2");
    assert!(Arc::ptr_eq(&bench.hub.project.get().instruments[1].clips[0], range));
    // Learn ignores clicks for a moment after learning.
    std::thread::sleep(Duration::from_millis(600));
    bench.click("Learn");
    bench.wait("learning both", |hub| !hub.project.get().has_unlearned_clips() && hub.is_idle());
    assert!(bench.hub.project.get().instruments[1].source.is_some());

    select(&mut bench, 0.5, 1.5);
    press(&mut bench, "Alone or silent here");
    press(&mut bench, "Instrument 2 alone here");
    assert_eq!(bench.hub.project.get().instruments[1].clips.len(), 2, "added to the first");
}

#[test]
fn an_instrument_is_marked_as_silent_in_a_range_of_the_whole_song() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..6 * 44_100]);
    whole_song(&mut bench);
    // Without the violin in the first 5 s, and then with it.
    let stems = ["violin", "piano", "bass"].map(|name| demo("test", name));
    let sample = |n: usize| stems[1][n] + stems[2][n] + if n < 220_500 { 0.0 } else { stems[0][n] };
    bench.record(&(0..441_000).map(sample).collect::<Vec<f32>>());
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    let rest = |bench: &Bench| {
        let dictionary = bench.hub.project.get().dictionary.clone().unwrap();
        let rest = &dictionary.sources[dictionary.rest().unwrap()].components;
        dictionary.w.select(ndarray::Axis(1), rest)
    };
    let violin = |bench: &Bench| {
        let dictionary = bench.hub.project.get().dictionary.clone().unwrap();
        dictionary.w.select(ndarray::Axis(1), &dictionary.sources[0].components)
    };
    let violin_before = violin(&bench);
    select(&mut bench, 0.5, 4.5);
    press(&mut bench, "Alone or silent here");
    press(&mut bench, "Instrument 1 silent here");
    assert!(bench.says("Instrument 1 is marked as silent in 4.0 s of the song"));
    assert!(
        bench.painted().iter().any(|(words, _)| words == "silent: Instrument 1"),
        "on the waveform"
    );
    let song = bench.hub.project.get().mixture.clone();
    assert_eq!(song.iter().map(|clip| clip.silent()).collect::<Vec<_>>(), [&[][..], &[0], &[]]);

    let learn = |bench: &mut Bench| {
        std::thread::sleep(Duration::from_millis(600));
        bench.click("Learn");
        bench.wait("learning", |hub| !hub.project.get().has_unlearned_clips() && hub.is_idle());
        rest(bench)
    };
    let marked = learn(&mut bench);
    assert_eq!(violin(&bench), violin_before, "only everything else is learned again");
    // The same song without the mark.
    select(&mut bench, 0.5, 4.5);
    press(&mut bench, "Alone or silent here");
    press(&mut bench, "Instrument 1 not silent here");
    assert_eq!(bench.hub.project.get().mixture.len(), 1, "undivided again");
    assert_ne!(learn(&mut bench), marked);
    (0..2).for_each(|_| bench.click("Undo"));
    assert_eq!(rest(&bench), marked);

    // The mark is removed in a part, from beyond its beginning.
    select(&mut bench, 0.0, 1.5);
    press(&mut bench, "Alone or silent here");
    assert!(bench.says("Instrument 1 silent here"), "or all of it is marked");
    press(&mut bench, "Instrument 1 not silent here");
    assert!(bench.says("Instrument 1 is no longer marked as silent in 1.5 s of the song"));
    let marked_s = |bench: &Bench| -> f64 {
        let project = bench.hub.project.get();
        let marked = project.mixture.iter().filter(|clip| !clip.silent().is_empty());
        marked.map(|clip| clip.seconds()).sum()
    };
    assert!((marked_s(&bench) - 3.0).abs() < 0.05, "{} s", marked_s(&bench));
    bench.click("Undo");
    assert!((marked_s(&bench) - 4.0).abs() < 0.05, "{} s", marked_s(&bench));
}

#[test]
fn a_range_of_the_whole_song_is_kept_deleted_and_played_too() {
    let mut bench = Bench::new();
    whole_song(&mut bench);
    bench.record(&demo("train", "violin")[..8 * 44_100]);
    let seconds = |bench: &Bench| -> Vec<f64> {
        bench.hub.project.get().mixture.iter().map(|clip| clip.seconds()).collect()
    };
    select(&mut bench, 2.0, 4.0);
    press(&mut bench, "Delete this");
    assert!(matches!(seconds(&bench)[..], [before, _] if (before - 2.0).abs() < 0.05));
    bench.click("Undo");
    select(&mut bench, 2.0, 4.0);
    press(&mut bench, "Keep only");
    assert!(matches!(seconds(&bench)[..], [within] if (within - 2.0).abs() < 0.05));
    select(&mut bench, 0.5, 1.5);
    bench.click("Listen");
    bench.wait("listening", |hub| hub.audition.sounds());
}

#[test]
fn an_instrument_alone_is_chosen_by_keys_and_among_many() {
    // As long as names can be.
    let name = |place: usize| format!("Electric guitar {place:2} left, with long reverb");
    let mut bench = rooms::learned(MAX_INSTRUMENTS, name);
    whole_song(&mut bench);
    bench.record(&demo("train", "violin")[..4 * 44_100]);
    select(&mut bench, 1.0, 3.0);
    bench.window.get_by_label("Alone or silent here…").focus();
    let key = |bench: &mut Bench, key| {
        bench.window.key_press(key);
        (0..3).for_each(|_| bench.window.step());
    };
    let entry = |place: usize| name(place) + " alone here";
    key(&mut bench, egui::Key::Enter);
    assert!(bench.says(&entry(1)));
    let new = bench.window.get_by_label("New instrument alone here");
    assert!(new.accesskit_node().is_disabled(), "there is no place for it");
    let end = new.rect();
    assert!(end.bottom() < 760.0 && end.right() < 1080.0, "{end} is in the window");
    let painted = bench.painted();
    let (words, place) = painted.iter().find(|(words, _)| words.ends_with("… alone here")).unwrap();
    assert!(place.right() < end.right(), "{words} ends at {place}");
    key(&mut bench, egui::Key::Escape);
    assert!(!bench.says(&entry(1)) && bench.says("Alone or silent here"));

    press(&mut bench, "Alone or silent here");
    bench.window.get_by_label(&entry(MAX_INSTRUMENTS)).focus();
    // Scrolling takes a moment.
    (0..60).for_each(|_| bench.window.step());
    let last = bench.window.get_by_label(&entry(MAX_INSTRUMENTS)).rect();
    assert!(last.bottom() <= end.top(), "{last} has scrolled into the list, above {end}");
    key(&mut bench, egui::Key::Enter);
    assert_eq!(bench.hub.project.get().instruments[MAX_INSTRUMENTS - 1].clips.len(), 1);
    assert!(bench.says("2.0 s is short"));
}

#[test]
fn a_range_that_cannot_be_added_stays_selected_and_says_why() {
    let mut bench = Bench::new();
    whole_song(&mut bench);
    let violin = demo("train", "violin");
    let gap = vec![0.0; 3 * 44_100];
    bench.record(&[&violin[..2 * 44_100], &gap, &violin[..2 * 44_100]].concat());
    select(&mut bench, 3.0, 4.0);
    press(&mut bench, "Alone or silent here");
    press(&mut bench, "New instrument alone here");
    assert!(bench.says("The selected range is silent") && bench.says("Keep only"));
    assert!(bench.hub.project.get().instruments.iter().all(|place| place.clips.is_empty()));
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
