//! The window, driven by input events, with the plugin's internals run as the shell runs
//! them: clicks must change the sound.

mod advice;
mod components;
mod dragging;
mod files;
mod fonts;
mod keyboard;
mod layout;
mod mixing;
mod ranges;
mod reopened;
mod rooms;
mod stages;
mod versions;
mod while_recording;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::prelude::{Param, ParamPtr, PluginState};

use super::WindowEditor;
use super::app::App;
use super::fonts::FontSearch;
use crate::library::Library;
use crate::plugin::audio_thread::audition::Auditioner;
use crate::plugin::audio_thread::engine::{MAIN_BUS, ProcessSetup};
use crate::plugin::audio_thread::feed::{FeedFrame, Publisher};
use crate::plugin::audio_thread::player::Player;
use crate::plugin::audio_thread::recorder::{Recorder, Transport};
use crate::plugin::audio_thread::status::WorkerTask;
use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::hub::Hub;
use crate::plugin::params::PluginParams;
use crate::plugin::preferences::Preferences;
use crate::plugin::window_state::MIN_SIZE;
use crate::plugin::worker::Worker;

const BLOCK: usize = 512;
const SETUP: ProcessSetup = ProcessSetup { sample_rate_hz: 44_100, channels: 1, buses: 1 };

/// A host that does what the window requests, at once.
#[derive(Default)]
struct Host {
    /// How often it was told that there is something to save.
    #[cfg_attr(not(patched_framework), expect(dead_code, reason = "nothing is marked"))]
    marked: Arc<AtomicUsize>,
}

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

    #[cfg(patched_framework)]
    fn mark_dirty(&self) {
        self.marked.fetch_add(1, Ordering::SeqCst);
    }
}

/// A playing instance and its window.
struct Bench {
    hub: Arc<Hub>,
    params: Arc<PluginParams>,
    player: Player,
    recorder: Recorder,
    publisher: Publisher,
    auditioner: Auditioner,
    _worker: Worker,
    window: Harness<'static>,
    #[cfg_attr(not(patched_framework), expect(dead_code, reason = "nothing is marked"))]
    marked: Arc<AtomicUsize>,
    _library_folder: tempfile::TempDir,
    /// Where the song is, in samples.
    song_position: i64,
}

impl Bench {
    fn new() -> Self {
        Self::with(Preferences::default())
    }

    /// An instance for a user with these preferences.
    fn with(preferences: Preferences) -> Self {
        Self::with_fonts(preferences, Arc::new(FontSearch::of_no_fonts()))
    }

    /// An instance that finds these fonts.
    fn with_fonts(preferences: Preferences, fonts: Arc<FontSearch>) -> Self {
        let library_folder = tempfile::tempdir().unwrap();
        let library = Library::at(library_folder.path().join("library"));
        let hub = Hub::with_library(Some(library));
        let params = Arc::new(PluginParams::new(&hub));
        let worker = Worker::start(hub.clone(), params.clone()).unwrap();
        hub.status.set_host(SETUP.sample_rate_hz, SETUP.channels);
        hub.engines.set_setup(Some(SETUP));
        let engine = hub.engine_for(SETUP, None);
        let (status, triggers) = (hub.status.clone(), hub.triggers.clone());
        let (recorder, rings) = Recorder::new(status, triggers, hub.project.loads().clone(), SETUP);
        hub.recordings.add(rings);
        let player = Player::new(engine, hub.engines.receiver(), 5120);
        let publisher = hub.feed.publisher();
        let mut window = None;
        let marked = Arc::<AtomicUsize>::default();
        let host = Host { marked: marked.clone() };
        let context = GuiContext::new(Arc::new(host));
        let (h, p) = (hub.clone(), params.clone());
        let window = Harness::builder().with_size([1080.0, 760.0]).build_ui(move |ui| {
            let app: &mut App = window.get_or_insert_with(|| {
                let mut editor = WindowEditor::new(h.clone(), p.clone(), preferences.clone());
                editor.fonts = fonts.clone();
                let mut app = editor.app();
                app.open(ui.ctx(), context.clone());
                app
            });
            app.draw(ui);
        });
        let auditioner = Auditioner::new(SETUP.sample_rate_hz);
        Self {
            hub,
            params,
            player,
            recorder,
            publisher,
            auditioner,
            _worker: worker,
            window,
            marked,
            _library_folder: library_folder,
            song_position: 0,
        }
    }

