//! The small faders at the bottom of a strip: strength, pan and width, as far as there is room.

use egui::{Align2, RichText, Sense, TextStyle, Ui, vec2};
use nice_plug::prelude::{FloatParam, Param};

use super::fader;
use super::form::{Form, StripLayout};
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::view::UsedStrip;

/// Height of a fader, and the width of its value.
const HEIGHT: f32 = 14.0;
const VALUE: f32 = 44.0;

/// From this width of a strip on, pan and width show their values next to each other.
const WIDE: f32 = 330.0;

/// One of the faders.
struct SmallFader<'a> {
    param: &'a FloatParam,
    label: &'static str,
    /// What a screen reader says: the instrument and the label.
    name: String,
    hint: String,
}

pub fn show(ui: &mut Ui, link: Link, used: &UsedStrip, form: Form) {
    let name = &used.name;
    let (strip, panning) = (link.strip(used.strip), link.panning(used.strip));
    let strength = SmallFader {
        param: &strip.strength,
        label: "Strength",
        name: format!("{name} strength"),
        hint: format!(
            "Left: {name} keeps all that may be its own, and more of the others. Right: it keeps \
             only what surely is its own. Drag; double-click for 0 %"
        ),
    };
    let pan = SmallFader {
        param: &panning.pan,
        label: "Pan",
        name: format!("{name} pan"),
        hint: format!(
            "Turns down {name} in the right channel (L) or in the left one (R). Drag; double-click for the \
             centre"
        ),
    };
    let width = SmallFader {
        param: &panning.width,
        label: "Width",
        name: format!("{name} width"),
        hint: format!(
            "How far {name} spreads between left and right: 0 % is mono, 100 % as in the song. \
             Drag; double-click for 100 %"
        ),
    };
    // Rows are no higher than their faders.
    ui.spacing_mut().interact_size.y = HEIGHT;
    let has_values = form.kind != StripLayout::Upright;
    if form.has_strength {
        row(ui, link, &[strength], has_values);
    }
    if form.has_panning && form.kind == StripLayout::Upright {
        row(ui, link, &[pan], false);
        row(ui, link, &[width], false);
    } else if form.has_panning {
        row(ui, link, &[pan, width], form.width >= WIDE);
    }
}

/// Faders next to each other, equally wide with their labels, and their values if there is room.
fn row(ui: &mut Ui, link: Link, faders: &[SmallFader], has_values: bool) {
    let gaps = ui.spacing().item_spacing.x * (faders.len() as f32 - 1.0);
    let width = ((ui.available_width() - gaps) / faders.len() as f32).floor();
    let dim = theme::colors(ui).dim;
    let text = |text: &str| egui::Label::new(RichText::new(text).small().color(dim)).extend();
    ui.horizontal(|ui| {
        for fader in faders {
            let end = ui.cursor().left() + width;
            ui.add(text(fader.label));
            let value = if has_values { VALUE } else { 0.0 };
            let size = vec2((end - ui.cursor().left() - value).max(HEIGHT + 1.0), HEIGHT);
            let param = fader.param;
            let now = param.normalized_value_to_string(param.unmodulated_normalized_value(), true);
            fader::show(ui, link, param, [&fader.name, &fader.hint], size);
            if has_values {
                let size = vec2(VALUE - ui.spacing().item_spacing.x, HEIGHT);
                let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                let font = TextStyle::Small.resolve(ui.style());
                ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, &now, font, dim);
            }
        }
    });
}
