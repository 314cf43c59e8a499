//! The window, driven by input events, with the plugin's insides played as the
//! shell plays them: what is clicked must be heard.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::prelude::{ParamPtr, PluginState};

use super::WindowEditor;
use super::app::App;
use crate::plugin::audition::Auditioner;
use crate::plugin::controls::Controls;
use crate::plugin::engine::{MAIN_BUS, Stage};
use crate::plugin::feed::{Frame, Publisher};
use crate::plugin::hub::{Hub, lock};
use crate::plugin::look::LEAST_SIZE;
use crate::plugin::params::PluginParams;
use crate::plugin::player::Player;
use crate::plugin::recorder::Recorder;
use crate::plugin::status::Doing;
use crate::plugin::triggers::Trigger;
use crate::plugin::worker::Worker;

const BLOCK: usize = 512;
const STAGE: Stage = Stage { sample_rate_hz: 44_100, channels: 1, buses: 1 };

/// A host that does what the window asks, at once.
struct Host;

impl GuiContextInner for Host {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }

    unsafe fn raw_begin_set_parameter(&self, _: ParamPtr) {}

    unsafe fn raw_set_parameter_normalized(&self, param: ParamPtr, normalized: f32) {
        // SAFETY: the window's parameters outlive it.
        unsafe { param._internal_set_normalized_value(normalized) };
    }

    unsafe fn raw_end_set_parameter(&self, _: ParamPtr) {}

    fn get_state(&self) -> PluginState {
        unreachable!("the window does not save")
    }

    fn set_state(&self, _: PluginState) {
        unreachable!("the window does not load states")
    }

    fn request_restart(&self) {}
}

/// An instance that plays, and its window.
struct Bench {
    hub: Arc<Hub>,
    params: Arc<PluginParams>,
    player: Player,
    recorder: Recorder,
    publisher: Publisher,
    auditioner: Auditioner,
    _worker: Worker,
    window: Harness<'static>,
}

impl Bench {
    fn new() -> Self {
        let hub = Hub::new();
        let params = Arc::new(PluginParams::new(&hub));
        let worker = Worker::start(hub.clone(), params.clone()).unwrap();
        hub.status.set_host(STAGE.sample_rate_hz, STAGE.channels);
        hub.set_stage(Some(STAGE));
        let engine = hub.engine_for(STAGE, None);
        let (recorder, tapes) =
            Recorder::new(hub.clone(), hub.marks.0.clone(), STAGE.sample_rate_hz, STAGE.channels);
        *lock(&hub.tapes) = Some(tapes);
        let player = Player::new(engine, hub.exchange(), 5120);
        let publisher = hub.feed.publisher();
        let mut window = None;
        let (h, p) = (hub.clone(), params.clone());
        let window = Harness::builder().with_size([1080.0, 760.0]).build_ui(move |ui| {
            let app: &mut App = window.get_or_insert_with(|| {
                let editor = WindowEditor::new(h.clone(), p.clone());
                let mut app = editor.app();
                app.open(ui.ctx(), GuiContext::new(Arc::new(Host)));
                app
            });
            app.draw(ui);
        });
        let auditioner = Auditioner::new(STAGE.sample_rate_hz);
        Self { hub, params, player, recorder, publisher, auditioner, _worker: worker, window }
    }

    /// Plays as the shell does; gives what is heard, in time with the input.
    fn play(&mut self, input: &[f32]) -> Vec<f32> {
        let latency = self.player.engine().latency_samples();
        let mut padded = input.to_vec();
        padded.resize(input.len() + latency, 0.0);
        let mut output = Vec::new();
        for block in padded.chunks(BLOCK) {
            let controls = Controls::read(&self.params);
            let _ = self.player.receive(false);
            self.player.input_mut()[0][..block.len()].copy_from_slice(block);
            let heard = self.player.input(0, block.len());
            self.hub.status.input.observe(0, heard, block.len() as f32 / 44_100.0);
            self.recorder.write([heard, heard], None, &controls.capture, true);
            self.player.play(block.len(), &controls);
            self.publisher.publish(block.len(), self.player.engine(), &self.hub.feed);
            let mut heard = self.player.output(MAIN_BUS, 0, block.len()).to_vec();
            self.auditioner.play(&self.hub.audition, &mut [&mut heard], 0..block.len());
            output.extend(heard);
        }
        output.split_off(latency)
    }

