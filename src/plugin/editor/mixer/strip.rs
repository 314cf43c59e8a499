//! A source's strip: name, meter, fader, solo, mute, and its components.

use egui::{Align, Color32, Layout, RichText, Sense, TextEdit, TextWrapMode, Ui, Vec2, vec2};
use nice_plug::prelude::Param;

use super::form::{Form, MARGIN, SPACING, StripLayout};
use super::{fader, small_faders};
use crate::plugin::audio_thread::controls::output_of_strip;
use crate::plugin::audio_thread::held_notes::{mute_note, solo_note};
use crate::plugin::choices::OutputSelection;
use crate::plugin::editor::drag_out::handle;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::spectrogram_history::SpectrogramHistory;
use crate::plugin::editor::view::{UsedStrip, View};
use crate::plugin::editor::widgets::elide::elided;
use crate::plugin::editor::widgets::ends;
use crate::plugin::editor::widgets::pitch::note_name;
use crate::plugin::editor::widgets::{keys, meter, palette};
use crate::plugin::editor::{components, theme};
use crate::plugin::project::Project;

/// Widths of a button, and of the field for the gain.
const BUTTON: f32 = 50.0;
const FIELD: f32 = 58.0;

/// Height of a horizontal meter, and of the fader below it.
const LEVEL: f32 = 6.0;
const FADER: f32 = 18.0;

/// Widths of a vertical meter and fader.
const STANDING: [f32; 2] = [8.0, 22.0];

pub fn show(
    ui: &mut Ui,
    link: Link,
    view: &mut View,
    used: &UsedStrip,
    history: &SpectrogramHistory,
    form: Form,
) {
    let colors = theme::colors(ui);
    let frame = egui::Frame::new()
        .fill(colors.raised)
        .stroke(egui::Stroke::new(1.0, colors.line))
        .corner_radius(5)
        .inner_margin(MARGIN);
    let response = frame
        .show(ui, |ui| {
            ui.vertical(|ui| {
                ui.set_width(form.width);
                ui.spacing_mut().item_spacing = SPACING;
                title(ui, link, view, used, form);
                match form.kind {
                    StripLayout::Upright => upright(ui, link, used, history, form),
                    StripLayout::Horizontal => horizontal(ui, link, used, history, form),
                    StripLayout::Flat => flat(ui, link, used, history, form),
                }
                small_faders::show(ui, link, used, form);
            });
        })
        .response;
    components::take_drop(ui, link, view, used, &response);
}

/// Meter and fader next to a column of buttons.
fn upright(ui: &mut Ui, link: Link, used: &UsedStrip, history: &SpectrogramHistory, form: Form) {
    let height = form.fader;
    ui.horizontal_top(|ui| {
        let [level, fader] = STANDING;
        let (bar, response) = ui.allocate_exact_size(vec2(level, height), Sense::hover());
        meter::vertical(ui, bar, history.level(used.strip), used.color);
        response.on_hover_text(level_hint(used));
        gain_fader(ui, link, used, vec2(fader, height));
        let width = ui.available_width();
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            gain_field(ui, link, used, vec2(width, form.button));
            switches(ui, link, used, form, vec2(width, form.button));
        });
    });
}

/// The fader is horizontal, above the buttons.
fn horizontal(ui: &mut Ui, link: Link, used: &UsedStrip, history: &SpectrogramHistory, form: Form) {
    level_and_gain(ui, link, used, history, form, form.width);
    ui.horizontal(|ui| {
        let count = if form.has_output { 3.0 } else { 2.0 };
        let gaps = ui.spacing().item_spacing.x * (count - 1.0);
        let size = vec2(((form.width - gaps) / count).floor(), form.button);
        switches(ui, link, used, form, size);
    });
}

/// Everything in one row.
fn flat(ui: &mut Ui, link: Link, used: &UsedStrip, history: &SpectrogramHistory, form: Form) {
    let count = if form.has_output { 3.0 } else { 2.0 };
    let buttons = count * (BUTTON + ui.spacing().item_spacing.x);
    ui.horizontal(|ui| {
        level_and_gain(ui, link, used, history, form, form.width - buttons);
        switches(ui, link, used, form, vec2(BUTTON, form.button));
    });
}

