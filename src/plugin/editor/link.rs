//! The window's way to the plugin.

use std::sync::Arc;

use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::{Param, ParamSetter};

use crate::plugin::hub::Hub;
use crate::plugin::params::{Heard, PluginParams, SLOTS, StripParams};
use crate::plugin::triggers::Trigger;

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
        self.set(&self.params.output.heard, heard);
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

    pub fn record(&self, on: bool) {
        self.set(&self.params.capture.armed, on);
    }
}
