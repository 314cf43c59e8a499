//! Parameters for pan and width.

use std::sync::Arc;

use nice_plug::prelude::*;

use super::percent_text;

/// Pan and width of a source.
#[derive(Params)]
pub struct PanningParams {
    #[id = "pan"]
    pub pan: FloatParam,
    #[id = "width"]
    pub width: FloatParam,
}

impl PanningParams {
    pub(super) fn new(name: &str) -> Self {
        Self {
            pan: FloatParam::new(
                format!("{name} pan"),
                0.0,
                FloatRange::Linear { min: -1.0, max: 1.0 },
            )
            .with_value_to_string(Arc::new(pan_text))
            .with_string_to_value(Arc::new(pan_from_text)),
            width: FloatParam::new(
                format!("{name} width"),
                1.0,
                FloatRange::Linear { min: 0.0, max: 2.0 },
            )
            .with_unit(" %")
            .with_value_to_string(percent_text())
            .with_string_to_value(formatters::s2v_f32_percentage()),
        }
    }
}

/// As hosts show a pan: C, or a percentage with its side.
fn pan_text(pan: f32) -> String {
    match (100.0 * pan).round() {
        0.0 => "C".to_string(),
        percent if percent < 0.0 => format!("{} % L", -percent),
        percent => format!("{percent} % R"),
    }
}

fn pan_from_text(text: &str) -> Option<f32> {
    let text = text.trim().to_uppercase();
    let number = text.trim_end_matches(['L', 'R', 'C', '%', ' ']);
    let side = text.chars().last();
    if side == Some('C') && number.is_empty() {
        return Some(0.0);
    }
    let percent = number.trim().parse().ok().filter(|percent: &f32| percent.is_finite())?;
    Some(match side {
        Some('L') => -percent.abs() / 100.0,
        Some('R') => percent.abs() / 100.0,
        _ => percent / 100.0,
    })
}