/// The meter above the fader, with the gain field next to them.
fn level_and_gain(
    ui: &mut Ui,
    link: Link,
    used: &UsedStrip,
    history: &SpectrogramHistory,
    form: Form,
    width: f32,
) {
    let length = width - FIELD - ui.spacing().item_spacing.x;
    ui.horizontal(|ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = form.button - LEVEL - FADER;
            let (bar, response) = ui.allocate_exact_size(vec2(length, LEVEL), Sense::hover());
            meter::horizontal(ui, bar, history.level(used.strip), used.color);
            response.on_hover_text(level_hint(used));
            gain_fader(ui, link, used, vec2(length, FADER));
        });
        gain_field(ui, link, used, vec2(FIELD, form.button));
    });
}

fn gain_fader(ui: &mut Ui, link: Link, used: &UsedStrip, size: Vec2) {
    let gain = &link.strip(used.strip).gain;
    let hint = "Drag; shift for small steps; double-click for 0 dB";
    fader::show(ui, link, gain, [&format!("{} gain", used.name), hint], size);
}

fn level_hint(used: &UsedStrip) -> String {
    format!("Output level of {}", used.name)
}

/// Solo, mute and, if there is one, the output, all the same size.
fn switches(ui: &mut Ui, link: Link, used: &UsedStrip, form: Form, size: Vec2) {
    ui.spacing_mut().button_padding.x = 4.0;
    switch(ui, link, used, Switch::Solo, size);
    switch(ui, link, used, Switch::Mute, size);
    if let (true, Some(output)) = (form.has_output, output_of_strip(used.strip)) {
        own_output(ui, link, used, output, size);
    }
}

const STILL_LEARNING: &str = "What is in the song besides your instruments. It is still being learned from \
                       what plays, and gets better.";

/// Width of the note that it is adapting.
const LEARNING_WIDTH: f32 = 52.0;

/// The colour mark; the rest has a colour of its own.
fn mark(ui: &mut Ui, link: Link, project: &Project, used: &UsedStrip) {
    let size = vec2(10.0, 18.0);
    if let Some(instrument) = project.instruments.get(used.strip) {
        palette::mark(ui, link, used.strip, &used.name, &instrument.color, size, 2);
    } else {
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        ui.painter().rect_filled(rect, 2, used.color);
    }
}

/// Narrower strips have no room for the handle of the stem.
const HANDLE_WIDTH: f32 = 130.0;

fn title(ui: &mut Ui, link: Link, view: &mut View, used: &UsedStrip, form: Form) {
    let project = view.project.clone();
    let name = |ui: &mut Ui| {
        mark(ui, link, &project, used);
        let is_rest = project.instruments.get(used.strip).is_none();
        let listens = is_rest && project.rest.listens();
        let hint = match is_rest {
            false => format!("{}. Its name is typed on its tab.", used.name),
            true if listens => STILL_LEARNING.to_string(),
            true => "What is in the song besides your instruments".to_string(),
        };
        let font = egui::TextStyle::Body.resolve(ui.style());
        let shown = elided(ui, &used.name, &font, ui.available_width());
        // Its own hint shows a long name in full.
        ui.label(RichText::new(shown).strong()).on_hover_text(&hint);
        if listens && ui.available_width() >= LEARNING_WIDTH {
            let dim = theme::colors(ui).dim;
            ui.label(RichText::new("learning…").small().color(dim)).on_hover_text(hint);
        }
    };
    let buttons = |ui: &mut Ui| {
        if form.width >= HANDLE_WIDTH {
            handle::stem(ui, link, view, used);
        }
        unfold(ui, view, used);
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ends::show(ui, ("title", used.strip), name, buttons);
    });
}

/// The arrow that shows the components.
fn unfold(ui: &mut Ui, view: &mut View, used: &UsedStrip) {
    let open = view.unfolded == Some(used.strip);
    let sign = if open { "⏷" } else { "⏵" };
    ui.spacing_mut().button_padding.x = 2.0;
    let unfold = ui.add(egui::Button::new(sign).frame(false));
    unfold.widget_info(|| {
        let label = format!("Components of {}", used.name);
        egui::WidgetInfo::selected(egui::Role::Button, true, open, label)
    });
    if unfold.on_hover_text("Show its components").clicked() {
        view.unfolded = (!open).then_some(used.strip);
    }
}

