//! Loading, saving and exporting clips and dictionaries through the window.

use super::*;
use crate::frames::Mode;
use crate::plugin::editor::files::{FileStart, Task, carry_out};
use crate::plugin::project::{MAX_INSTRUMENTS, Project};

#[test]
fn a_recording_is_played_back_and_exported() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    bench.record(&violin);
    let clip = bench.hub.project.get().instruments[0].clips[0].clone();
    bench.click("Listen");
    // It arrives from another thread.
    let began = Instant::now();
    while !bench.hub.audition.sounds() {
        assert!(began.elapsed() < Duration::from_secs(120));
        let output = bench.play(&[0.0; BLOCK]);
        if bench.hub.audition.sounds() {
            let loudest = output.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            assert!(loudest > 0.0, "the recording is heard over silence");
        }
    }
    bench.click("Stop it");
    bench.play(&vec![0.0; 4096]);
    assert!(!bench.hub.audition.sounds());
    let folder = tempfile::tempdir().unwrap();
    carry_out(
        &bench.hub,
        &bench.params.controls(),
        Task::ExportClips(FileStart::Recording),
        folder.path(),
    );
    let written = crate::audio::read(folder.path().join("Instrument 1 1.wav")).unwrap();
    assert_eq!(written.channels, clip.channels());
    let mistyped = folder.path().join("not/yet");
    carry_out(
        &bench.hub,
        &bench.params.controls(),
        Task::ExportClips(FileStart::Recording),
        &mistyped,
    );
    bench.window.step();
    assert!(bench.says("cannot be created"));
    assert!(!folder.path().join("not").exists(), "a slip leaves nothing behind");
    let missing = folder.path().join("not yet");
    carry_out(
        &bench.hub,
        &bench.params.controls(),
        Task::ExportClips(FileStart::Recording),
        &missing,
    );
    assert!(missing.join("Instrument 1 1.wav").exists(), "its folder is made");
    let file = missing.join("Instrument 1 1.wav");
    carry_out(&bench.hub, &bench.params.controls(), Task::ExportClips(FileStart::Recording), &file);
    bench.window.step();
    assert!(bench.says("is not a folder: type another path"));
    assert!(bench.says("Press Learn"), "and what comes next is said, too");
}

#[test]
fn a_file_that_the_project_has_no_room_for_is_refused() {
    use crate::plugin::choices::ExistingClips;
    let hub = Hub::new();
    let params = PluginParams::new(&hub);
    let long = || {
        let channels = vec![vec![0.0; 300 * 44_100]];
        Arc::new(crate::audio::AudioBuffer { channels, sample_rate_hz: 44_100 }.into())
    };
    // As long as they are not packed, clips count with the most that they can take.
    hub.project.edit(|project| {
        project.clips_mut(Some(0)).extend([long(), long(), long()]);
        project.clips_mut(Some(1)).push(long());
    });
    let path = [env!("CARGO_MANIFEST_DIR"), "assets/demo/train/violin.flac"];
    let path: PathBuf = path.iter().collect();
    let load = |instrument, how| {
        carry_out(
            &hub,
            &params.controls(),
            Task::LoadClip { instrument: Some(instrument), how },
            &path,
        );
        hub.project.get().instruments[instrument].clips.len()
    };
    assert_eq!(load(1, ExistingClips::Append), 1);
    let notes = hub.status.notes();
    assert!(notes.iter().any(|note| note.is_error && note.text.contains("has room for")));
    assert_eq!(load(0, ExistingClips::Replace), 1, "what is replaced makes room");
}

#[test]
fn files_are_dropped_where_they_belong() {
    let mut bench = Bench::new();
    let clip = |name: &str| {
        let demo = [env!("CARGO_MANIFEST_DIR"), "assets/demo/train", name];
        demo.iter().collect::<PathBuf>()
    };
    bench.window.step();
    let over_song = bench.window.get_by_label("Whole song").rect().center();
    bench.window.hover_at(over_song);
    let held = egui::HoveredFile { path: Some(clip("bass.flac")), ..Default::default() };
    bench.window.input_mut().hovered_files = vec![held];
    (0..2).for_each(|_| bench.window.step());
    bench.window.input_mut().hovered_files.clear();
    let drop = |bench: &mut Bench, path: PathBuf| {
        bench.window.input_mut().dropped_files.push(Arc::new(Dropped(path)));
        bench.window.step();
    };
    drop(&mut bench, clip("bass.flac"));
    bench.wait("the file", |hub| !hub.project.get().mixture.is_empty());
    let recorded = bench.hub.project.get().mixture[0].clone();
    let (recorded, bass) = (&recorded.channels()[0], demo("train", "bass"));
    assert!(bass.windows(recorded.len()).any(|part| part == &recorded[..]), "but for silence");
    // Dropped outside the tabs, a file goes to the selected one.
    bench.window.hover_at(egui::pos2(500.0, 400.0));
    bench.click("Instrument 1");
    bench.window.hover_at(egui::pos2(500.0, 400.0));
    bench.window.step();
    for _ in 0..2 {
        drop(&mut bench, clip("violin.flac"));
    }
    bench.wait("both files", |hub| hub.project.get().instruments[0].clips.len() == 2);
    drop(&mut bench, PathBuf::from(file!()));
    bench.wait("the error", |hub| hub.status.notes().first().is_some_and(|note| note.is_error));
    assert!(bench.says("files.rs"), "what is no audio is said to be none");
    assert_eq!(bench.hub.project.get().instruments[0].clips.len(), 2);
}

