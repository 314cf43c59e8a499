//! Parameters for the mode and for spreading its work.

use std::sync::Arc;

use nice_plug::prelude::*;

use crate::frames::Mode;
use crate::plugin::choices::EvenLoad;
use crate::plugin::hub::Hub;
use crate::plugin::latency_text::{mode_from_text, mode_text};

pub(super) fn even_load_param(hub: &Arc<Hub>) -> EnumParam<EvenLoad> {
    let hub = hub.clone();
    EnumParam::new("Even load", EvenLoad::Auto)
        .with_callback(Arc::new(move |even| hub.engines.set_even_load(even)))
        .non_automatable()
}

pub(super) fn mode_param(hub: &Arc<Hub>) -> IntParam {
    let telling = hub.clone();
    let asking = hub.clone();
    IntParam::new("Mode", 0, IntRange::Linear { min: 0, max: Mode::ALL.len() as i32 - 1 })
        .with_callback(Arc::new(move |mode| asking.engines.request_mode(mode.max(0) as usize)))
        .with_value_to_string(Arc::new(move |mode| {
            let mode = Mode::ALL[(mode.max(0) as usize).min(Mode::ALL.len() - 1)];
            mode_text(mode, telling.status.sample_rate_hz(), telling.engines.spreads(mode))
        }))
        .with_string_to_value(Arc::new(|text| {
            mode_from_text(text).and_then(|mode| {
                Mode::ALL.iter().position(|other| *other == mode).map(|index| index as i32)
            })
        }))
        .non_automatable()
}
