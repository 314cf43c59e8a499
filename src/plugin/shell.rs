//! What the host calls: activation, processing, and what belongs to a format.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use nice_plug::prelude::*;

use super::audio_thread::audition::Auditioner;
use super::audio_thread::controls::Controls;
use super::audio_thread::engine::{FIRST_STRIP_BUS, MAIN_BUS, Stage};
use super::audio_thread::feed::Publisher;
use super::audio_thread::player::{BLOCK, Player};
use super::audio_thread::real_time;
use super::audio_thread::real_time::lock;
use super::audio_thread::recorder::Recorder;
use super::editor::WindowEditor;
use super::hub::Hub;
use super::latency_text::latency_samples;
use super::params::PluginParams;
use super::preferences::Preferences;
use super::state;
use super::variants::{Main, Multi, Variant};
use super::worker::Worker;
use crate::dsp::{Mode, SAMPLE_RATES_HZ};

/// The plugin with one output.
pub type Unbraid = Shell<Main>;

/// The plugin with an output for every source.
pub type UnbraidMulti = Shell<Multi>;

/// A plugin: parameters and the hub, and, while the host plays, what sounds.
pub struct Shell<V: Variant> {
    params: Arc<PluginParams>,
    hub: Arc<Hub>,
    playing: Option<Playing>,
    /// Started with the first activation: hosts make instances only to look.
    worker: Option<Worker>,
    variant: PhantomData<V>,
}

/// What sounds while the host plays.
struct Playing {
    player: Player,
    recorder: Recorder,
    publisher: Publisher,
    auditioner: Auditioner,
    stage: Stage,
    offline: bool,
    /// The latency that the host was told last.
    announced_samples: usize,
}

impl<V: Variant> Default for Shell<V> {
    fn default() -> Self {
        let hub = Hub::new();
        let params = Arc::new(PluginParams::new(&hub));
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
    // What is heard must not depend on the host's blocks.
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;

    type Editor = WindowEditor;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, _: AsyncExecutor<Self>) -> Option<WindowEditor> {
        let preferences = Preferences::of_the_user();
        Some(WindowEditor::new(self.hub.clone(), self.params.clone(), preferences))
    }

    fn filter_state(state: &mut PluginState) {
        state::check(state);
    }

    fn activate(
        &mut self,
        layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let Some(stage) = stage(layout, config) else {
            // The sound goes through as it is: hosts that may not activate a
            // plugin take it for broken.
            self.hub.status.error(format!(
                "at {} Hz nothing is separated: set the project to a rate from {} to {} Hz",
                config.sample_rate,
                SAMPLE_RATES_HZ.start(),
                SAMPLE_RATES_HZ.end()
            ));
            self.stop_playing();
            context.set_latency_samples(0);
            return true;
        };
        let offline = config.process_mode == ProcessMode::Offline;
        self.hub.status.offline.store(offline, Ordering::SeqCst);
        self.hub.status.set_host(stage.sample_rate_hz, stage.channels);
        self.start_worker();
        if offline {
            // A bounce must not begin with what is half ready.
            wait_for_worker(&self.hub);
        }
        let before = self.playing.take();
        let (engine, recorder) = match before {
            Some(playing) if playing.stage == stage => {
                (Some(playing.player.into_engine()), Some(playing.recorder))
            }
            before => {
                self.playing = before;
                self.stop_playing();
                (None, None)
            }
        };
        self.hub.set_stage(Some(stage));
        let engine = self.hub.engine_for(stage, engine);
        let recorder = recorder.unwrap_or_else(|| {
            let marks = self.hub.marks.0.clone();
            let (status, triggers) = (self.hub.status.clone(), self.hub.triggers.clone());
            let (recorder, tapes) = Recorder::new(status, triggers, marks, stage);
            *lock(&self.hub.tapes) = Some(tapes);
            recorder
        });
        let announced_samples = engine.latency_samples();
        self.hub.status.set_engine(engine.mode(), announced_samples);
        context.set_latency_samples(announced_samples as u32);
        let player = Player::new(engine, self.hub.exchange(), longest_latency_samples(stage));
        let publisher = self.hub.feed.publisher();
        let auditioner = Auditioner::new(stage.sample_rate_hz);
        self.playing = Some(Playing {
            player,
            recorder,
            publisher,
            auditioner,
            stage,
            offline,
            announced_samples,
        });
        true
    }

