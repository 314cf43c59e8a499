//! The host's entry points: activation and processing. What is specific to a
//! [format](formats) or to one of the two [`variants`] has its own file.

mod formats;
mod offline;
mod playing;
mod variants;

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use nice_plug::prelude::*;

use super::audio_thread::audition::Auditioner;
use super::audio_thread::engine::ProcessSetup;
use super::audio_thread::held_notes::HeldNotes;
use super::audio_thread::player::{BLOCK, Player};
use super::audio_thread::recorder::{self, Recorder};
use super::audio_thread::triggers::Trigger;
use super::editor::WindowEditor;
use super::hub::Hub;
use super::latency_text::latency_samples;
use super::params::{PluginParams, SavedParams, defaults, wrong_kind};
use super::preferences::Preferences;
use super::real_time;
use super::state;
use super::worker::Worker;
use offline::OfflineWait;
use playing::{Playing, pass_through};
use variants::{Main, Multi, Variant, WithNotes};

use crate::frames::{Mode, SAMPLE_RATES_HZ};

/// The plugin with one output.
pub type Unbraid = Shell<Main>;

/// The plugin with an output for every source.
pub type UnbraidMulti = Shell<Multi>;

/// The same two for CLAP.
pub type ClapUnbraid = Shell<WithNotes<Main>>;
pub type ClapUnbraidMulti = Shell<WithNotes<Multi>>;

/// Blocks that take more than this fraction of their time are late, or nearly.
const LATE: f32 = 0.8;

/// A plugin: the parameters and the hub, and the audio processing while the host plays.
pub struct Shell<V: Variant> {
    params: Arc<PluginParams>,
    hub: Arc<Hub>,
    playing: Option<Playing>,
    /// Started at the first activation: hosts also create instances only to inspect them.
    worker: Option<Worker>,
    variant: PhantomData<V>,
}

impl<V: Variant> Default for Shell<V> {
    fn default() -> Self {
        let hub = Hub::new();
        let params = Arc::new(PluginParams::new(&hub));
        params.project.set_params(&params);
        Self { params, hub, playing: None, worker: None, variant: PhantomData }
    }
}

impl<V: Variant> Drop for Shell<V> {
    fn drop(&mut self) {
        self.worker = None;
    }
}

impl<V: Variant> Plugin for Shell<V> {
    const NAME: &'static str = V::NAME;
    const VENDOR: &'static str = "Unbraid";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = V::LAYOUTS;
    // The output must not depend on the host's block size.
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;
    const MIDI_INPUT: MidiConfig = V::MIDI_INPUT;
    // More events in a block make the framework allocate on the audio thread.
    const INPUT_EVENT_CAPACITY: usize = 8192;

