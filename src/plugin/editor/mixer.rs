//! The mixer: what is heard, and a strip a source.

use egui::{Color32, RichText, ScrollArea, Ui};

use super::history::History;
use super::link::Link;
use super::view::{Channel, View};
use super::{strip, theme};
use crate::plugin::engine::REST_STRIP;
use crate::plugin::params::Heard;

pub fn show(ui: &mut Ui, link: Link, view: &mut View, history: &History) {
    let channels = view.channels();
    if channels.is_empty() {
        nothing(ui);
        return;
    }
    heard(ui, link, &channels);
    ScrollArea::horizontal().show(ui, |ui| {
        ui.horizontal_top(|ui| {
            for channel in &channels {
                strip::show(ui, link, view, channel, history);
            }
        });
    });
}

fn nothing(ui: &mut Ui) {
    let dim = theme::colors(ui).dim;
    ui.centered_and_justified(|ui| {
        ui.label(
            RichText::new(
                "Your instruments will be here, each with a fader, once they are learned",
            )
            .color(dim),
        );
    });
}

const DELTA: &str = "The input minus the mix (delta): what you have muted or turned down. Silent as \
                     long as every instrument is heard at 0 dB.";

/// What the main output plays.
fn heard(ui: &mut Ui, link: Link, channels: &[Channel]) {
    let heard = link.heard();
    let source = link.params.output.source();
    ui.horizontal(|ui| {
        ui.label(RichText::new("Hear").color(theme::colors(ui).dim));
        let mix = chip(ui, heard == Heard::Mix, "Mix", None);
        if mix.on_hover_text("Everything, as loud as the strips say").clicked() {
            link.hear(Heard::Mix);
        }
        for channel in channels {
            let on = match heard {
                Heard::Source => channel.strip == source,
                Heard::Rest => channel.strip == REST_STRIP,
                _ => false,
            };
            let hint = format!("{} alone, whatever the strips say", channel.name);
            if chip(ui, on, &channel.name, Some(channel.color)).on_hover_text(hint).clicked() {
                link.hear_source(channel.strip);
            }
        }
        let delta = chip(ui, heard == Heard::Delta, "What is taken away", None);
        if delta.on_hover_text(DELTA).clicked() {
            link.hear(Heard::Delta);
        }
        if heard == Heard::Component {
            let number = link.params.output.component() + 1;
            let _ = chip(ui, true, &format!("Component {number}"), None);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| wet(ui, link));
    });
}

fn chip(ui: &mut Ui, on: bool, label: &str, color: Option<Color32>) -> egui::Response {
    let colors = theme::colors(ui);
    let ground = color.unwrap_or(colors.action);
    let text = RichText::new(label);
    let button = if on {
        egui::Button::new(text.color(theme::readable_on(ground))).fill(ground)
    } else {
        egui::Button::new(text).stroke(egui::Stroke::new(1.0, color.unwrap_or(colors.line)))
    };
    let response = ui.add(button);
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::Button, true, on, format!("Hear {label}"))
    });
    response
}

/// How much of the separated sound is heard, and of the input beside it.
fn wet(ui: &mut Ui, link: Link) {
    let param = &link.params.output.wet;
    let before = param.value();
    let mut percent = before * 100.0;
    let slider = egui::Slider::new(&mut percent, 0.0..=100.0)
        .suffix(" %")
        .fixed_decimals(0)
        .smart_aim(false)
        .trailing_fill(true);
    let hint = "How much of what is heard is separated (wet); what is left is the sound that comes \
                in (dry). Double-click for all of it.";
    let response = ui.add(slider).on_hover_text(hint);
    ui.label(RichText::new("Dry/wet").color(theme::colors(ui).dim)).on_hover_text(hint);
    if response.double_clicked() {
        link.turn(param, 1.0);
        return;
    }
    let id = response.id.with("before");
    if response.drag_started() {
        link.setter().begin_set_parameter(param);
        ui.data_mut(|data| data.insert_temp(id, before));
    }
    if response.changed() {
        if response.dragged() || response.drag_stopped() {
            link.setter().set_parameter(param, percent / 100.0);
        } else {
            link.turn(param, percent / 100.0);
        }
    }
    if response.drag_stopped() {
        link.setter().end_set_parameter(param);
        let first: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(before);
        link.turned(param, first, percent / 100.0);
    }
}