/// The switch for the strip's own output.
fn own_output(ui: &mut Ui, link: Link, used: &UsedStrip, output: usize, size: Vec2) {
    let param = &link.strip(used.strip).bus;
    let on = param.value();
    // Hosts count the main output as the first.
    let label = format!("Out {}", output + 2);
    let response =
        ui.add(egui::Button::selectable(on, &label).min_size(size).wrap_mode(TextWrapMode::Extend));
    response.widget_info(|| {
        let label = format!("{label} for {}", used.name);
        egui::WidgetInfo::selected(egui::Role::Button, true, on, label)
    });
    let hint = "Plays here too: the plugin's output of that number, whatever the fader says. \
                Off where you do not use it, it costs nothing.";
    if response.on_hover_text(hint).clicked() {
        link.set_with_undo(param, !on);
    }
}

/// The field for typing the gain in dB.
fn gain_field(ui: &mut Ui, link: Link, used: &UsedStrip, size: Vec2) {
    let param = &link.strip(used.strip).gain;
    let id = ui.scope_id().with(("gain", used.strip));
    let shown = param.normalized_value_to_string(param.unmodulated_normalized_value(), true);
    let mut text = ui.data(|data| data.get_temp::<String>(id)).unwrap_or(shown);
    let field = ui.add(
        TextEdit::singleline(&mut text)
            .desired_width(size.x)
            .min_size(size)
            .margin(egui::Margin::symmetric(4, 2))
            .align(egui::Align2::LEFT_CENTER)
            .font(egui::FontId::proportional(12.5)),
    );
    if field.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    } else {
        ui.data_mut(|data| data.remove::<String>(id));
    }
    if field.lost_focus()
        && let Some(value) = param.string_to_normalized_value(&text.trim().replace(',', "."))
        && value != param.unmodulated_normalized_value()
    {
        link.set_normalized_with_undo(param, value);
    }
    let name = format!("Gain of {} in dB", used.name);
    field.accessible_name(&name).on_hover_text(format!("{name}; type a number"));
}

/// The two switches of a strip.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Switch {
    Solo,
    Mute,
}

fn switch(ui: &mut Ui, link: Link, used: &UsedStrip, switch: Switch, size: Vec2) {
    let (strip, name) = (link.strip(used.strip), &used.name);
    let (param, label, word, color) = match switch {
        Switch::Solo => (&strip.solo, "Solo", "solo", Color32::from_rgb(0xf0, 0xc8, 0x30)),
        Switch::Mute => (&strip.mute, "Mute", "mute", Color32::from_rgb(0xd8, 0x60, 0x3a)),
    };
    let note = match switch {
        Switch::Solo => solo_note(used.strip),
        Switch::Mute => mute_note(used.strip),
    };
    let is_set = param.value();
    let is_held = link.hub.status.held_notes().is_held(note);
    let on = is_set || is_held;
    let text = RichText::new(label).strong();
    let button = if on {
        egui::Button::new(text.color(Color32::BLACK)).fill(color)
    } else {
        egui::Button::new(text)
    };
    let response = ui.add(button.min_size(size));
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::Button, true, on, format!("{word} {name}"))
    });
    let hint = match switch {
        Switch::Solo => {
            let click = keys::command(ui.ctx(), "click");
            format!("Solo: hear {name} alone. {click} also switches off all other solos.")
        }
        Switch::Mute => format!("Mute: hear the song without {name}."),
    };
    let hint = if link.receives_notes() && link.params.midi_notes.value() {
        format!("{hint} Or hold the MIDI note {note} ({}).", note_name(note as i32))
    } else {
        hint
    };
    let clicked = response.on_hover_text(hint).clicked();
    if clicked && is_held && !is_set {
        // Its end may have been lost.
        link.hub.status.release_notes();
    } else if clicked {
        if switch == Switch::Solo && ui.input(|input| input.modifiers.command) {
            link.solo_only(used.strip);
        } else {
            link.set_with_undo(param, !is_set);
        }
        // Pressing it selects the mix; "removed" changes along with it.
        if !matches!(link.output_selection(), OutputSelection::Mix | OutputSelection::Delta) {
            link.select_output(OutputSelection::Mix);
        }
    }
}
