//! The levels of the input and the output, with lights that stay on after clipping.

use egui::{
    Align2, Color32, CornerRadius, FontId, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use crate::plugin::audio_thread::status::Meter;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::widgets::{meter, steady};

/// Size of both bars together, with their names and lights.
const SIZE: Vec2 = vec2(84.0, 20.0);

/// Width of a name.
const NAME: f32 = 24.0;

/// Height of a bar, and size of a light.
const BAR: f32 = 7.0;

/// Integer formats clip from this level up.
const FULL_SCALE: f32 = 1.0;

/// Draws both; once a light is on, a click puts them out.
pub fn show(ui: &mut Ui, link: Link) {
    let (rect, response) = ui.allocate_exact_size(SIZE, Sense::hover());
    let status = &link.hub.status;
    let peak = |meter: &Meter| meter.peak(0).max(meter.peak(1));
    let peaks = [peak(&status.input), peak(&status.output)];
    let id = response.id.with("clipped");
    // Each light, and the level before, which falls slowly after a peak.
    let (mut clipped, before): ([bool; 2], [f32; 2]) =
        ui.data(|data| data.get_temp(id)).unwrap_or_default();
    for ((clipped, peak), before) in clipped.iter_mut().zip(peaks).zip(before) {
        *clipped |= peak >= FULL_SCALE && peak > before;
    }
    let colors = theme::colors(ui);
    let rows = [("In", rect.top()), ("Out", rect.bottom() - BAR)];
    let texts = steady::value(ui, "levels", || {
        [text("Input", peaks[0], clipped[0]), text("Output", peaks[1], clipped[1])]
    });
    for (row, (name, top)) in rows.into_iter().enumerate() {
        let place = pos2(rect.left(), top + BAR / 2.0);
        let font = FontId::proportional(10.0);
        ui.painter().text(place, Align2::LEFT_CENTER, name, font, colors.dim);
        let left = rect.left() + NAME;
        let bar = Rect::from_min_size(pos2(left, top), vec2(SIZE.x - NAME - BAR - 3.0, BAR));
        meter::horizontal(ui, bar, peaks[row], Color32::GRAY);
        let level = ui.interact(bar, id.with(name), Sense::hover());
        level.widget_info(|| WidgetInfo::labeled(egui::Role::Meter, true, &texts[row]));
        let light = Rect::from_min_size(pos2(rect.right() - BAR, top), Vec2::splat(BAR));
        let fill = if clipped[row] { colors.record } else { colors.well };
        ui.painter().rect_filled(light, CornerRadius::same(2), fill);
    }
    let levels = texts.join("\n");
    let reset = id.with("reset");
    // It does not take the keyboard away when it was pressed.
    if clipped.contains(&true) || ui.memory(|memory| memory.has_focus(reset)) {
        let button = ui.interact(rect, reset, Sense::click());
        button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, RESET));
        if button.has_focus() {
            let stroke = Stroke::new(1.5, colors.action);
            ui.painter().rect_stroke(rect.expand(2.0), 3, stroke, StrokeKind::Inside);
        }
        if button.on_hover_text(format!("{levels}\nClick to reset the lights.")).clicked() {
            clipped = [false; 2];
        }
    } else {
        response.on_hover_text(levels);
    }
    ui.data_mut(|data| data.insert_temp(id, (clipped, peaks)));
}

const RESET: &str = "Reset the clip lights";

fn text(what: &str, peak: f32, clipped: bool) -> String {
    let level_db = 20.0 * peak.max(1e-5).log10();
    let clipped = if clipped { ", has reached 0 dB" } else { "" };
    format!("{what} {level_db:.0} dB{clipped}")
}
