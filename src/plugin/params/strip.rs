//! Parameters of a mixer strip.

use nice_plug::prelude::*;

use super::{gain_text, percent_text};
use crate::dictionary::REST_NAME;

/// Largest gain of a strip, in dB. The smallest is silence.
const MAX_GAIN_DB: f32 = 12.0;

/// A source's strip in the mixer.
#[derive(Params)]
pub struct StripParams {
    #[id = "gain"]
    pub gain: FloatParam,
    #[id = "strength"]
    pub strength: FloatParam,
    #[id = "solo"]
    pub solo: BoolParam,
    #[id = "mute"]
    pub mute: BoolParam,
    #[id = "bus"]
    pub bus: BoolParam,
}

impl StripParams {
    pub(super) fn new(name: &str) -> Self {
        debug_assert!(name != REST_NAME, "shown names are capitalised");
        let max_gain = util::db_to_gain(MAX_GAIN_DB);
        let range = FloatRange::Skewed {
            min: 0.0,
            max: max_gain,
            factor: FloatRange::gain_skew_factor(-60.0, MAX_GAIN_DB),
        };
        Self {
            gain: FloatParam::new(format!("{name} gain"), 1.0, range)
                .with_unit(" dB")
                .with_value_to_string(gain_text())
                .with_string_to_value(formatters::s2v_f32_gain_to_db()),
            strength: FloatParam::new(
                format!("{name} strength"),
                0.0,
                FloatRange::Linear { min: -1.0, max: 1.0 },
            )
            .with_unit(" %")
            .with_value_to_string(percent_text())
            .with_string_to_value(formatters::s2v_f32_percentage()),
            solo: BoolParam::new(format!("{name} solo"), false),
            mute: BoolParam::new(format!("{name} mute"), false),
            bus: BoolParam::new(format!("{name} own output"), true).non_automatable(),
        }
    }
}
