//! The output selection (the mix, one instrument, or what is removed) and the dry/wet
//! balance.

use egui::{Button, Color32, ComboBox, FontId, RichText, Stroke, TextStyle, Ui};
use nice_plug::prelude::BoolParam;

use crate::plugin::audio_thread::controls::REST_STRIP;
use crate::plugin::choices::OutputSelection;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::view::UsedStrip;
use crate::plugin::editor::widgets::drop_down;
use crate::plugin::editor::widgets::elide::{self, elided};
use crate::plugin::editor::widgets::ends;

use super::levels;

/// Maximum width of a name, in points.
const MAX_NAME_WIDTH: f32 = 130.0;

/// Length of the slider, normally and in narrow windows.
const SLIDER: f32 = 100.0;
const SHORT_SLIDER: f32 = 56.0;
const NARROW: f32 = 900.0;

/// Width of the list of instruments, used where they do not fit side by side.
const LIST: f32 = 150.0;

const DELTA: &str = "The input minus the mix (delta): what you have muted or turned down. Silent as \
                     long as every instrument is heard at 0 dB.";

pub fn show(ui: &mut Ui, link: Link, used_strips: &[UsedStrip]) {
    let is_narrow = ui.available_width() < NARROW;
    let left = |ui: &mut Ui| choices(ui, link, used_strips);
    ends::show(ui, "output", left, |ui| {
        levels::show(ui, link);
        bypass(ui, link);
        match_loudness(ui, link);
        wet(ui, link, is_narrow);
    });
}

fn choices(ui: &mut Ui, link: Link, used_strips: &[UsedStrip]) {
    let selection = link.output_selection();
    ui.label(RichText::new("Hear").color(theme::colors(ui).dim));
    let component = (selection == OutputSelection::Component)
        .then(|| format!("Component {}", link.params.output.component() + 1));
    let font = TextStyle::Button.resolve(ui.style());
    let names: Vec<String> =
        used_strips.iter().map(|used| elided(ui, &used.name, &font, MAX_NAME_WIDTH)).collect();
    let all = names.iter().map(String::as_str).chain(["Mix", DELTA_NAME]);
    let all = all.chain(component.as_deref());
    let fits = all.map(|name| chip_width(ui, name, &font)).sum::<f32>() < ui.available_width();
    let mix = chip(ui, selection == OutputSelection::Mix, "Mix", None);
    if mix.on_hover_text("All instruments, as set in the mixer").clicked() {
        link.select_output(OutputSelection::Mix);
    }
    if fits {
        for (used, name) in used_strips.iter().zip(&names) {
            let hint = alone(used);
            if chip(ui, is_selected(link, used), name, Some(used.color))
                .on_hover_text(hint)
                .clicked()
            {
                link.select_strip(used.strip);
            }
        }
    } else {
        list(ui, link, used_strips);
    }
    let delta = chip(ui, selection == OutputSelection::Delta, DELTA_NAME, None);
    if delta.on_hover_text(DELTA).clicked() {
        link.select_output(OutputSelection::Delta);
    }
    if let Some(component) = component {
        let _ = chip(ui, true, &component, None);
    }
}

const DELTA_NAME: &str = "Removed";

fn alone(used: &UsedStrip) -> String {
    format!("{} alone, ignoring the mixer", used.name)
}

fn is_selected(link: Link, used: &UsedStrip) -> bool {
    match link.output_selection() {
        OutputSelection::Source => used.strip == link.params.output.source(),
        OutputSelection::Rest => used.strip == REST_STRIP,
        _ => false,
    }
}

/// The list of instruments, used where they do not fit side by side.
fn list(ui: &mut Ui, link: Link, used_strips: &[UsedStrip]) {
    let font = TextStyle::Button.resolve(ui.style());
    let chosen = used_strips.iter().find(|used| is_selected(link, used));
    let words = chosen.map_or("One instrument", |used| &used.name);
    let label = format!("Hear: {words}");
    let words = RichText::new(elided(ui, words, &font, LIST - 40.0));
    let words = match chosen {
        Some(used) => words.color(theme::ink(used.color, theme::colors(ui).raised)).strong(),
        None => words,
    };
    let list = ComboBox::from_id_salt("heard").width(LIST).height(400.0).selected_text(words);
    drop_down::show(ui, list, |ui| {
        for used in used_strips {
            let entry = drop_down::entry(ui, is_selected(link, used), &used.name);
            if entry.on_hover_text(alone(used)).clicked() {
                link.select_strip(used.strip);
            }
        }
    })
    .accessible_name(label)
    .on_hover_text("One instrument alone, ignoring the mixer");
}