    /// Draws until `done`, at most a minute.
    fn wait(&mut self, what: &str, mut done: impl FnMut(&Hub) -> bool) {
        let began = Instant::now();
        while !done(&self.hub) {
            assert!(began.elapsed() < Duration::from_secs(60), "{what} takes too long");
            self.play(&[0.0; BLOCK]);
            self.window.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        self.window.step();
        self.window.step();
    }

    fn click(&mut self, label: &str) {
        self.window.step();
        self.window.get_by_label(label).click();
        // Down, up, and the frame that shows what came of it.
        (0..3).for_each(|_| self.window.step());
    }

    fn record(&mut self, sound: &[f32]) {
        let clips = |hub: &Hub| {
            let project = hub.project();
            project.mixture.len() + project.slots.iter().map(|s| s.clips.len()).sum::<usize>()
        };
        let before = clips(&self.hub);
        self.click("Record");
        self.play(sound);
        self.click("Stop");
        self.wait("the recording", |hub| clips(hub) > before);
    }

    fn says(&self, words: &str) -> bool {
        self.window.query_by_label_contains(words).is_some()
    }
}

fn demo(kind: &str, name: &str) -> Vec<f32> {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "assets/demo", kind, &format!("{name}.flac")].iter().collect();
    crate::audio::read(&path).unwrap().mono()
}

/// Scale-invariant ratio of signal to distortion, in dB.
fn si_sdr_db(reference: &[f32], estimate: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
    };
    let scale = dot(reference, estimate) / dot(reference, reference);
    let (mut signal, mut noise) = (0.0, 0.0);
    for (r, e) in reference.iter().zip(estimate) {
        let target = scale * f64::from(*r);
        signal += target * target;
        noise += (f64::from(*e) - target).powi(2);
    }
    10.0 * (signal / noise).log10()
}

#[test]
fn clicks_lead_from_nothing_to_an_instrument_alone() {
    let mut bench = Bench::new();
    let band = ["violin", "piano", "bass", "drums"];
    let stems: Vec<Vec<f32>> = band.iter().map(|name| demo("test", name)).collect();
    let song: Vec<f32> =
        (0..stems[0].len()).map(|i| stems.iter().map(|stem| stem[i]).sum()).collect();

    bench.window.step();
    assert!(bench.says("press Record"), "the window says how to begin");
    bench.record(&demo("train", "violin"));
    assert!(bench.says("Press Learn"), "the window says how to go on");
    bench.click("Whole song");
    bench.record(&song);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project().dictionary.is_some());
    bench.play(&vec![0.0; 44_100]);
    bench.wait("the engine", Hub::is_idle);

    let both = bench.play(&song);
    assert!(si_sdr_db(&song, &both) > 60.0, "all faders up: what comes in goes out");
    bench.click("solo Source 1");
    assert!(bench.says("You hear Source 1 alone"));
    bench.play(&song[..44_100]);
    let alone = bench.play(&song);
    let (before, after) = (si_sdr_db(&stems[0], &song), si_sdr_db(&stems[0], &alone));
    assert!(after > before + 6.0, "the violin: {before:.1} dB in the song, {after:.1} dB alone");

    bench.click("solo Source 1");
    bench.click("mute Source 1");
    bench.play(&song[..44_100]);
    let without = bench.play(&song);
    let rest: Vec<f32> = song.iter().zip(&stems[0]).map(|(song, stem)| song - stem).collect();
    let (before, after) = (si_sdr_db(&rest, &song), si_sdr_db(&rest, &without));
    assert!(after > before + 3.0, "the rest: {before:.1} dB in the song, {after:.1} dB without");

    bench.click("Undo");
    let both = bench.play(&song[..88_200]);
    let both = &both[44_100..];
    assert!(si_sdr_db(&song[44_100..88_200], both) > 60.0, "undo turns the mixer back too");
}

#[test]
fn silence_is_said_to_be_silence() {
    let mut bench = Bench::new();
    bench.click("Record");
    bench.play(&vec![0.0; 44_100]);
    bench.window.step();
    assert!(bench.says("nothing is heard"), "while it is recorded");
    bench.click("Stop");
    bench.wait("the error", |hub| hub.status.notes().first().is_some_and(|note| note.is_error));
    assert!(bench.says("Nothing was heard"), "and when it is done, with what to check");
    bench.click("Got it");
    assert!(!bench.says("Nothing was heard"));
    assert!(bench.says("press Record"), "and there is a way on");
}

