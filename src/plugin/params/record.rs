//! Parameters for recording: what is recorded, and for which instrument.

use std::sync::Arc;

use nice_plug::prelude::*;

use super::{instrument_param, trigger};
use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::choices::{ExistingClips, RecordInput};
use crate::plugin::hub::Hub;

#[derive(Params)]
pub struct RecordParams {
    #[id = "capture"]
    pub armed: BoolParam,
    #[id = "capture_from"]
    pub from: EnumParam<RecordInput>,
    #[id = "capture_to"]
    to: IntParam,
    #[id = "capture_how"]
    pub how: EnumParam<ExistingClips>,
    #[id = "capture_playing"]
    pub only_while_playing: BoolParam,
    #[id = "capture_clear"]
    pub clear: BoolParam,
    #[id = "keep_clips"]
    pub keep_clips: BoolParam,
}

impl RecordParams {
    pub(super) fn new(hub: &Arc<Hub>) -> Self {
        Self {
            armed: trigger(hub, "Record", Trigger::Record),
            from: EnumParam::new("Record from", RecordInput::Main).non_automatable(),
            to: to_param(hub),
            how: EnumParam::new("Existing recordings", ExistingClips::Append).non_automatable(),
            only_while_playing: BoolParam::new("Record only while the host plays", false)
                .non_automatable(),
            clear: trigger(hub, "Clear the recordings", Trigger::Clear),
            keep_clips: keep_clips_param(hub),
        }
    }

    /// The instrument to record for; `None` for the mixture.
    pub fn to(&self) -> Option<usize> {
        (self.to.value() as usize).checked_sub(1)
    }

    /// For the window, which sets it: 0 is the mixture, 1 the first instrument.
    pub fn to_param(&self) -> &IntParam {
        &self.to
    }
}

fn to_param(hub: &Arc<Hub>) -> IntParam {
    const FIRST: i32 = 1;
    let hub = hub.clone();
    // The callback is not called for the value to begin with.
    hub.triggers.select_tab(FIRST as usize);
    instrument_param("Record to", FIRST, Some("Whole song"))
        .with_callback(Arc::new(move |to| hub.triggers.select_tab(to as usize)))
        .non_automatable()
}

fn keep_clips_param(hub: &Arc<Hub>) -> BoolParam {
    let hub = hub.clone();
    BoolParam::new("Keep recordings in the project", true)
        .with_callback(Arc::new(move |keep| hub.project.set_keeps_clips(keep)))
        .non_automatable()
}
