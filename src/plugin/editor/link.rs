//! The window's access to the plugin.

use std::sync::Arc;

use nice_plug::context::PluginApi;
use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::{IntParam, Param, ParamSetter};

use crate::plugin::audio_thread::controls::REST_STRIP;
use crate::plugin::audio_thread::held_notes::{mute_note, solo_note};
use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::choices::OutputSelection;
use crate::plugin::hub::Hub;
use crate::plugin::params::{PanningParams, ParamIndex, PluginParams, StripParams};
use crate::plugin::project::undo::{ParamChange, StepName, UndoResult};
use crate::plugin::project::versions::MixerSettings;
use crate::plugin::project::{DEFAULT_NAME, Instrument, MAX_INSTRUMENTS};

/// Why a control is disabled while a recording runs.
pub const STOP_FIRST: &str = "Stop the recording first";

/// The parameters, set through the host, so that it sees and records changes; and the hub.
#[derive(Clone, Copy)]
pub struct Link<'a> {
    pub hub: &'a Arc<Hub>,
    pub params: &'a PluginParams,
    index: &'a ParamIndex,
    context: &'a GuiContext,
}

impl<'a> Link<'a> {
    pub fn new(
        hub: &'a Arc<Hub>,
        params: &'a PluginParams,
        index: &'a ParamIndex,
        context: &'a GuiContext,
    ) -> Self {
        Self { hub, params, index, context }
    }

    /// Whether the plugin receives MIDI notes from this host.
    pub fn receives_notes(&self) -> bool {
        self.context.plugin_api() == PluginApi::Clap
    }

