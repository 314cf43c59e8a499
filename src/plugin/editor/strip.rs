//! A source's strip: name, level, fader, solo, mute, its components.

use egui::{Color32, RichText, Sense, TextEdit, Ui, vec2};
use nice_plug::prelude::{BoolParam, Param};

use super::history::History;
use super::link::Link;
use super::view::{Channel, View};
use super::{components, fader, meter, palette, theme};

const WIDTH: f32 = 124.0;
const HEIGHT: f32 = 96.0;

/// What the switch of an output of its own takes up.
const OUTPUT: f32 = 31.0;

pub fn show(ui: &mut Ui, link: Link, view: &mut View, channel: &Channel, history: &History) {
    let colors = theme::colors(ui);
    let frame = egui::Frame::new()
        .fill(colors.raised)
        .stroke(egui::Stroke::new(1.0, colors.line))
        .corner_radius(5)
        .inner_margin(8);
    let response = frame
        .show(ui, |ui| {
            ui.vertical(|ui| {
                ui.set_width(WIDTH);
                ui.spacing_mut().item_spacing = vec2(8.0, 5.0);
                title(ui, link, view, channel);
                controls(ui, link, channel, history);
            });
        })
        .response;
    components::take_drop(ui, link, view, channel, &response);
}

fn controls(ui: &mut Ui, link: Link, channel: &Channel, history: &History) {
    let strip = link.strip(channel.strip);
    let has_output = link.hub.stage().is_some_and(|stage| stage.buses > 1);
    let height = if has_output { HEIGHT + OUTPUT } else { HEIGHT };
    ui.horizontal(|ui| {
        let (bar, response) = ui.allocate_exact_size(vec2(12.0, height), Sense::hover());
        meter::vertical(ui, bar, history.level(channel.strip), channel.color);
        response.on_hover_text(format!("How loud {} is in what you hear", channel.name));
        fader::show(ui, link, &strip.gain, &channel.name, vec2(26.0, height));
        ui.vertical(|ui| {
            gain_field(ui, link, channel);
            let solo = (&strip.solo, "Solo", "alone", Color32::from_rgb(0xf0, 0xc8, 0x30));
            switch(ui, link, &channel.name, solo);
            let mute = (&strip.mute, "Mute", "out", Color32::from_rgb(0xd8, 0x60, 0x3a));
            switch(ui, link, &channel.name, mute);
            if has_output {
                own_output(ui, link, channel);
            }
        });
    });
}

const LISTENS: &str = "What is in the song beside your instruments. It is learned from what plays, \
                       and gets better as long as it listens.";

/// The rest's colour is its own.
fn mark(ui: &mut Ui, link: Link, view: &View, channel: &Channel) {
    let size = vec2(12.0, 18.0);
    if let Some(slot) = view.project.slots.get(channel.strip) {
        palette::mark(ui, link, channel.strip, &channel.name, &slot.color, size, 2);
    } else {
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        ui.painter().rect_filled(rect, 2, channel.color);
    }
}

fn title(ui: &mut Ui, link: Link, view: &mut View, channel: &Channel) {
    ui.horizontal(|ui| {
        mark(ui, link, view, channel);
        let open = view.unfolded == Some(channel.strip);
        let sign = if open { "⏷" } else { "⏵" };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let unfold = ui.add(egui::Button::new(sign).frame(false));
            unfold.widget_info(|| {
                egui::WidgetInfo::selected(
                    egui::Role::Button,
                    true,
                    open,
                    format!("Components of {}", channel.name),
                )
            });
            if unfold.on_hover_text("The single sounds that it is made of").clicked() {
                view.unfolded = (!open).then_some(channel.strip);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let name = egui::Label::new(RichText::new(&channel.name).strong());
                let is_rest = view.project.slots.get(channel.strip).is_none();
                let listens = is_rest && view.project.rest.listens();
                let hint = match is_rest {
                    false => format!("{}. Its name is typed on its tab.", channel.name),
                    true if listens => LISTENS.to_string(),
                    true => "What is in the song beside your instruments".to_string(),
                };
                // With its own hint, a long name is told in full there.
                ui.add(name.truncate().show_tooltip_when_elided(false)).on_hover_text(&hint);
                if listens {
                    let dim = theme::colors(ui).dim;
                    ui.label(RichText::new("listens…").small().color(dim)).on_hover_text(hint);
                }
            });
        });
    });
}

/// Whether the strip plays on an output of its own, too.
fn own_output(ui: &mut Ui, link: Link, channel: &Channel) {
    let param = &link.strip(channel.strip).bus;
    let on = param.value();
    // Hosts count the main output first.
    let label = format!("Out {}", channel.strip + 2);
    let response = ui.add(egui::Button::selectable(on, &label).min_size(vec2(66.0, 26.0)));
    response.widget_info(|| {
        let label = format!("{label} for {}", channel.name);
        egui::WidgetInfo::selected(egui::Role::Button, true, on, label)
    });
    let hint = "Plays here too: the plugin's output of that number, whatever the fader says. \
                Off where you do not use it, it costs nothing.";
    if response.on_hover_text(hint).clicked() {
        link.turn(param, !on);
    }
}

/// The gain in dB, to type.
fn gain_field(ui: &mut Ui, link: Link, channel: &Channel) {
    let param = &link.strip(channel.strip).gain;
    let id = ui.scope_id().with(("gain", channel.strip));
    let shown = param.normalized_value_to_string(param.unmodulated_normalized_value(), true);
    let mut text = ui.data(|data| data.get_temp::<String>(id)).unwrap_or(shown);
    let field = ui.add(
        TextEdit::singleline(&mut text)
            .desired_width(66.0)
            .margin(egui::Margin::symmetric(4, 4))
            .align(egui::Align2::LEFT_CENTER)
            .font(egui::FontId::proportional(12.5)),
    );
    if field.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    } else {
        ui.data_mut(|data| data.remove::<String>(id));
    }
    if field.lost_focus()
        && let Some(value) = param.string_to_normalized_value(text.trim())
        && value != param.unmodulated_normalized_value()
    {
        link.turn_normalized(param, value);
    }
    field.on_hover_text("Loudness in dB; type a number");
}

fn switch(
    ui: &mut Ui,
    link: Link,
    name: &str,
    (param, letter, word, color): (&BoolParam, &str, &str, Color32),
) {
    let on = param.value();
    let text = RichText::new(letter).strong();
    let button = if on {
        egui::Button::new(text.color(Color32::BLACK)).fill(color)
    } else {
        egui::Button::new(text)
    };
    let response = ui.add(button.min_size(vec2(66.0, 26.0)));
    response.widget_info(|| {
        egui::WidgetInfo::selected(
            egui::Role::Button,
            true,
            on,
            format!("{} {name}", param.name().rsplit(' ').next().unwrap_or(letter)),
        )
    });
    let hint = if word == "alone" {
        format!("Solo: hear {name} alone")
    } else {
        format!("Mute: hear the song without {name}")
    };
    if response.on_hover_text(hint).clicked() {
        link.turn(param, !on);
    }
}
