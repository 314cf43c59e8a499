//! The window's way to the plugin.

use std::sync::Arc;

use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::{IntParam, Param, ParamSetter};

use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::choices::OutputSelection;
use crate::plugin::hub::Hub;
use crate::plugin::params::{PluginParams, StripParams};
use crate::plugin::project::MAX_INSTRUMENTS;
use crate::plugin::project::undo::{ParamChange, UndoResult};
use crate::plugin::project::versions::MixerSettings;

/// Parameters, so that hosts see and record what is turned, and the hub.
#[derive(Clone, Copy)]
pub struct Link<'a> {
    pub hub: &'a Arc<Hub>,
    pub params: &'a PluginParams,
    context: &'a GuiContext,
}

impl<'a> Link<'a> {
    pub fn new(hub: &'a Arc<Hub>, params: &'a PluginParams, context: &'a GuiContext) -> Self {
        Self { hub, params, context }
    }

    pub fn setter(&self) -> ParamSetter<'a> {
        self.context.param_setter()
    }

    /// Turns a parameter in one go.
    pub fn set<P: Param>(&self, param: &P, value: P::Plain) {
        let setter = self.setter();
        setter.begin_set_parameter(param);
        setter.set_parameter(param, value);
        setter.end_set_parameter(param);
    }

    /// Turns the mixer to what it was in the other of A and B.
    pub fn set_mixer(&self, mixer: &MixerSettings) {
        let output = &self.params.output;
        self.turn_to(&output.heard, mixer.heard);
        self.turn_to(output.source_param(), mixer.source.into());
        self.turn_to(output.component_param(), mixer.component.into());
        self.turn_to(&output.wet, mixer.wet);
        for (strip, settings) in (0..=MAX_INSTRUMENTS).zip(&mixer.strips) {
            let strip = self.strip(strip);
            self.turn_to(&strip.gain, settings.gain);
            self.turn_to(&strip.solo, settings.solo);
            self.turn_to(&strip.mute, settings.mute);
        }
    }

    /// Turns a parameter in one go; can be undone.
    pub fn turn<P: Param>(&self, param: &P, value: P::Plain) {
        self.turn_normalized(param, param.preview_normalized(value));
    }

    /// As [`Link::turn`], to a normalised value.
    pub fn turn_normalized<P: Param>(&self, param: &P, after: f32) {
        self.hub.turned(self.turn_to_normalized(param, after).into_iter().collect());
    }

    /// Remembers a turn that has been made.
    pub fn turned<P: Param>(&self, param: &P, before: f32, after: f32) {
        self.hub.turned(turn(param, before, after).into_iter().collect());
    }

    /// Turns a parameter; gives what is to be remembered, if it was not there already.
    fn turn_to<P: Param>(&self, param: &P, value: P::Plain) -> Option<ParamChange> {
        self.turn_to_normalized(param, param.preview_normalized(value))
    }

    fn turn_to_normalized<P: Param>(&self, param: &P, after: f32) -> Option<ParamChange> {
        let before = param.unmodulated_normalized_value();
        // Hosts take every turn for the user's.
        if before != after {
            let setter = self.setter();
            setter.begin_set_parameter(param);
            setter.set_parameter_normalized(param, after);
            setter.end_set_parameter(param);
        }
        turn(param, before, after)
    }

    /// Takes an instrument's instrument away, and all that its strip was set to: the next one
    /// there begins like any other. Can be undone.
    pub fn remove(&self, instrument: usize) {
        let strip = self.strip(instrument);
        let changes = [
            self.turn_to(&strip.gain, strip.gain.default_plain_value()),
            self.turn_to(&strip.solo, false),
            self.turn_to(&strip.mute, false),
        ];
        let changes = changes.into_iter().flatten().collect();
        self.hub.edit_with(changes, |project| project.remove(instrument));
    }

    pub fn undo(&self) {
        self.follow(self.hub.undo());
    }

    pub fn redo(&self) {
        self.follow(self.hub.redo());
    }

    fn follow(&self, stepped: UndoResult) {
        for (param, to) in stepped.changes {
            // SAFETY: only parameters of these are remembered, and they are alive.
            unsafe {
                self.context.raw_begin_set_parameter(param);
                self.context.raw_set_parameter_normalized(param, to);
                self.context.raw_end_set_parameter(param);
            }
        }
    }

    /// Asks as a parameter would, also of a host that does not play.
    pub fn press(&self, trigger: Trigger) {
        self.hub.triggers.press(trigger);
    }

    /// Parameters of a strip; the last is the rest's.
    pub fn strip(&self, strip: usize) -> &'a StripParams {
        if strip < MAX_INSTRUMENTS { &self.params.strips[strip] } else { &self.params.rest }
    }

    pub fn heard(&self) -> OutputSelection {
        self.params.output.heard.value()
    }

    pub fn hear(&self, heard: OutputSelection) {
        self.turn(&self.params.output.heard, heard);
    }

    pub fn hear_source(&self, strip: usize) {
        if strip < MAX_INSTRUMENTS {
            self.hear_one(self.params.output.source_param(), strip, OutputSelection::Source);
        } else {
            self.hear(OutputSelection::Rest);
        }
    }

    pub fn hear_component(&self, component: usize) {
        self.hear_one(self.params.output.component_param(), component, OutputSelection::Component);
    }

    fn hear_one(&self, which: &IntParam, index: usize, heard: OutputSelection) {
        let changes =
            [self.turn_to(which, index as i32 + 1), self.turn_to(&self.params.output.heard, heard)];
        self.hub.turned(changes.into_iter().flatten().collect());
    }

    pub fn is_recording(&self) -> bool {
        self.hub.status.recording.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Seconds that the recording under way has.
    pub fn recorded_s(&self) -> f64 {
        let status = &self.hub.status;
        let samples = status.recorded_samples.load(std::sync::atomic::Ordering::Relaxed);
        samples as f64 / f64::from(status.sample_rate_hz())
    }

    pub fn record(&self, on: bool) {
        self.set(&self.params.record.armed, on);
    }
}

/// What is to be remembered of a turn, if it was one.
fn turn<P: Param>(param: &P, before: f32, after: f32) -> Option<ParamChange> {
    (before != after).then(|| ParamChange { param: param.as_ptr(), before, after })
}