    fn deactivate(&mut self) {
        self.hub.set_stage(None);
    }

    fn reset(&mut self) {
        if let Some(playing) = &mut self.playing {
            playing.player.reset();
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
        if playing.offline && !self.hub.is_idle() {
            // There is no hurry offline: what was asked for is heard from here on.
            wait_for_worker(&self.hub);
        }
        let samples = buffer.samples();
        let controls = self.params.controls();
        let clap = context.plugin_api() == PluginApi::Clap;
        if let Some(latency) = playing.player.receive(clap) {
            if clap {
                // There latency changes in `activate` and nowhere else.
                context.request_restart();
            } else {
                playing.announced_samples = latency;
                context.set_latency_samples(latency as u32);
            }
        }
        let transport = context.transport();
        let rolling = transport.playing;
        if rolling && let Some(song_position) = transport.pos_samples() {
            playing.player.locate(song_position);
        }
        let mut done = 0;
        while done < samples {
            let take = (samples - done).min(BLOCK);
            playing.block(buffer, aux, done, take, &controls, rolling, &self.hub);
            done += take;
        }
        let engine = playing.player.engine();
        self.hub.status.set_engine(engine.mode(), engine.latency_samples());
        let lasts_s = samples as f32 / playing.stage.sample_rate_hz as f32;
        if samples > 0 {
            let load = began.elapsed().as_secs_f32() / lasts_s;
            let before = self.hub.status.load.load(Ordering::Relaxed);
            // Falls to a tenth within about a second, and rises at once.
            let fallen = before * 0.1f32.powf(lasts_s);
            self.hub.status.load.store(load.max(fallen), Ordering::Relaxed);
        }
        ProcessStatus::Tail(playing.announced_samples as u32)
    }
}

impl<V: Variant> Shell<V> {
    /// Gives up what sounds; what was being captured is kept.
    fn stop_playing(&mut self) {
        self.hub.set_stage(None);
        if let Some(mut playing) = self.playing.take() {
            playing.recorder.finish();
            wait_for_captures(&self.hub);
        }
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
                .error(format!("learning is not possible ({error}): close other programs")),
        }
    }
}

impl Playing {
    /// Plays `take` samples from sample `start` of the host's buffers on.
    #[allow(clippy::too_many_arguments, reason = "the host's buffers come in pieces")]
    fn block(
        &mut self,
        buffer: &mut Buffer,
        aux: &mut AuxiliaryBuffers,
        start: usize,
        take: usize,
        controls: &Controls,
        rolling: bool,
        hub: &Hub,
    ) {
        let Self { player, recorder, publisher, auditioner, stage, offline, .. } = self;
        let range = start..start + take;
        let seconds = take as f32 / stage.sample_rate_hz as f32;
        let main = buffer.as_slice();
        for (c, input) in player.input_mut().iter_mut().enumerate() {
            for (input, x) in input.iter_mut().zip(&main[c][range.clone()]) {
                *input = sound(*x);
            }
        }
        let last = stage.channels - 1;
        let heard = [player.input(0, take), player.input(last, take)];
        heard.iter().enumerate().for_each(|(c, x)| hub.status.input.observe(c, x, seconds));
        let side_chain = aux.inputs.first_mut().map(|side_chain| {
            let channels = side_chain.as_slice();
            for channel in channels.iter_mut() {
                channel[range.clone()].iter_mut().for_each(|x| *x = sound(*x));
            }
            [&channels[0][range.clone()], &channels[channels.len() - 1][range.clone()]]
        });
        if let Some(side_chain) = side_chain {
            for (c, x) in side_chain.iter().enumerate() {
                hub.status.side_chain.observe(c, x, seconds);
            }
        }
        recorder.write(heard, side_chain, &controls.capture, rolling);
        player.play(take, controls);
        publisher.publish(take, player.engine(), &hub.feed);
        for (c, out) in main.iter_mut().enumerate() {
            let played = player.output(MAIN_BUS, c, take);
            give_out(played, &mut out[range.clone()]);
            hub.status.output.observe(c, played, seconds);
        }
        if !*offline {
            auditioner.play(&hub.audition, main, range.clone());
        }
        for (strip, port) in aux.outputs.iter_mut().enumerate() {
            for (c, out) in port.as_slice().iter_mut().enumerate() {
                let played = player.output(FIRST_STRIP_BUS + strip, c, take);
                give_out(played, &mut out[range.clone()]);
                hub.status.strips[strip].observe(c, played, seconds);
            }
        }
    }
}