#[test]
fn an_error_goes_when_something_else_is_done() {
    use super::files::{Task, carry_out};
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    let fail = |bench: &mut Bench| {
        let nowhere = std::path::Path::new("/nowhere");
        carry_out(&bench.hub, Task::LoadDictionary, nowhere);
        bench.window.step();
        assert!(bench.says("/nowhere"));
    };
    fail(&mut bench);
    bench.record(&violin);
    assert!(!bench.says("/nowhere"), "a recording");
    fail(&mut bench);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project().dictionary.is_some());
    assert!(!bench.says("/nowhere"), "learning");
    fail(&mut bench);
    bench.click("Got it");
    assert!(!bench.says("/nowhere"));
    fail(&mut bench);
    let file = [env!("CARGO_MANIFEST_DIR"), "assets/demo/train/bass.flac"].iter().collect();
    bench.window.input_mut().dropped_files.push(Arc::new(Dropped(file)));
    bench.wait("the file", |hub| hub.project().slots[0].clips.len() == 2);
    assert!(!bench.says("/nowhere"), "a file");
}

#[test]
fn the_notes_that_were_recorded_are_told() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    bench.window.set_size(LEAST_SIZE.into());
    bench.record(&violin);
    let until_told = |bench: &mut Bench, words: &str| {
        let began = Instant::now();
        while !bench.says(words) {
            assert!(began.elapsed() < Duration::from_secs(10), "not said: {words}");
            std::thread::sleep(Duration::from_millis(5));
            bench.window.step();
        }
    };
    until_told(&mut bench, "9 notes, G4 to C6 · 12 s");
    assert!(bench.says("Keyboard: G4 0."));
    assert!(!bench.says("⚠"));

    bench.click("+");
    bench.record(&violin[..44_100]);
    until_told(&mut bench, "Only 1.0 s of Source 2 so far");
    assert!(bench.says("⚠"), "the tab is marked");
    bench.record(&violin[..3 * 44_100]);
    until_told(&mut bench, "Press Learn, or record more first. Only");
    assert!(!bench.says("⚠"));
    bench.click("+");
    bench.record(&demo("train", "drums"));
    until_told(&mut bench, "no clear pitch");

    bench.click("Learn");
    bench.wait("learning", |hub| hub.project().dictionary.is_some());
    let rect = |label: &str| bench.window.get_by_label(label).rect();
    let room = rect("solo Source 1").top() - rect("Learn").bottom();
    assert!(room > 100.0, "{room} points are left for the pictures in the smallest window");
    assert!(rect("mute Source 1").bottom() < LEAST_SIZE[1]);
}

#[test]
fn nothing_is_cut_off_in_either_size() {
    const MARGIN: f32 = 8.0;
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("⏵ Settings");
    for size in [[1080.0, 760.0], LEAST_SIZE] {
        // The harness keeps a margin around the window.
        bench.window.set_size(egui::Vec2::from(size) + egui::Vec2::splat(2.0 * MARGIN));
        (0..4).for_each(|_| bench.window.step());
        for role in [egui::Role::ComboBox, egui::Role::SpinButton, egui::Role::CheckBox] {
            let all: Vec<egui::Rect> =
                bench.window.query_all_by_role(role).map(|node| node.rect()).collect();
            assert!(all.len() >= 2, "{role:?}");
            for rect in all {
                assert!(rect.right() <= MARGIN + size[0] - 11.0, "{role:?} at {rect} of {size:?}");
            }
        }
    }
}

#[test]
fn cancel_answers_and_a_late_click_on_it_learns_nothing() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.status.doing() == Doing::Learning);
    let cancel = bench.window.get_by_label("Cancel");
    let place = cancel.rect().center();
    cancel.click();
    (0..3).for_each(|_| bench.window.step());
    bench.wait("cancelling", |hub| hub.status.doing() == Doing::Nothing);
    let presses = bench.hub.triggers.count(Trigger::Learn);
    bench.window.drag_at(place);
    bench.window.drop_at(place);
    (0..3).for_each(|_| bench.window.step());
    assert_eq!(bench.hub.triggers.count(Trigger::Learn), presses, "too soon after Cancel");
    std::thread::sleep(Duration::from_millis(600));
    bench.click("Learn");
    assert_eq!(bench.hub.triggers.count(Trigger::Learn), presses + 1, "but later");
    bench.wait("learning", |hub| hub.project().dictionary.is_some());
}