/// Width of a chip, with the space after it.
fn chip_width(ui: &Ui, name: &str, font: &FontId) -> f32 {
    let spacing = ui.spacing();
    elide::width(ui, name, font).ceil()
        + 2.0 * spacing.button_padding.x
        + spacing.item_spacing.x
        + 2.0
}

fn chip(ui: &mut Ui, on: bool, label: &str, color: Option<Color32>) -> egui::Response {
    let colors = theme::colors(ui);
    let ground = color.unwrap_or(colors.action);
    let text = RichText::new(label);
    let button = if on {
        Button::new(text.color(theme::readable_on(ground))).fill(ground)
    } else {
        let line = color.map_or(colors.line, |color| theme::ink(color, colors.panel));
        Button::new(text).stroke(Stroke::new(1.0, line))
    };
    let response = ui.add(button);
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::RadioButton, true, on, format!("Hear {label}"))
    });
    response
}

/// The host's bypass, which is seen here, too.
fn bypass(ui: &mut Ui, link: Link) {
    let hint = "Hear the unprocessed song, delayed to match, so that you can compare.";
    let ground = theme::colors(ui).record;
    toggle(ui, link, &link.params.bypass, ["Bypass", "Bypass"], ground, hint);
}

/// Whether bypassing compares at equal loudness.
fn match_loudness(ui: &mut Ui, link: Link) {
    let hint = "Match loudness: with Bypass, the song is turned down to the loudness that the output \
                has had in the last 3 s, because what is louder seems to be better. If the output is \
                the louder one, the song stays as it is.";
    let ground = theme::colors(ui).action;
    toggle(ui, link, &link.params.match_loudness, ["Match", "Match loudness"], ground, hint);
}

/// A button that switches a parameter, filled with `ground` while it is on. `names` are the one
/// on it and the one that is read aloud.
fn toggle(
    ui: &mut Ui,
    link: Link,
    param: &BoolParam,
    names: [&str; 2],
    ground: Color32,
    hint: &str,
) {
    let on = param.value();
    let label = RichText::new(names[0]);
    let button = if on {
        Button::new(label.color(theme::readable_on(ground)).strong()).fill(ground)
    } else {
        Button::new(label)
    };
    let response = ui.add(button);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, on, names[1]));
    if response.on_hover_text(hint).clicked() {
        link.set_with_undo(param, !on);
    }
}

/// The balance of separated audio and input.
fn wet(ui: &mut Ui, link: Link, is_narrow: bool) {
    let param = &link.params.output.wet;
    ui.spacing_mut().slider_width = if is_narrow { SHORT_SLIDER } else { SLIDER };
    let before = param.value();
    let mut percent = before * 100.0;
    let slider = egui::Slider::new(&mut percent, 0.0..=100.0)
        .suffix(" %")
        .fixed_decimals(0)
        .smart_aim(false)
        .trailing_fill(true);
    let hint = "How much of what is heard is separated (wet); what is left is the sound that comes \
                in (dry). Double-click for all of it.";
    ui.label(RichText::new("Dry/wet").color(theme::colors(ui).dim)).on_hover_text(hint);
    let response = ui.add(slider).accessible_name("Dry/wet in %").on_hover_text(hint);
    let id = response.id.with("before");
    if response.drag_started() {
        link.setter().begin_set_parameter(param);
        ui.data_mut(|data| data.insert_temp(id, before));
    }
    if response.changed() {
        if response.dragged() || response.drag_stopped() {
            link.setter().set_parameter(param, percent / 100.0);
        } else {
            link.set_with_undo(param, percent / 100.0);
        }
    }
    if response.drag_stopped() {
        link.setter().end_set_parameter(param);
        let first: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(before);
        link.push_change(param, first, percent / 100.0);
    }
    // The slider itself handles only drags.
    let twice = |input: &egui::InputState| {
        input.pointer.button_double_clicked(egui::PointerButton::Primary)
    };
    if response.hovered() && ui.input(twice) {
        link.set_with_undo(param, 1.0);
    }
}
