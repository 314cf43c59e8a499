//! Everything that a host can set, automate and display.
//!
//! The identifiers are part of every saved project and must not change.

mod index;
mod kinds;
mod learn;
mod mode;
mod output;
mod panning;
mod read;
mod record;
mod saved;
mod strip;

use std::sync::Arc;

use nice_plug::prelude::*;

use super::audio_thread::triggers::Trigger;
use super::choices::EvenLoad;
use super::hub::Hub;
use super::project::{DEFAULT_NAME, MAX_INSTRUMENTS};
use super::state::ProjectField;

pub use index::ParamIndex;
pub use kinds::{defaults, wrong_kind};
pub use learn::LearnParams;
pub use output::OutputParams;
pub use panning::PanningParams;
pub use record::RecordParams;
pub use saved::SavedParams;
pub use strip::StripParams;

#[derive(Params)]
pub struct PluginParams {
    pub project: ProjectField,
    #[id = "bypass"]
    pub bypass: BoolParam,
    #[id = "mode"]
    mode: IntParam,
    #[id = "even_load"]
    pub even_load: EnumParam<EvenLoad>,
    #[nested(group = "Output")]
    pub output: OutputParams,
    #[nested(group = "Record")]
    pub record: RecordParams,
    #[nested(group = "Learn")]
    pub learn: LearnParams,
    #[nested(array, group = "Instrument")]
    pub strips: [StripParams; MAX_INSTRUMENTS],
    #[nested(id_prefix = "rest", group = "Everything else")]
    pub rest: StripParams,
    // Later ones come last: hosts may know parameters by their position.
    #[id = "match_loudness"]
    pub match_loudness: BoolParam,
    #[nested(array, group = "Instrument")]
    pub pannings: [PanningParams; MAX_INSTRUMENTS],
    #[nested(id_prefix = "rest", group = "Everything else")]
    pub rest_panning: PanningParams,
    #[id = "midi_notes"]
    pub midi_notes: BoolParam,
}

impl PluginParams {
    pub fn new(hub: &Arc<Hub>) -> Self {
        Self {
            project: ProjectField::new(hub.clone()),
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            mode: mode::mode_param(hub),
            even_load: mode::even_load_param(hub),
            output: OutputParams::new(),
            record: RecordParams::new(hub),
            learn: LearnParams::new(hub),
            strips: std::array::from_fn(|instrument| StripParams::new(&place_name(instrument))),
            rest: StripParams::new(REST_TITLE),
            match_loudness: BoolParam::new("Match loudness", false),
            pannings: std::array::from_fn(|instrument| PanningParams::new(&place_name(instrument))),
            rest_panning: PanningParams::new(REST_TITLE),
            midi_notes: BoolParam::new("MIDI notes solo and mute", false).non_automatable(),
        }
    }

    /// For the window, which sets it.
    pub fn mode_param(&self) -> &IntParam {
        &self.mode
    }
}

/// Prefix of an instrument's parameter names in the host.
fn place_name(instrument: usize) -> String {
    format!("{DEFAULT_NAME} {}", instrument + 1)
}

/// The same for the rest.
const REST_TITLE: &str = "Everything else";

/// A trigger: switching it on starts an action once.
fn trigger(hub: &Arc<Hub>, name: &str, what: Trigger) -> BoolParam {
    let hub = hub.clone();
    BoolParam::new(name, false)
        .with_callback(Arc::new(move |on| hub.triggers.switched(what, on)))
        .non_automatable()
}

/// The number of an instrument; 0, if in range, means `zero`.
fn instrument_param(name: &str, default: i32, zero: Option<&'static str>) -> IntParam {
    let range = IntRange::Linear { min: i32::from(zero.is_none()), max: MAX_INSTRUMENTS as i32 };
    IntParam::new(name, default, range)
        .with_value_to_string(Arc::new(move |instrument| match zero {
            Some(zero) if instrument == 0 => zero.to_string(),
            _ => format!("{DEFAULT_NAME} {instrument}"),
        }))
        .with_string_to_value(Arc::new(move |text| match zero {
            Some(zero) if text.trim().eq_ignore_ascii_case(zero) => Some(0),
            _ => text.trim().trim_start_matches(DEFAULT_NAME).trim().parse().ok(),
        }))
}

/// The text for a fraction, in per cent without the sign; no minus before 0.
fn percent_text() -> Arc<dyn Fn(f32) -> String + Send + Sync> {
    let rounded = formatters::v2s_f32_rounded(0);
    Arc::new(move |fraction| rounded(100.0 * fraction))
}

/// The text for a gain, in dB without the unit. The framework reads -100 dB and less back as
/// silence.
fn gain_text() -> Arc<dyn Fn(f32) -> String + Send + Sync> {
    let rounded = formatters::v2s_f32_gain_to_db(1);
    Arc::new(move |gain| match rounded(gain) {
        text if text == "-100.0" => "-inf".to_string(),
        text => text,
    })
}