    type Editor = WindowEditor;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        Arc::new(SavedParams(self.params.clone()))
    }

    fn editor(&mut self, _: AsyncExecutor<Self>) -> Option<WindowEditor> {
        let preferences = Preferences::of_the_user();
        Some(WindowEditor::new(self.hub.clone(), self.params.clone(), preferences))
    }

    #[cfg(patched_framework)]
    fn filter_state(state: &mut PluginState) -> bool {
        state::check(state, wrong_kind, defaults)
    }

    #[cfg(not(patched_framework))]
    fn filter_state(state: &mut PluginState) {
        state::check(state, wrong_kind, defaults);
    }

    fn activate(
        &mut self,
        layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        // The player of clips will be another one.
        self.hub.audition.interrupt();
        let Some(setup) = setup(layout, config) else {
            // Pass the input through: if activation fails, hosts may take the plugin for
            // broken.
            self.hub.status.error(format!(
                "no separation at {} Hz: set the project to a sample rate from {} to {} Hz",
                config.sample_rate,
                SAMPLE_RATES_HZ.start(),
                SAMPLE_RATES_HZ.end()
            ));
            self.stop_playing();
            self.set_offline(false);
            context.set_latency_samples(0);
            return true;
        };
        let offline = config.process_mode == ProcessMode::Offline;
        self.hub.status.set_host(setup.sample_rate_hz, setup.channels);
        self.set_offline(offline);
        self.start_worker();
        let mut wait = OfflineWait::default();
        if offline {
            // A bounce must not begin before pending work is finished.
            wait.until_idle(&self.hub);
        }
        let before = self.playing.take();
        let (engine, recorder) = match before {
            Some(playing) if playing.setup == setup => {
                (Some(playing.player.into_engine()), Some(playing.recorder))
            }
            before => {
                self.playing = before;
                self.stop_playing();
                (None, None)
            }
        };
        self.hub.engines.set_setup(Some(setup));
        let engine = self.hub.engine_for(setup, engine);
        let recorder = recorder.unwrap_or_else(|| {
            let (status, triggers) = (self.hub.status.clone(), self.hub.triggers.clone());
            let loads = self.hub.project.loads().clone();
            let (recorder, rings) = Recorder::new(status, triggers, loads, setup);
            self.hub.recordings.add(rings);
            recorder
        });
        let announced_samples = engine.latency_samples();
        self.hub.status.set_engine(engine.mode(), announced_samples);
        context.set_latency_samples(announced_samples as u32);
        let player = Player::new(engine, self.hub.engines.receiver(), max_latency_samples(setup));
        let publisher = self.hub.feed.publisher();
        let auditioner = Auditioner::new(setup.sample_rate_hz);
        self.playing = Some(Playing {
            player,
            recorder,
            publisher,
            auditioner,
            held_notes: HeldNotes::default(),
            setup,
            offline,
            wait,
            announced_samples,
        });
        true
    }

    fn deactivate(&mut self) {
        self.hub.engines.set_setup(None);
        self.hub.status.set_held_notes(HeldNotes::default());
        self.hub.audition.interrupt();
        // The audio thread may not have been called since Record was switched off. A recording that
        // goes on continues when the host starts the plugin again.
        if let Some(playing) = &mut self.playing
            && !self.hub.triggers.is_held(Trigger::Record)
        {
            playing.recorder.finish();
        }
        // Nothing waits for the worker any more, while other tracks may play.
        self.set_offline(false);
    }

    fn reset(&mut self) {
        if let Some(playing) = &mut self.playing {
            playing.player.reset();
            playing.held_notes = HeldNotes::default();
            self.hub.status.set_held_notes(playing.held_notes);
        }
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let Some(playing) = &mut self.playing else {
            pass_through(buffer);
            return ProcessStatus::Normal;
        };
        let began = Instant::now();
        let _callback = (!playing.offline).then(real_time::Callback::enter);
        if playing.offline {
            // There is no deadline offline: wait for what was requested.
            playing.wait.until_idle(&self.hub);
        }
        let samples = buffer.samples();
        let controls = self.params.controls();
        let clap = context.plugin_api() == PluginApi::Clap;
        if let Some(latency) = playing.player.receive(clap) {
            if clap {
                // CLAP allows latency changes only in `activate`.
                context.request_restart();
            } else {
                playing.announced_samples = latency;
                context.set_latency_samples(latency as u32);
            }
        }
        // While the window is closed, only this can reach the host; in VST3 on Linux it would not
        // be on the main thread.
        #[cfg(patched_framework)]
        if (clap || !cfg!(target_os = "linux"))
            && !self.hub.feed.is_watched()
            && self.hub.project.take_unsaved()
        {
            context.mark_dirty();
        }
        let transport = context.transport();
        let rolling = transport.playing;
        let song_position = transport.pos_samples().filter(|_| rolling);
        if let Some(song_position) = song_position {
            playing.player.locate(song_position);
        }
        if !controls.midi_notes || self.hub.status.take_note_release() {
            playing.held_notes = HeldNotes::default();
        }
        let mut done = 0;
        let mut events =
            std::iter::from_fn(|| controls.midi_notes.then(|| context.next_event())?);
        let mut event = events.next();
        while done < samples {
            // Notes take effect at their sample, whatever the block size.
            while let Some(due) = event.take_if(|event| {
                let is_due = event.timing() as usize <= done;
                // What changes nothing need not divide the block.
                is_due || !{ playing.held_notes }.take(event)
            }) {
                playing.held_notes.take(&due);
                event = events.next();
            }
            let until_event = event.as_ref().map_or(BLOCK, |event| event.timing() as usize - done);
            let take = (samples - done).min(BLOCK).min(until_event);
            let mut controls = controls;
            playing.held_notes.apply(&mut controls);
            let song_position = song_position.map(|start| start + done as i64);
            let transport = recorder::Transport { rolling, song_position };
            playing.block(buffer, aux, done, take, &controls, transport, &self.hub);
            done += take;
        }
        // A block without samples can have events, too.
        event.into_iter().chain(events).for_each(|late| {
            playing.held_notes.take(&late);
        });
        self.hub.status.set_held_notes(playing.held_notes);
        let engine = playing.player.engine();
        self.hub.status.set_engine(engine.mode(), engine.latency_samples());
        let lasts_s = samples as f32 / playing.setup.sample_rate_hz as f32;
        if samples > 0 {
            let load = began.elapsed().as_secs_f32() / lasts_s;
            let before = self.hub.status.load.load(Ordering::Relaxed);
            // Falls to a tenth within about a second, and rises at once.
            let fallen = before * 0.1f32.powf(lasts_s);
            self.hub.status.load.store(load.max(fallen), Ordering::Relaxed);
            if load > LATE && !playing.offline {
                self.hub.status.late_blocks.fetch_add(1, Ordering::Relaxed);
            }
        }
        ProcessStatus::Tail(playing.announced_samples as u32)
    }
}

impl<V: Variant> Shell<V> {
    /// Stops processing; a recording in progress ends and is kept.
    fn stop_playing(&mut self) {
        self.hub.engines.set_setup(None);
        if let Some(mut playing) = self.playing.take() {
            playing.recorder.finish();
            self.hub.worker.wake();
        }
    }

    /// Whether the host renders offline, which one of the worker's threads waits for.
    fn set_offline(&self, offline: bool) {
        self.hub.status.offline.store(offline, Ordering::SeqCst);
        self.hub.worker.wake();
    }

    fn start_worker(&mut self) {
        if self.worker.is_some() {
            return;
        }
        match Worker::start(self.hub.clone(), self.params.clone()) {
            Ok(worker) => self.worker = Some(worker),
            Err(error) => self
                .hub
                .status
                .error(format!("the learning thread cannot start ({error}): close other programs")),
        }
    }
}

fn setup(layout: &AudioIOLayout, config: &BufferConfig) -> Option<ProcessSetup> {
    let sample_rate_hz = config.sample_rate.round() as u32;
    let channels = layout.main_output_channels?.get() as usize;
    let buses = 1 + layout.aux_output_ports.len();
    SAMPLE_RATES_HZ.contains(&sample_rate_hz).then_some(ProcessSetup {
        sample_rate_hz,
        channels,
        buses,
    })
}

fn max_latency_samples(setup: ProcessSetup) -> usize {
    Mode::ALL
        .into_iter()
        .map(|mode| latency_samples(mode, setup.sample_rate_hz, true))
        .max()
        .unwrap_or(0)
}