    /// Starts again at another sample rate, as the shell does.
    fn activate(&mut self, setup: ProcessSetup) {
        self.hub.status.set_host(setup.sample_rate_hz, setup.channels);
        self.hub.engines.set_setup(Some(setup));
        let engine = self.hub.engine_for(setup, None);
        self.player = Player::new(engine, self.hub.engines.receiver(), 5120);
        self.publisher = self.hub.feed.publisher();
    }

    /// Plays as the shell does; returns the output, in time with the input.
    fn play(&mut self, input: &[f32]) -> Vec<f32> {
        let latency = self.player.engine().latency_samples();
        let mut padded = input.to_vec();
        padded.resize(input.len() + latency, 0.0);
        let mut output = Vec::new();
        for block in padded.chunks(BLOCK) {
            let controls = self.params.controls();
            let _ = self.player.receive(false);
            self.player.input_mut()[0][..block.len()].copy_from_slice(block);
            let input = self.player.input(0, block.len());
            self.hub.status.input.observe(0, input, block.len() as f32 / 44_100.0);
            let transport = Transport { rolling: true, song_position: Some(self.song_position) };
            self.recorder.write([input, input], None, &controls.record, transport);
            self.song_position += block.len() as i64;
            self.player.play(block.len(), &controls);
            self.hub.status.match_gain.store(self.player.matching_gain(), Ordering::Relaxed);
            self.publisher.publish(block.len(), self.player.engine(), &self.hub.feed);
            let mut played = self.player.output(MAIN_BUS, 0, block.len()).to_vec();
            self.auditioner.play(&self.hub.audition, &mut [&mut played], 0..block.len());
            output.extend(played);
        }
        output.split_off(latency)
    }

    /// Draws until `done`, for at most two minutes.
    fn wait(&mut self, what: &str, mut done: impl FnMut(&Hub) -> bool) {
        let began = Instant::now();
        while !done(&self.hub) {
            assert!(began.elapsed() < Duration::from_secs(120), "{what} takes too long");
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
        // Press, release, and the frame that shows the result.
        (0..3).for_each(|_| self.window.step());
    }

    fn record(&mut self, sound: &[f32]) {
        let clips = |hub: &Hub| {
            let project = hub.project.get();
            project.mixture.len() + project.instruments.iter().map(|s| s.clips.len()).sum::<usize>()
        };
        let before = clips(&self.hub);
        self.click("Record");
        self.play(sound);
        self.click("Stop");
        self.wait("the recording", |hub| clips(hub) > before);
    }

    /// Every painted text with its position.
    fn painted(&self) -> Vec<(String, egui::Rect)> {
        let mut texts = Vec::new();
        let mut shapes: Vec<_> =
            self.window.output().shapes.iter().map(|clipped| &clipped.shape).collect();
        while let Some(shape) = shapes.pop() {
            match shape {
                egui::Shape::Text(text) => {
                    texts.push((text.galley.text().to_string(), text.visual_bounding_rect()));
                }
                egui::Shape::Vec(inside) => shapes.extend(inside),
                _ => {}
            }
        }
        texts
    }

    /// Sets a parameter as a host does.
    fn automate<P: Param>(&mut self, param: impl Fn(&PluginParams) -> &P, value: P::Plain) {
        let param = param(&self.params);
        // SAFETY: the parameter is alive.
        unsafe { param.as_ptr()._internal_set_normalized_value(param.preview_normalized(value)) };
        (0..2).for_each(|_| self.window.step());
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

/// Scale-invariant signal-to-distortion ratio, in dB.
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