#[test]
fn while_learning_ends_cancel_says_so() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    // Learning that answers to nothing.
    bench.hub.status.set_doing(Doing::Learning);
    bench.click("Cancel");
    assert!(bench.window.get_by_label("Cancelling…").accesskit_node().is_disabled());
    bench.hub.status.set_doing(Doing::Nothing);
    (0..2).for_each(|_| bench.window.step());
    assert!(!bench.says("Cancelling…"));
}

#[test]
fn another_instrument_comes_after_this_one_is_recorded() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    let chosen = |bench: &Bench| bench.params.capture.to();
    bench.click("+");
    assert_eq!(chosen(&bench), Some(0), "nothing is recorded on the first yet");
    bench.record(&violin);
    bench.click("+");
    assert_eq!(chosen(&bench), Some(1));
    bench.click("+");
    assert_eq!(chosen(&bench), Some(1));
    bench.hub.edit(|project| project.slots[1].name = "viola".to_string());
    bench.click("Remove");
    assert_eq!(chosen(&bench), Some(0));
    assert!(!bench.says("viola"));
    bench.click("Undo");
    assert_eq!(bench.hub.project().slots[1].name, "viola");
}

#[test]
fn frames_are_published_only_while_a_window_looks() {
    let mut bench = Bench::new();
    bench.window.step();
    let count = |bench: &mut Bench| {
        bench.play(&demo("train", "violin")[..44_100]);
        let mut frames = Vec::new();
        bench.hub.feed.read(&mut Frame::default(), |frame| frames.push(frame.clone()));
        frames
    };
    let frames = count(&mut bench);
    assert!(frames.len() > 30, "{} frames of a second", frames.len());
    let (first, last) = (&frames[0], &frames[frames.len() - 1]);
    assert_eq!((last.clock - first.clock) as usize % BLOCK, 0);
    assert_eq!(last.v, bench.player.engine().input_bands()[0]);
    bench.hub.feed.watch(false);
    assert!(count(&mut bench).is_empty());
}

#[test]
fn a_recording_is_played_back_and_exported() {
    let mut bench = Bench::new();
    let violin = demo("train", "violin");
    bench.record(&violin);
    let clip = bench.hub.project().slots[0].clips[0].clone();
    bench.click("Listen");
    // It comes by way of another thread.
    let began = Instant::now();
    while !bench.hub.audition.sounds() {
        assert!(began.elapsed() < Duration::from_secs(10));
        let heard = bench.play(&[0.0; BLOCK]);
        if bench.hub.audition.sounds() {
            let loudest = heard.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            assert!(loudest > 0.0, "the recording is heard over silence");
        }
    }
    bench.click("Stop it");
    bench.play(&vec![0.0; 4096]);
    assert!(!bench.hub.audition.sounds());
    let folder = tempfile::tempdir().unwrap();
    super::files::carry_out(&bench.hub, super::files::Task::ExportClips, folder.path());
    let written = crate::audio::read(folder.path().join("Source 1 1.wav")).unwrap();
    assert_eq!(written.channels, clip.channels);
    let missing = folder.path().join("missing");
    super::files::carry_out(&bench.hub, super::files::Task::ExportClips, &missing);
    bench.window.step();
    assert!(bench.says("missing does not exist: create it or type another path"));
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("nobody reads it here".to_string())
    }
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
    bench.wait("the file", |hub| !hub.project().mixture.is_empty());
    let recorded = bench.hub.project().mixture[0].clone();
    let (recorded, bass) = (&recorded.channels[0], demo("train", "bass"));
    assert!(bass.windows(recorded.len()).any(|part| part == &recorded[..]), "but for silence");
    // Elsewhere than on a tab it goes to the one that is chosen.
    bench.window.hover_at(egui::pos2(500.0, 400.0));
    bench.click("Source 1");
    bench.window.hover_at(egui::pos2(500.0, 400.0));
    bench.window.step();
    for _ in 0..2 {
        drop(&mut bench, clip("violin.flac"));
    }
    bench.wait("both files", |hub| hub.project().slots[0].clips.len() == 2);
    drop(&mut bench, PathBuf::from(file!()));
    bench.wait("the error", |hub| hub.status.notes().first().is_some_and(|note| note.is_error));
    assert!(bench.says("tests.rs"), "what is no audio is said to be none");
    assert_eq!(bench.hub.project().slots[0].clips.len(), 2);
}

