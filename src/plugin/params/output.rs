//! Parameters for the main output.

use nice_plug::prelude::*;

use super::{instrument_param, percent_text};
use crate::plugin::choices::OutputSelection;

/// Largest component number.
const COMPONENTS: i32 = 1024;

#[derive(Params)]
pub struct OutputParams {
    #[id = "heard"]
    pub selection: EnumParam<OutputSelection>,
    #[id = "source"]
    source: IntParam,
    #[id = "component"]
    component: IntParam,
    #[id = "wet"]
    pub wet: FloatParam,
    #[id = "spatial"]
    pub spatial: BoolParam,
}

impl OutputParams {
    pub(super) fn new() -> Self {
        Self {
            selection: EnumParam::new("Output", OutputSelection::Mix),
            source: instrument_param("Output instrument", 1, None),
            component: IntParam::new(
                "Output component",
                1,
                IntRange::Linear { min: 1, max: COMPONENTS },
            ),
            wet: FloatParam::new("Dry/wet", 1.0, FloatRange::Linear { min: 0.0, max: 1.0 })
                .with_unit(" %")
                .with_value_to_string(percent_text())
                .with_string_to_value(formatters::s2v_f32_percentage()),
            spatial: BoolParam::new("Spatial filter", true),
        }
    }

    /// The instrument that [`OutputSelection::Source`] plays.
    pub fn source(&self) -> usize {
        self.source.value().max(1) as usize - 1
    }

    /// The component of the dictionary that [`OutputSelection::Component`] plays.
    pub fn component(&self) -> usize {
        self.component.value().max(1) as usize - 1
    }

    /// For the window, which sets it: 1 is the first.
    pub fn source_param(&self) -> &IntParam {
        &self.source
    }

    /// For the window, which sets it: 1 is the first.
    pub fn component_param(&self) -> &IntParam {
        &self.component
    }
}