    pub fn setter(&self) -> ParamSetter<'a> {
        self.context.param_setter()
    }

    /// Sets a parameter as one gesture.
    pub fn set<P: Param>(&self, param: &P, value: P::Plain) {
        let setter = self.setter();
        setter.begin_set_parameter(param);
        setter.set_parameter(param, value);
        setter.end_set_parameter(param);
    }

    /// Sets the mixer to the settings of the other version of A and B.
    fn set_mixer(&self, mixer: &MixerSettings) {
        let output = &self.params.output;
        self.change_to(&output.selection, mixer.selection);
        self.change_to(output.source_param(), mixer.source.into());
        self.change_to(output.component_param(), mixer.component.into());
        self.change_to(&output.wet, mixer.wet);
        for (place, settings) in mixer.of_strips() {
            let (strip, panning) = (self.strip(place), self.panning(place));
            self.change_to(&strip.gain, settings.gain);
            self.change_to(&panning.pan, settings.pan);
            self.change_to(&panning.width, settings.width);
            self.change_to(&strip.strength, settings.strength);
            self.change_to(&strip.solo, settings.solo);
            self.change_to(&strip.mute, settings.mute);
        }
    }

    /// Sets a parameter as one gesture that can be undone.
    pub fn set_with_undo<P: Param>(&self, param: &P, value: P::Plain) {
        self.set_normalized_with_undo(param, param.preview_normalized(value));
    }

    /// Like [`Link::set_with_undo`], with a normalised value.
    pub fn set_normalized_with_undo<P: Param>(&self, param: &P, after: f32) {
        self.hub
            .project
            .push_param_changes(self.change_normalized(param, after).into_iter().collect());
    }

    /// Stores an undo step for a change already made.
    pub fn push_change<P: Param>(&self, param: &P, before: f32, after: f32) {
        self.hub
            .project
            .push_param_changes(self.change_between(param, before, after).into_iter().collect());
    }

    /// Sets a parameter; returns the change for the undo step, unless it had that value
    /// already.
    fn change_to<P: Param>(&self, param: &P, value: P::Plain) -> Option<ParamChange> {
        self.change_normalized(param, param.preview_normalized(value))
    }

    fn change_normalized<P: Param>(&self, param: &P, after: f32) -> Option<ParamChange> {
        let before = param.unmodulated_normalized_value();
        // Hosts take every change for the user's.
        if before != after {
            let setter = self.setter();
            setter.begin_set_parameter(param);
            setter.set_parameter_normalized(param, after);
            setter.end_set_parameter(param);
        }
        self.change_between(param, before, after)
    }

    /// Clears an instrument and resets its strip: the next instrument there starts with the
    /// defaults. Can be undone.
    pub fn remove(&self, instrument: usize) {
        let (strip, panning) = (self.strip(instrument), self.panning(instrument));
        let changes = [
            self.change_to(&strip.gain, strip.gain.default_plain_value()),
            self.change_to(&panning.pan, panning.pan.default_plain_value()),
            self.change_to(&panning.width, panning.width.default_plain_value()),
            self.change_to(&strip.strength, strip.strength.default_plain_value()),
            self.change_to(&strip.solo, false),
            self.change_to(&strip.mute, false),
        ];
        let changes = changes.into_iter().flatten().collect();
        let name = self.hub.project.with(|project| project.instruments[instrument].name.clone());
        let name = format!("removing {name}");
        self.hub.project.edit_named(name, changes, |project| project.remove(instrument));
    }

    /// The change for the undo step; `None` if there is none.
    fn change_between<P: Param>(&self, param: &P, before: f32, after: f32) -> Option<ParamChange> {
        let param = self.index.id(param.as_ptr())?;
        (before != after).then_some(ParamChange { param, before, after })
    }

    /// Takes a step back, except while a recording runs: it would come to stand in another project
    /// than the one in which it began.
    pub fn undo(&self) {
        if !self.is_recording() {
            self.follow(self.hub.project.undo());
        }
    }

    /// The same for a step forward.
    pub fn redo(&self) {
        if !self.is_recording() {
            self.follow(self.hub.project.redo());
        }
    }

    /// Switches between the versions A and B, except while a recording runs.
    pub fn switch_version(&self) {
        if !self.is_recording() {
            let other = self.hub.project.switch(self.params.mixer_settings());
            self.set_mixer(&other);
        }
    }

    /// The names of the undo and redo steps, the next one first.
    pub fn step_names(&self) -> [Vec<String>; 2] {
        let name = |name: StepName| match name {
            StepName::Project(name) => name,
            // SAFETY: the index is of this instance's parameters, which are alive.
            StepName::Param(id) => match self.index.param(&id) {
                Some(param) => self.with_own_name(unsafe { param.name() }),
                None => "change".to_string(),
            },
        };
        let (undo, redo) = self.hub.project.step_names();
        [undo, redo].map(|names| names.into_iter().map(name).collect())
    }

    /// The name of a parameter with the instrument's own name in it.
    fn with_own_name(&self, name: &str) -> String {
        let of_instrument = |(place, instrument): (usize, &Instrument)| {
            let rest = name.strip_prefix(&format!("{DEFAULT_NAME} {} ", place + 1))?;
            Some(format!("{rest} of {}", instrument.name))
        };
        self.hub.project.with(|project| {
            let named = project.instruments.iter().enumerate().find_map(of_instrument);
            named.unwrap_or_else(|| name.to_string())
        })
    }

    fn follow(&self, result: UndoResult) {
        for (id, to) in result.changes {
            let Some(param) = self.index.param(&id) else { continue };
            // SAFETY: the index is of this instance's parameters, which are alive.
            unsafe {
                self.context.raw_begin_set_parameter(param);
                self.context.raw_set_parameter_normalized(param, to);
                self.context.raw_end_set_parameter(param);
            }
        }
    }

    /// Has the same effect as the parameter, even in a host that does not play.
    pub fn press(&self, trigger: Trigger) {
        self.hub.triggers.press(trigger);
        self.hub.worker.wake();
    }

    /// Parameters of a strip; the last is the rest's.
    pub fn strip(&self, strip: usize) -> &'a StripParams {
        self.params.strip(strip)
    }

    /// The same for its panning.
    pub fn panning(&self, strip: usize) -> &'a PanningParams {
        self.params.panning(strip)
    }

    /// Whether a strip has Solo on, by its parameter or by a MIDI note.
    pub fn is_soloed(&self, strip: usize) -> bool {
        self.strip(strip).solo.value() || self.hub.status.held_notes().is_held(solo_note(strip))
    }

    /// The same for Mute.
    pub fn is_muted(&self, strip: usize) -> bool {
        self.strip(strip).mute.value() || self.hub.status.held_notes().is_held(mute_note(strip))
    }

    pub fn output_selection(&self) -> OutputSelection {
        self.params.output.selection.value()
    }

    pub fn select_output(&self, selection: OutputSelection) {
        self.set_with_undo(&self.params.output.selection, selection);
    }

    pub fn select_strip(&self, strip: usize) {
        if strip < MAX_INSTRUMENTS {
            self.select_one(self.params.output.source_param(), strip, OutputSelection::Source);
        } else {
            self.select_output(OutputSelection::Rest);
        }
    }

    pub fn select_component(&self, component: usize) {
        self.select_one(
            self.params.output.component_param(),
            component,
            OutputSelection::Component,
        );
    }

    /// Soloes one strip and no other, in one undo step.
    pub fn solo_only(&self, strip: usize) {
        let change = |other| self.change_to(&self.strip(other).solo, other == strip);
        // The step has the name of its first change.
        let others = (0..=REST_STRIP).filter(|other| *other != strip);
        let changes = std::iter::once(strip).chain(others).filter_map(change).collect();
        self.hub.project.push_param_changes(changes);
    }

    fn select_one(&self, which: &IntParam, index: usize, selection: OutputSelection) {
        let changes = [
            self.change_to(which, index as i32 + 1),
            self.change_to(&self.params.output.selection, selection),
        ];
        self.hub.project.push_param_changes(changes.into_iter().flatten().collect());
    }

    pub fn is_recording(&self) -> bool {
        self.hub.status.recording.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Seconds of the recording in progress.
    pub fn recorded_s(&self) -> f64 {
        let status = &self.hub.status;
        let samples = status.recorded_samples.load(std::sync::atomic::Ordering::Relaxed);
        samples as f64 / f64::from(status.sample_rate_hz())
    }

    pub fn record(&self, on: bool) {
        self.set(&self.params.record.armed, on);
    }
}
