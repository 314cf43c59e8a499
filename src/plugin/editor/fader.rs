//! A gain fader: drag (with shift, finely), wheel, arrow keys, double-click for
//! 0 dB, type a number of dB.

use egui::{Color32, Key, Rect, Sense, Stroke, Ui, Vec2, pos2, vec2};
use nice_plug::prelude::{FloatParam, Param};

use super::link::Link;
use super::theme;

/// Slower by this with shift held.
const FINE: f32 = 0.1;

const KNOB: f32 = 12.0;

/// Draws a fader and turns its parameter.
pub fn show(ui: &mut Ui, link: Link, param: &FloatParam, name: &str, size: Vec2) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let travel = rect.height() - KNOB;
    let now = param.unmodulated_normalized_value();
    response.widget_info(|| egui::WidgetInfo::slider(true, f64::from(now), format!("{name} gain")));
    draw(ui, rect, now, param.default_normalized_value(), &response);
    let setter = link.setter();
    let id = response.id;
    if response.double_clicked() {
        link.turn_normalized(param, param.default_normalized_value());
        return;
    }
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(id, (now, now)));
        setter.begin_set_parameter(param);
    }
    if response.dragged() {
        let fine = if ui.input(|input| input.modifiers.shift) { FINE } else { 1.0 };
        let (first, last): (f32, f32) = ui.data(|data| data.get_temp(id)).unwrap_or((now, now));
        let value = (last - response.drag_delta().y * fine / travel).clamp(0.0, 1.0);
        ui.data_mut(|data| data.insert_temp(id, (first, value)));
        setter.set_parameter_normalized(param, value);
    }
    if response.drag_stopped() {
        setter.end_set_parameter(param);
        if let Some((first, last)) = ui.data(|data| data.get_temp(id)) {
            link.turned(param, first, last);
        }
    }
    let mut step = 0.0;
    if response.has_focus() {
        ui.input(|input| {
            step += f32::from(i8::from(input.key_pressed(Key::ArrowUp)));
            step -= f32::from(i8::from(input.key_pressed(Key::ArrowDown)));
        });
    }
    if response.hovered() {
        step += ui.input(|input| input.smooth_scroll_delta().y) / 40.0;
    }
    if step != 0.0 {
        link.turn_normalized(param, (now + step * 0.02).clamp(0.0, 1.0));
    }
    response.on_hover_text("Drag; shift for small steps; double-click for 0 dB");
}

fn draw(ui: &Ui, rect: Rect, now: f32, unity: f32, response: &egui::Response) {
    let colors = theme::colors(ui);
    let painter = ui.painter();
    let travel = rect.height() - KNOB;
    let at = |value: f32| rect.bottom() - KNOB / 2.0 - value * travel;
    let x = rect.center().x;
    let groove = Rect::from_min_max(pos2(x - 2.0, rect.top()), pos2(x + 2.0, rect.bottom()));
    painter.rect_filled(groove, 2, colors.well);
    let mark = at(unity);
    let ends = [pos2(rect.left(), mark), pos2(rect.right(), mark)];
    painter.line_segment(ends, Stroke::new(1.0, colors.line));
    let knob = Rect::from_center_size(pos2(x, at(now)), vec2(rect.width(), KNOB));
    let lit = response.hovered() || response.dragged() || response.has_focus();
    let fill = if lit { colors.text } else { colors.dim };
    painter.rect_filled(knob, 3, fill);
    let line = [pos2(knob.left() + 3.0, at(now)), pos2(knob.right() - 3.0, at(now))];
    painter.line_segment(line, Stroke::new(1.5, Color32::BLACK));
}
