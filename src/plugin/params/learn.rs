//! Parameters for learning.

use std::sync::Arc;

use nice_plug::prelude::*;

use super::{REST_TITLE, trigger};
use crate::divergence::Divergence;
use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::choices::{MethodChoice, RestChoice, TransposeChoice};
use crate::plugin::hub::Hub;

#[derive(Params)]
pub struct LearnParams {
    #[id = "learn"]
    pub learn: BoolParam,
    #[id = "cancel"]
    pub cancel: BoolParam,
    #[id = "method"]
    pub method: EnumParam<MethodChoice>,
    #[id = "components"]
    pub components: IntParam,
    #[id = "divergence"]
    pub divergence: FloatParam,
    #[id = "iterations"]
    pub iterations: IntParam,
    #[id = "seed"]
    pub seed: IntParam,
    #[id = "transpose"]
    pub transpose: EnumParam<TransposeChoice>,
    #[id = "rest"]
    pub rest: EnumParam<RestChoice>,
    #[id = "adapt"]
    pub adapt: BoolParam,
}

impl LearnParams {
    pub(super) fn new(hub: &Arc<Hub>) -> Self {
        Self {
            learn: trigger(hub, "Learn", Trigger::Learn),
            cancel: trigger(hub, "Cancel learning", Trigger::Cancel),
            method: EnumParam::new("Method", MethodChoice::Nmf).non_automatable(),
            components: IntParam::new("Components", 0, IntRange::Linear { min: 0, max: 128 })
                .with_value_to_string(Arc::new(|count| match count {
                    0 => "auto".to_string(),
                    count => count.to_string(),
                }))
                .with_string_to_value(Arc::new(|text| match text.trim() {
                    "auto" => Some(0),
                    text => text.parse().ok(),
                }))
                .non_automatable(),
            divergence: FloatParam::new(
                "Divergence",
                1.0,
                FloatRange::Linear { min: 0.0, max: 2.0 },
            )
            .with_step_size(0.05)
            .with_value_to_string(Arc::new(divergence_text))
            .with_string_to_value(Arc::new(divergence_from_text))
            .non_automatable(),
            iterations: IntParam::new("Iterations", 25, IntRange::Linear { min: 1, max: 1000 })
                .non_automatable(),
            seed: IntParam::new("Seed", 0, IntRange::Linear { min: 0, max: 9999 })
                .non_automatable(),
            transpose: EnumParam::new("Transpose", TransposeChoice::Twelve).non_automatable(),
            rest: EnumParam::new(REST_TITLE, RestChoice::Auto).non_automatable(),
            adapt: trigger(hub, "Adapt everything else again", Trigger::Adapt),
        }
    }
}

fn divergence_text(beta: f32) -> String {
    Divergence::from_beta(beta)
        .map_or_else(|| format!("{beta:.2}"), |divergence| divergence.to_string())
}

fn divergence_from_text(text: &str) -> Option<f32> {
    let divergence: Divergence = text.trim().parse().ok()?;
    Some(divergence.beta())
}
