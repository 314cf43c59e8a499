//! The window's way to the plugin.

use std::sync::Arc;

use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::{Param, ParamSetter};

use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::choices::Heard;
use crate::plugin::hub::Hub;
use crate::plugin::params::{PluginParams, StripParams};
use crate::plugin::project::SLOTS;
use crate::plugin::project::undo::{Stepped, Turn};
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
        self.put(&output.heard, mixer.heard);
        self.put(output.source_param(), mixer.source.into());
        self.put(output.component_param(), mixer.component.into());
        self.put(&output.wet, mixer.wet);
        for (strip, settings) in (0..=SLOTS).zip(&mixer.strips) {
            let strip = self.strip(strip);
            self.put(&strip.gain, settings.gain);
            self.put(&strip.solo, settings.solo);
            self.put(&strip.mute, settings.mute);
        }
    }

    /// Turns a parameter in one go, if it is not there already: hosts take every turn
    /// for the user's.
    fn put<P: Param<Plain: Copy>>(&self, param: &P, value: P::Plain) {
        if param.preview_normalized(value) != param.unmodulated_normalized_value() {
            self.set(param, value);
        }
    }

    /// Turns a parameter in one go; can be undone.
    pub fn turn<P: Param>(&self, param: &P, value: P::Plain) {
        self.turn_normalized(param, param.preview_normalized(value));
    }

    /// As [`Link::turn`], to a normalised value.
    pub fn turn_normalized<P: Param>(&self, param: &P, after: f32) {
        let before = param.unmodulated_normalized_value();
        let setter = self.setter();
        setter.begin_set_parameter(param);
        setter.set_parameter_normalized(param, after);
        setter.end_set_parameter(param);
        self.turned(param, before, after);
    }

    /// Remembers a turn that has been made.
    pub fn turned<P: Param>(&self, param: &P, before: f32, after: f32) {
        if before != after {
            self.hub.turned(Turn { param: param.as_ptr(), before, after });
        }
    }

    pub fn undo(&self) {
        self.follow(self.hub.undo());
    }

    pub fn redo(&self) {
        self.follow(self.hub.redo());
    }

    fn follow(&self, stepped: Stepped) {
        let Stepped::Turn { param, to } = stepped else { return };
        // SAFETY: only parameters of these are remembered, and they are alive.
        unsafe {
            self.context.raw_begin_set_parameter(param);
            self.context.raw_set_parameter_normalized(param, to);
            self.context.raw_end_set_parameter(param);
        }
    }

    /// Asks as a parameter would, also of a host that does not play.
    pub fn press(&self, trigger: Trigger) {
        self.hub.triggers.press(trigger);
    }

    /// Parameters of a strip; the last is the rest's.
    pub fn strip(&self, strip: usize) -> &'a StripParams {
        if strip < SLOTS { &self.params.strips[strip] } else { &self.params.rest }
    }

    pub fn heard(&self) -> Heard {
        self.params.output.heard.value()
    }

    pub fn hear(&self, heard: Heard) {
        self.turn(&self.params.output.heard, heard);
    }

    pub fn hear_source(&self, strip: usize) {
        if strip < SLOTS {
            self.set(self.params.output.source_param(), strip as i32 + 1);
            self.hear(Heard::Source);
        } else {
            self.hear(Heard::Rest);
        }
    }

    pub fn hear_component(&self, component: usize) {
        self.set(self.params.output.component_param(), component as i32 + 1);
        self.hear(Heard::Component);
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
        self.set(&self.params.capture.armed, on);
    }
}
