//! The components of a source: each one's spectrum (a column of W) and how it
//! was active of late (a row of H). A click plays one alone; dragged onto
//! another strip it becomes that source's.

use std::sync::Arc;

use egui::{Align2, Color32, FontId, Pos2, Rect, Response, RichText, ScrollArea, Sense, Stroke};
use egui::{Ui, pos2, vec2};

use super::history::History;
use super::link::Link;
use super::view::{Channel, View};
use super::{axes, theme};
use crate::dictionary::Dictionary;
use crate::plugin::params::Heard;

const CELL: [f32; 2] = [132.0, 74.0];

/// Points of a drawn spectrum.
const POINTS: usize = 60;

/// Faintest part of a spectrum that is drawn, below its peak.
const RANGE_DB: f32 = 50.0;

/// What is dragged: a component's index.
#[derive(Clone, Copy)]
struct Dragged(usize);

pub fn show(ui: &mut Ui, link: Link, view: &mut View, history: &History) {
    let channels = view.channels();
    let Some(channel) = channels.iter().find(|c| Some(c.strip) == view.unfolded) else { return };
    let Some(dictionary) = view.project.dictionary.clone() else { return };
    let components = &dictionary.sources[channel.source].components;
    let colors = theme::colors(ui);
    ui.horizontal(|ui| {
        let title = format!("{}: {} components", channel.name, components.len());
        ui.label(RichText::new(title).strong());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Close").clicked() {
                view.unfolded = None;
            }
        });
    });
    let hint = "Click one to hear it. Drag it onto another strip if it belongs there.";
    ui.label(RichText::new(hint).small().color(colors.dim));
    ScrollArea::vertical().show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
            for &component in components {
                cell(ui, link, history, &dictionary, channel, component);
            }
        });
    });
}

fn cell(
    ui: &mut Ui,
    link: Link,
    history: &History,
    dictionary: &Dictionary,
    channel: &Channel,
    component: usize,
) {
    let colors = theme::colors(ui);
    let (rect, response) = ui.allocate_exact_size(CELL.into(), Sense::click_and_drag());
    let output = &link.params.output;
    let heard = output.heard.value() == Heard::Component && output.component() == component;
    response.widget_info(|| {
        let label = format!("Component {}", component + 1);
        egui::WidgetInfo::selected(egui::Role::Button, true, heard, label)
    });
    response.dnd_set_drag_payload(Dragged(component));
    if ui.is_rect_visible(rect) {
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 4, colors.well);
        let inner = rect.shrink(5.0);
        let spectrum = Rect::from_min_max(inner.min, pos2(inner.right(), inner.top() + 40.0));
        let points = spectrum_points(dictionary, component, spectrum);
        painter.add(egui::Shape::line(points, Stroke::new(1.5, channel.color)));
        let trace = Rect::from_min_max(pos2(inner.left(), inner.top() + 46.0), inner.max);
        let points = activity_points(history, component, trace);
        painter.add(egui::Shape::line(points, Stroke::new(1.0, theme::ON_PICTURE)));
        let number = format!("{}", component + 1);
        let font = FontId::proportional(11.0);
        painter.text(inner.right_top(), Align2::RIGHT_TOP, number, font, theme::ON_PICTURE);
        let ring = if heard {
            Stroke::new(2.5, Color32::WHITE)
        } else if response.hovered() || response.has_focus() {
            Stroke::new(1.5, channel.color)
        } else {
            Stroke::new(1.0, colors.line)
        };
        painter.rect_stroke(rect, 4, ring, egui::StrokeKind::Inside);
    }
    if response.clicked() {
        if heard {
            link.hear(Heard::Mix);
        } else {
            link.hear_component(component);
        }
    }
    response.on_hover_text("Its spectrum, and when it sounded in the last seconds");
}

fn spectrum_points(dictionary: &Dictionary, component: usize, rect: Rect) -> Vec<Pos2> {
    let w = dictionary.w.column(component);
    let bin_hz = dictionary.frames.bin_hz(1) as f32;
    let peak = w.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let last = w.len() - 1;
    (0..POINTS)
        .map(|point| {
            let bin = |p: f32| (axes::frequency_hz(p / POINTS as f32) / bin_hz) as usize;
            let from = bin(point as f32).min(last);
            let to = bin(point as f32 + 1.0).clamp(from, last);
            let largest = (from..=to).map(|bin| w[bin]).fold(0.0f32, f32::max);
            let db = 20.0 * (largest / peak).max(1e-6).log10();
            let height = (1.0 + db / RANGE_DB).clamp(0.0, 1.0);
            let x = rect.left() + rect.width() * point as f32 / (POINTS - 1) as f32;
            pos2(x, rect.bottom() - rect.height() * height)
        })
        .collect()
}

fn activity_points(history: &History, component: usize, rect: Rect) -> Vec<Pos2> {
    let levels: Vec<f32> = history.activity(component).collect();
    let per_point = levels.len().div_ceil(rect.width() as usize).max(1);
    let peaks: Vec<f32> =
        levels.chunks(per_point).map(|c| c.iter().copied().fold(0.0, f32::max)).collect();
    let count = peaks.len().max(2);
    peaks
        .iter()
        .enumerate()
        .map(|(i, level)| {
            let x = rect.left() + rect.width() * i as f32 / (count - 1) as f32;
            pos2(x, rect.bottom() - rect.height() * super::meter::height(*level))
        })
        .collect()
}

/// A strip takes a component that is dropped on it.
pub fn take_drop(ui: &Ui, link: Link, view: &View, channel: &Channel, response: &Response) {
    if response.dnd_hover_payload::<Dragged>().is_some() {
        ui.painter().rect_stroke(
            response.rect,
            5,
            Stroke::new(2.5, channel.color),
            egui::StrokeKind::Outside,
        );
    }
    let Some(dropped) = response.dnd_release_payload::<Dragged>() else { return };
    let Some(dictionary) = &view.project.dictionary else { return };
    if let Some(moved) = with_component_in(dictionary, dropped.0, channel.source) {
        link.hub.edit(|project| project.dictionary = Some(Arc::new(moved)));
    }
}

/// The dictionary with a component in another source; nothing if it is there.
pub fn with_component_in(
    dictionary: &Dictionary,
    component: usize,
    source: usize,
) -> Option<Dictionary> {
    let from = dictionary.sources.iter().position(|s| s.components.contains(&component))?;
    if from == source || source >= dictionary.sources.len() {
        return None;
    }
    let mut moved = dictionary.clone();
    moved.sources[from].components.retain(|other| *other != component);
    moved.sources[source].components.push(component);
    Some(moved)
}
