//! The components of a source: each one's spectrum (a column of W) and its recent activity (a
//! row of H). A click plays one alone; dragging one onto another strip moves it to that
//! source, as does its context menu.

mod cell;
pub mod sounds;

use std::sync::Arc;

use egui::{
    Align2, Color32, FontId, Label, Painter, Rect, Response, RichText, ScrollArea, Sense, Stroke,
    Ui, pos2, vec2,
};

use super::link::Link;
use super::spectrogram_history::{COLUMNS, STEP_S, SpectrogramHistory};
use super::theme;
use super::view::{UsedStrip, View};
use super::widgets::scroll_to_focus::scroll_to_focus;
use super::widgets::{axes, context_menu, ends};
use crate::dictionary::Dictionary;
use crate::plugin::hub::Hub;
use crate::plugin::project::Project;
use cell::Dragged;
use sounds::ComponentList;

/// Minimum width of a cell, and the gap between two.
const CELL_WIDTH: f32 = 132.0;
const GAP: f32 = 6.0;

/// Height of an axis.
const AXIS: f32 = 15.0;

pub fn show(
    ui: &mut Ui,
    link: Link,
    view: &mut View,
    history: &SpectrogramHistory,
    sounds: &mut ComponentList,
) {
    let used_strips = view.used_strips();
    let Some(used) = used_strips.iter().find(|c| Some(c.strip) == view.unfolded) else { return };
    let Some(dictionary) = view.project.dictionary.clone() else { return };
    let sounds = sounds.of(&dictionary, used.source);
    let others: Vec<&UsedStrip> =
        used_strips.iter().filter(|other| other.source != used.source).collect();
    title(ui, view, used, sounds.len(), !others.is_empty());
    let room = ui.available_width() - ui.spacing().scroll.allocated_width() + GAP;
    let columns = (room / (CELL_WIDTH + GAP)).max(1.0).floor();
    let width = room / columns - GAP;
    frequencies(ui, columns as usize, width);
    let height = ui.available_height() - AXIS - GAP;
    let mut moved = None;
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(GAP, GAP);
        for row in sounds.chunks(columns as usize) {
            ui.horizontal(|ui| {
                for sound in row {
                    let response = cell::show(ui, link, history, used, sound, width);
                    if others.is_empty() {
                        continue;
                    }
                    let to = context_menu::show(&response, || {
                        others.iter().map(|to| format!("Move to {}", to.name)).collect()
                    });
                    moved = moved.or(to.map(|to| (sound.component, others[to])));
                }
            });
        }
        scroll_to_focus(ui);
    });
    if let Some((component, to)) = moved {
        move_component(link.hub, &dictionary, component, to);
    }
    times(ui, columns as usize, width);
}

fn title(ui: &mut Ui, view: &mut View, used: &UsedStrip, count: usize, can_move: bool) {
    let colors = theme::colors(ui);
    let title = |ui: &mut Ui| {
        let title = format!("{}: {count} sounds (components)", used.name);
        ui.add(Label::new(RichText::new(title).strong()).truncate());
    };
    ends::show(ui, "title", title, |ui| {
        if ui.button("Close").on_hover_text("Show the pictures again").clicked() {
            view.unfolded = None;
        }
    });
    let hint = match can_move {
        true => "Click one to hear it. Drag it, or right-click, to move it to another strip.",
        false => "Click one to hear it.",
    };
    ui.label(RichText::new(hint).small().color(colors.dim))
        .on_hover_text("The number in the corner is the component's in your host's list.");
}

/// The frequency axis of every column of cells.
fn frequencies(ui: &mut Ui, columns: usize, width: f32) {
    axis(ui, columns, width, |painter, spectrum, color| {
        for (hz, words) in cell::MARKS {
            let place =
                pos2(spectrum.left() + spectrum.width() * axes::position(hz), spectrum.top());
            painter.text(place, Align2::CENTER_TOP, words, FontId::proportional(11.0), color);
        }
    });
}

/// The time axis.
fn times(ui: &mut Ui, columns: usize, width: f32) {
    axis(ui, columns, width, |painter, trace, color| {
        let font = FontId::proportional(11.0);
        let first = format!("−{:.0} s", COLUMNS as f32 * STEP_S);
        painter.text(trace.left_top(), Align2::LEFT_TOP, first, font.clone(), color);
        painter.text(trace.right_top(), Align2::RIGHT_TOP, "now", font, color);
    });
}

fn axis(ui: &mut Ui, columns: usize, width: f32, draw: impl Fn(&Painter, Rect, Color32)) {
    let dim = theme::colors(ui).dim;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), AXIS), Sense::hover());
    for column in 0..columns {
        let left = rect.left() + column as f32 * (width + GAP) + cell::MARGIN;
        let place =
            Rect::from_min_size(pos2(left, rect.top()), vec2(width - 2.0 * cell::MARGIN, AXIS));
        draw(ui.painter(), place, dim);
    }
}

/// Lets a strip accept a component that is dropped on it.
pub fn take_drop(ui: &Ui, link: Link, view: &View, used: &UsedStrip, response: &Response) {
    if response.dnd_hover_payload::<Dragged>().is_some() {
        ui.painter().rect_stroke(
            response.rect,
            5,
            Stroke::new(2.5, used.color),
            egui::StrokeKind::Outside,
        );
    }
    let Some(dropped) = response.dnd_release_payload::<Dragged>() else { return };
    let Some(dictionary) = &view.project.dictionary else { return };
    move_component(link.hub, dictionary, dropped.0, used);
}

/// Moves a component of the dictionary that the window shows to a strip, unless something else has
/// been learned meanwhile: that is not to be lost.
pub fn move_component(hub: &Hub, shown: &Arc<Dictionary>, component: usize, used: &UsedStrip) {
    let Some(moved) = with_component_in(shown, component, used.source) else { return };
    let is_shown =
        |now: &Project| now.dictionary.as_ref().is_some_and(|now| Arc::ptr_eq(now, shown));
    let change = |project: &mut Project| project.dictionary = Some(Arc::new(moved));
    if hub.project.edit_if(is_shown, change) {
        hub.status.note(format!("component {} is {}'s now", component + 1, used.name));
    } else {
        hub.status.note("something else was learned just now: move the component again");
    }
}

/// The dictionary with a component moved to another source; `None` if it is already there.
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