#[test]
fn exported_sources_sum_to_the_song() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Whole song");
    let song = demo("test", "piano");
    let start = bench.song_position;
    bench.record(&song);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    let folder = tempfile::tempdir().unwrap();
    carry_out(
        &bench.hub,
        &bench.params.controls(),
        Task::ExportStems(FileStart::Recording),
        folder.path(),
    );
    let read = |name: &str| crate::audio::read(folder.path().join(name)).unwrap().channels;
    let (violin, rest) = (read("Instrument 1.wav"), read("rest.wav"));
    let recorded = &bench.hub.project.get().mixture[0].channels()[0];
    assert_eq!(recorded.len(), violin[0].len());
    let first = song.windows(recorded.len()).position(|part| part == &recorded[..]).unwrap();
    let stem = crate::audio::AudioReader::open(folder.path().join("rest.wav")).unwrap();
    let expected = (start + first as i64) as u64;
    assert_eq!(stem.origin().time_reference_samples, expected, "its place in the song");
    let padded = tempfile::tempdir().unwrap();
    let from_song = Task::ExportStems(FileStart::Song);
    carry_out(&bench.hub, &bench.params.controls(), from_song, padded.path());
    let path = padded.path().join("rest.wav");
    let whole = crate::audio::read(&path).unwrap().channels.remove(0);
    assert_eq!(whole.len() as u64, expected + rest[0].len() as u64);
    assert!(whole[..expected as usize].iter().all(|x| *x == 0.0));
    assert_eq!(whole[expected as usize..], rest[0][..]);
    let origin = crate::audio::AudioReader::open(&path).unwrap().origin().clone();
    assert_eq!(origin.time_reference_samples, 0);
    let sum: Vec<f32> = violin[0].iter().zip(&rest[0]).map(|(a, b)| a + b).collect();
    assert!(si_sdr_db(recorded, &sum) > 100.0);
    let strict = tempfile::tempdir().unwrap();
    bench.automate(|params| &params.strips[0].strength, 1.0);
    carry_out(
        &bench.hub,
        &bench.params.controls(),
        Task::ExportStems(FileStart::Recording),
        strict.path(),
    );
    let exported = crate::audio::read(strict.path().join("Instrument 1.wav")).unwrap().channels;
    let energy = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>();
    assert!(energy(&exported[0]) < 0.8 * energy(&violin[0]), "as it is heard");
}

/// Task, path, button: from top to bottom, and with the Tab key.
#[test]
fn without_a_dialog_a_path_is_typed() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Files");
    bench.click("⏵ Type a path instead");
    let place = |bench: &Bench, label: &str| bench.window.get_by_label(label).rect();
    let stems = bench.window.get_by_label("Export stems of the recorded song");
    assert!(stems.accesskit_node().is_disabled(), "nothing was learned");
    bench.click("Export the recordings");
    let what = place(&bench, "Export the recordings");
    let fields: Vec<_> = bench.window.query_all_by_role(egui::Role::TextInput).collect();
    let field = fields.iter().find(|field| field.rect().top() > what.top()).unwrap();
    let button = place(&bench, "Export");
    assert!(field.rect().right() <= button.left() && field.rect().top() > what.bottom());
    assert!(bench.window.get_by_label("Export").accesskit_node().is_disabled(), "no path yet");
    field.focus();
    drop(fields);
    (0..2).for_each(|_| bench.window.step());
    let folder = tempfile::tempdir().unwrap();
    let typed = egui::Event::Text(folder.path().display().to_string());
    bench.window.input_mut().events.push(typed);
    (0..2).for_each(|_| bench.window.step());
    bench.window.key_press(egui::Key::Tab);
    (0..2).for_each(|_| bench.window.step());
    assert!(bench.window.get_by_label("Export").is_focused(), "the button comes after the path");
    bench.window.key_press(egui::Key::Enter);
    bench.wait("the file", |_| folder.path().join("Instrument 1 1.wav").exists());
}