/// Copies what was played, without numbers so small that they slow down whoever
/// comes next.
fn give_out(played: &[f32], out: &mut [f32]) {
    for (out, x) in out.iter_mut().zip(played) {
        *out = if x.abs() < f32::MIN_POSITIVE { 0.0 } else { *x };
    }
}

/// Gives out what comes in.
fn pass_through(buffer: &mut Buffer) {
    for channel in buffer.as_slice() {
        channel.iter_mut().for_each(|x| *x = sound(*x));
    }
}

/// A sample that is one: others are silence, as they are to the engine, and so
/// are numbers so small that they slow it down.
fn sound(x: f32) -> f32 {
    if x.is_normal() && x.abs() <= crate::dsp::LOUDEST { x } else { 0.0 }
}

fn stage(layout: &AudioIOLayout, config: &BufferConfig) -> Option<Stage> {
    let sample_rate_hz = config.sample_rate.round() as u32;
    let channels = layout.main_output_channels?.get() as usize;
    let buses = 1 + layout.aux_output_ports.len();
    SAMPLE_RATES_HZ.contains(&sample_rate_hz).then_some(Stage { sample_rate_hz, channels, buses })
}

fn longest_latency_samples(stage: Stage) -> usize {
    Mode::ALL
        .into_iter()
        .map(|mode| latency_samples(mode, stage.sample_rate_hz, true))
        .max()
        .unwrap_or(0)
}

fn wait_for_worker(hub: &Hub) {
    while !hub.is_idle() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Lets the worker collect captures that have ended. It takes some milliseconds.
fn wait_for_captures(hub: &Hub) {
    let began = Instant::now();
    while !hub.marks.1.is_empty() && began.elapsed() < Duration::from_secs(2) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

impl<V: Variant> ClapPlugin for Shell<V> {
    const CLAP_ID: &'static str = V::CLAP_ID;
    const CLAP_DESCRIPTION: Option<&'static str> = Some(V::DESCRIPTION);
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Stereo,
        ClapFeature::Mono,
        ClapFeature::Restoration,
        ClapFeature::Utility,
    ];

    fn remote_controls(&self, context: &mut impl RemoteControlsContext) {
        let params = &self.params;
        context.add_section("Listen", |section| {
            section.add_page("Listen", |page| {
                page.add_param(&params.output.heard);
                page.add_param(params.output.source_param());
                page.add_param(params.output.component_param());
                page.add_param(&params.output.wet);
                page.add_param(&params.output.spatial);
                page.add_param(params.mode_param());
                page.add_param(&params.even_load);
            });
        });
        context.add_section("Learn", |section| {
            section.add_page("Learn", |page| {
                page.add_param(&params.capture.armed);
                page.add_param(&params.capture.from);
                page.add_param(params.capture.to_param());
                page.add_param(&params.capture.how);
                page.add_param(&params.learn.learn);
                page.add_param(&params.learn.cancel);
                page.add_param(&params.learn.adapt);
            });
        });
        context.add_section("Mixer", |section| {
            section.add_page("Gains", |page| {
                params.strips.iter().for_each(|strip| page.add_param(&strip.gain));
                page.add_param(&params.rest.gain);
            });
            section.add_page("Solo", |page| {
                params.strips.iter().for_each(|strip| page.add_param(&strip.solo));
                page.add_param(&params.rest.solo);
            });
            section.add_page("Mute", |page| {
                params.strips.iter().for_each(|strip| page.add_param(&strip.mute));
                page.add_param(&params.rest.mute);
            });
        });
    }
}

impl<V: Variant> Vst3Plugin for Shell<V> {
    const VST3_CLASS_ID: [u8; 16] = V::VST3_ID;
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Restoration, Vst3SubCategory::Tools];
}
