//! The levels of the input and the output, with lights that stay on after clipping.

use egui::{Align2, Color32, CornerRadius, FontId, Rect, Sense, Ui, Vec2, pos2, vec2};

use crate::plugin::audio_thread::status::Meter;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::widgets::meter;

/// Size of both bars together, with their names and lights.
const SIZE: Vec2 = vec2(84.0, 20.0);

/// Width of a name.
const NAME: f32 = 24.0;

/// Height of a bar, and size of a light.
const BAR: f32 = 7.0;

/// Integer formats clip from this level up.
const FULL_SCALE: f32 = 1.0;

/// Draws both; a click puts the lights out.
pub fn show(ui: &mut Ui, link: Link) {
    let (rect, response) = ui.allocate_exact_size(SIZE, Sense::click());
    let status = &link.hub.status;
    let peak = |meter: &Meter| meter.peak(0).max(meter.peak(1));
    let peaks = [peak(&status.input), peak(&status.output)];
    let id = response.id.with("clipped");
    // Each light, and the level before, which falls slowly after a peak.
    let (mut clipped, before): ([bool; 2], [f32; 2]) =
        ui.data(|data| data.get_temp(id)).unwrap_or_default();
    for ((clipped, peak), before) in clipped.iter_mut().zip(peaks).zip(before) {
        *clipped = (*clipped && !response.clicked()) || (peak >= FULL_SCALE && peak > before);
    }
    ui.data_mut(|data| data.insert_temp(id, (clipped, peaks)));
    let colors = theme::colors(ui);
    let rows = [("In", rect.top()), ("Out", rect.bottom() - BAR)];
    for ((peak, clipped), (name, top)) in peaks.iter().zip(clipped).zip(rows) {
        let place = pos2(rect.left(), top + BAR / 2.0);
        let font = FontId::proportional(10.0);
        ui.painter().text(place, Align2::LEFT_CENTER, name, font, colors.dim);
        let left = rect.left() + NAME;
        let bar = Rect::from_min_size(pos2(left, top), vec2(SIZE.x - NAME - BAR - 3.0, BAR));
        meter::horizontal(ui, bar, *peak, Color32::GRAY);
        let light = Rect::from_min_size(pos2(rect.right() - BAR, top), Vec2::splat(BAR));
        let fill = if clipped { colors.record } else { colors.well };
        ui.painter().rect_filled(light, CornerRadius::same(2), fill);
    }
    let text = |what: &str, peak: f32, clipped: bool| {
        let level_db = 20.0 * peak.max(1e-5).log10();
        let clipped = if clipped { ", has reached 0 dB" } else { "" };
        format!("{what} {level_db:.0} dB{clipped}")
    };
    let texts = [text("Input", peaks[0], clipped[0]), text("Output", peaks[1], clipped[1])];
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, texts.join("; ")));
    response.on_hover_text(format!("{}\n{}\nClick to reset the lights.", texts[0], texts[1]));
}
