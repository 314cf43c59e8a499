//! The mixer: the output selection, and one strip per source.

pub mod fader;
mod form;
mod levels;
mod output;
mod small_faders;
mod strip;

use egui::{RichText, ScrollArea, Ui};

use super::link::Link;
use super::spectrogram_history::SpectrogramHistory;
use super::theme;
use super::view::View;
use super::widgets::scroll_to_focus::scroll_to_focus;
use form::{Form, GAP, Outputs};

pub fn show(ui: &mut Ui, link: Link, view: &mut View, history: &SpectrogramHistory) {
    let used_strips = view.used_strips();
    if used_strips.is_empty() {
        nothing(ui);
        return;
    }
    output::show(ui, link, &used_strips);
    let window = ui.ctx().content_rect().size();
    let outputs = Outputs {
        channels: link.hub.status.channels(),
        of_strips: link.hub.engines.setup().is_some_and(|setup| setup.buses > 1),
    };
    let form = Form::of(ui.available_width(), used_strips.len(), window, outputs);
    // Any wheel scrolls them sideways.
    ui.style_mut().always_scroll_the_only_direction = true;
    ScrollArea::horizontal().auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for used in &used_strips {
                strip::show(ui, link, view, used, history, form);
            }
        });
        scroll_to_focus(ui);
    });
}

fn nothing(ui: &mut Ui) {
    let dim = theme::colors(ui).dim;
    ui.centered_and_justified(|ui| {
        ui.label(RichText::new("Each instrument gets a fader here once it is learned").color(dim));
    });
}