#[test]
fn exported_sources_sum_to_the_song() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Whole song");
    let song = demo("test", "piano");
    bench.record(&song);
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project().dictionary.is_some());
    let folder = tempfile::tempdir().unwrap();
    super::files::carry_out(&bench.hub, super::files::Task::ExportStems, folder.path());
    let read = |name: &str| crate::audio::read(folder.path().join(name)).unwrap().channels;
    let (violin, rest) = (read("Source 1.wav"), read("rest.wav"));
    let recorded = &bench.hub.project().mixture[0].channels[0];
    assert_eq!(recorded.len(), violin[0].len());
    let sum: Vec<f32> = violin[0].iter().zip(&rest[0]).map(|(a, b)| a + b).collect();
    assert!(si_sdr_db(recorded, &sum) > 100.0);
}

#[test]
fn a_component_moves_to_another_source() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("+");
    bench.record(&demo("train", "bass"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project().dictionary.is_some());
    let before = bench.hub.project().dictionary.unwrap();
    let moved = before.sources[0].components[2];
    bench.click("Components of Source 1");
    let from = bench.window.get_by_label(&format!("Component {}", moved + 1)).rect().center();
    let onto = bench.window.get_by_label("solo Source 2").rect().center();
    bench.window.drag_at(from);
    for share in [0.2, 0.6, 1.0] {
        bench.window.hover_at(from + (onto - from) * share);
        bench.window.step();
    }
    bench.window.drop_at(onto);
    (0..3).for_each(|_| bench.window.step());
    let after = bench.hub.project().dictionary.unwrap();
    assert!(after.sources[1].components.contains(&moved));
    assert!(!after.sources[0].components.contains(&moved));
    assert_eq!(after.w, before.w);
    bench.click("Undo");
    assert_eq!(*bench.hub.project().dictionary.unwrap(), *before);
}

#[test]
fn a_colour_is_chosen_and_taken_back() {
    let mut bench = Bench::new();
    let color = |bench: &Bench| bench.hub.project().slots[0].color.clone();
    let before = color(&bench);
    bench.click("Colour of Source 1");
    bench.click("blue");
    assert_eq!(color(&bench), "#0072b2");
    bench.click("Undo");
    assert_eq!(color(&bench), before);
}

/// Everything that is pressed can be reached without a pointer, in the order in
/// which it is used.
#[test]
fn the_keyboard_reaches_every_button() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Whole song");
    bench.record(&demo("test", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project().dictionary.is_some());
    // Learn rests for a moment after it.
    std::thread::sleep(Duration::from_millis(600));
    let wanted = ["Record", "Listen", "Load…", "Learn", "Hear Mix", "solo Source 1", "mute Rest"];
    let mut reached: Vec<&str> = Vec::new();
    for _ in 0..80 {
        bench.window.key_press(egui::Key::Tab);
        (0..2).for_each(|_| bench.window.step());
        let here = |label: &&str| bench.window.get_by_label(label).is_focused();
        if let Some(label) = wanted.into_iter().find(here)
            && !reached.contains(&label)
        {
            reached.push(label);
        }
        if reached.last() == Some(&"solo Source 1") && !bench.params.strips[0].solo.value() {
            bench.window.key_press(egui::Key::Enter);
            (0..2).for_each(|_| bench.window.step());
            assert!(bench.params.strips[0].solo.value(), "the enter key presses what is chosen");
        }
    }
    assert_eq!(reached, wanted);
}

/// Processor time of this thread, which other programs do not lengthen.
fn thread_cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

/// What a frame costs, without painting: run it by its name, with `--nocapture`.
#[test]
#[ignore = "a measurement"]
fn frame_time() {
    let mut bench = Bench::new();
    bench.record(&demo("train", "violin"));
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project().dictionary.is_some());
    let song = demo("test", "violin");
    bench.click("Components of Source 1");
    let mut times_ms = Vec::new();
    for chunk in song.chunks_exact(735).take(600) {
        bench.play(chunk);
        let before_ms = thread_cpu_ms();
        bench.window.step();
        times_ms.push(thread_cpu_ms() - before_ms);
    }
    times_ms.sort_by(f64::total_cmp);
    let at = |share: f64| times_ms[(times_ms.len() as f64 * share) as usize];
    eprintln!("frame: median {:.2} ms, 95 % {:.2} ms, most {:.2} ms", at(0.5), at(0.95), at(0.999));
}