#[test]
fn what_is_saved_has_the_ending_that_it_is_loaded_by() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin")[..4 * 44_100]);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    let folder = tempfile::tempdir().unwrap();
    let (typed, saved) = (folder.path().join("band"), folder.path().join("band.safetensors"));
    carry_out(&bench.hub, &bench.params.controls(), Task::SaveDictionary, &typed);
    assert!(saved.exists() && !typed.exists());
    std::fs::write(&saved, "another's").unwrap();
    carry_out(&bench.hub, &bench.params.controls(), Task::SaveDictionary, &typed);
    assert_eq!(std::fs::read(&saved).unwrap(), b"another's", "nobody was asked");
    bench.window.step();
    assert!(bench.says("already exists"));
    carry_out(&bench.hub, &bench.params.controls(), Task::SaveDictionary, &saved);
    assert!(crate::dictionary::Dictionary::load(&saved).is_ok(), "its whole name was given");
}

/// A recording keeps its instrument, and no source is left without a place to play.
#[test]
fn a_loaded_set_takes_no_instrument_from_its_recordings() {
    let bench = Bench::new();
    let clip = || {
        let channels = vec![demo("train", "violin")[..44_100].to_vec()];
        Arc::new(crate::audio::AudioBuffer { channels, sample_rate_hz: 44_100 }.into())
    };
    bench.hub.project.edit(|project| {
        for (place, name) in [(0, "voice"), (1, "Bass")] {
            project.instruments[place].name = name.to_string();
            project.instruments[place].clips.push(clip());
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let load = |names: &[&str]| {
        let path = folder.path().join("set.safetensors");
        super::rooms::dictionary(names).save(&path).unwrap();
        carry_out(&bench.hub, &bench.params.controls(), Task::LoadDictionary, &path);
        bench.hub.project.get()
    };
    let project = load(&["piano", "bass", "drums"]);
    let placed = |project: &Project| -> Vec<(String, usize, bool)> {
        let used = project.instruments.iter();
        let used = used.filter(|i| i.source.is_some() || !i.clips.is_empty());
        used.map(|i| (i.name.clone(), i.clips.len(), i.source.is_some())).collect()
    };
    let expected = [("voice", 1, false), ("bass", 1, true), ("piano", 0, true), ("drums", 0, true)];
    assert_eq!(placed(&project), expected.map(|(name, clips, has)| (name.to_string(), clips, has)));
    assert!(project.has_unlearned_clips(), "no recording was learned from");
    let project = load(&["Voice", "bass"]);
    assert!(!project.can_relearn(), "another mode must not replace what was loaded");
    let names: Vec<String> = (1..=MAX_INSTRUMENTS + 1).map(|place| format!("i{place}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let project = load(&names);
    let dictionary = project.dictionary.as_ref().unwrap();
    let playing = project.instruments.iter().filter_map(|i| i.source).chain(dictionary.rest());
    let mut playing: Vec<usize> = playing.collect();
    playing.sort_unstable();
    assert_eq!(playing, (0..dictionary.sources.len()).collect::<Vec<_>>(), "each plays once");
    let note = bench.hub.status.notes().remove(0);
    assert!(note.text.contains("no room for i31, i32, i33"), "{}", note.text);
    bench.hub.project.undo();
    assert_eq!(placed(&bench.hub.project.get()).len(), 2);
}

#[test]
fn an_instrument_goes_through_the_library_into_another_project() {
    let mut first = Bench::new();
    first.record(&demo("train", "violin"));
    first.click("Learn");
    first.wait("learning", |hub| hub.project.get().dictionary.is_some());
    let library = first.hub.library.clone().unwrap();
    let listed = |bench: &mut Bench, label: &str| {
        bench.click("Files");
        // It is read on another thread.
        let began = Instant::now();
        while bench.window.query_by_label(label).is_none() {
            assert!(began.elapsed() < Duration::from_secs(120), "{label} is not in the menu");
            std::thread::sleep(Duration::from_millis(5));
            bench.window.step();
        }
        bench.click(label);
    };
    listed(&mut first, "Save Instrument 1 to the library");
    first.wait("the file", |_| !library.list().unwrap().instruments.is_empty());
    let saved = library.find("instrument 1").unwrap();
    listed(&mut first, "Replace Instrument 1 in the library…");
    // The second click of a double click is no answer.
    first.click("Click again to overwrite Instrument 1");
    assert!(first.says("Click again to overwrite Instrument 1"));
    std::thread::sleep(Duration::from_millis(700));
    first.click("Click again to overwrite Instrument 1");
    first.wait("the note", |hub| hub.status.notes()[0].text.contains("saved to the library"));
    first.window.key_press(egui::Key::Escape);
    let learned = first.hub.project.get().dictionary.clone().unwrap();
    let source = first.hub.project.get().instruments[0].source.unwrap();
    for (of_library, component) in learned.sources[source].components.iter().enumerate() {
        assert_eq!(saved.dictionary.w.column(of_library), learned.w.column(*component));
    }
    assert!(saved.details.origin.starts_with("learned from"), "{}", saved.details.origin);

    let mut second = Bench::new();
    let there = second.hub.library.clone().unwrap();
    let recordings = saved.with_recordings().unwrap().1.unwrap();
    there.add(&saved.dictionary, 0, &recordings, saved.details.clone(), false).unwrap();
    second.record(&demo("train", "bass"));
    second.click("Learn");
    second.wait("learning", |hub| hub.project.get().dictionary.is_some());
    listed(&mut second, "Add Instrument 1");
    second.wait("the instrument", |hub| hub.project.get().instruments[1].source.is_some());
    let project = second.hub.project.get();
    assert_eq!(project.instruments[1].name, "Instrument 1 2", "the name is taken");
    assert!(project.instruments[1].source.is_some());
    assert_eq!(
        format!("{:?}", second.hub.project.step_names().0[0]),
        "Project(\"adding Instrument 1 from the library\")"
    );
    // Its recordings came with it, and it is used as it was learned.
    let recorded = first.hub.project.get().instruments[0].clips[0].clone();
    let [clip] = &project.instruments[1].clips[..] else { panic!("one recording") };
    assert_eq!(clip.channels(), recorded.channels(), "not a bit is changed");
    assert_eq!(clip.song_position(), recorded.song_position());
    assert!(!project.has_unlearned_clips() && project.can_relearn());
    // It plays: of the violin, more comes out there than at the bass.
    second.wait("the engine", |hub| hub.is_idle());
    let violin = demo("test", "violin");
    let energy = |bench: &mut Bench, strip: usize| {
        bench.automate(|params| &params.strips[strip].solo, true);
        let output = bench.play(&violin[..3 * 44_100]);
        bench.automate(|params| &params.strips[strip].solo, false);
        output.iter().map(|x| x * x).sum::<f32>()
    };
    let [bass, violin] = [0, 1].map(|strip| energy(&mut second, strip));
    assert!(violin > 10.0 * bass, "{violin} against {bass}");

    // In another mode, it is learned again as it is where it was recorded.
    let of_live = |bench: &mut Bench, strip: usize| {
        let live = Mode::ALL.iter().position(|mode| *mode == Mode::Live).unwrap();
        bench.automate(PluginParams::mode_param, live as i32);
        bench.wait("learning for the mode", |hub| {
            let project = hub.project.get();
            project.dictionary.as_ref().unwrap().frames.mode == Mode::Live && hub.is_idle()
        });
        let project = bench.hub.project.get();
        let dictionary = project.dictionary.clone().unwrap();
        let source = project.instruments[strip].source.unwrap();
        dictionary.w.select(ndarray::Axis(1), &dictionary.sources[source].components)
    };
    assert_eq!(of_live(&mut first, 0), of_live(&mut second, 1));

    listed(&mut second, "Delete Instrument 1 from the library…");
    second.click("Click again to delete Instrument 1");
    assert_eq!(there.list().unwrap().instruments.len(), 1, "it asks for confirmation");
    std::thread::sleep(Duration::from_millis(700));
    second.click("Click again to delete Instrument 1");
    second.wait("the deletion", |hub| {
        hub.status.notes()[0].text.contains("deleted from the library")
    });
    assert!(there.list().unwrap().instruments.is_empty());
    let began = Instant::now();
    while !second.says("The library is empty.") {
        assert!(began.elapsed() < Duration::from_secs(120), "it is still in the list");
        std::thread::sleep(Duration::from_millis(5));
        second.window.step();
    }
    assert!(second.hub.project.get().instruments[1].source.is_some(), "the project keeps it");
}

/// Whatever the user does while learning stays: it is not undone when learning ends.
#[test]
fn an_instrument_added_while_learning_stays() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some());
    let learned = bench.hub.project.get().dictionary_to_save().unwrap();
    bench.record(&demo("train", "bass"));
    bench.automate(|params| &params.learn.iterations, 1000);
    bench.automate(|params| &params.learn.components, 128);
    // Learn ignores clicks for a moment after learning.
    std::thread::sleep(Duration::from_millis(600));
    bench.click("Learn");
    bench.wait("the begin", |hub| hub.status.task() == WorkerTask::Learning);
    let place = bench
        .hub
        .project
        .edit(|project| project.add_instrument(&learned, Vec::new(), learned.frames, true))
        .unwrap();
    bench.hub.project.edit(|project| project.instruments[0].name = "Fiddle".to_string());
    bench.wait("the end", |hub| hub.status.task() != WorkerTask::Learning);
    let project = bench.hub.project.get();
    assert!(project.instruments[place].source.is_some());
    assert_eq!(project.instruments[0].name, "Fiddle");
    assert!(bench.says("learned is discarded, because"));
}
