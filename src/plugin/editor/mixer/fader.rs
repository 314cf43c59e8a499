//! A fader: drag or arrow keys (finely with Shift), wheel, Page Up and Page Down, Home and End, and
//! double-click or Delete for the default. The wheel moves the fader that was used last or has the keyboard;
//! over others it scrolls, so that it changes no level by accident.

use egui::{EventFilter, Id, Key, Rect, Response, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};
use nice_plug::prelude::{FloatParam, Param};

use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::widgets::requests;

/// With Shift held, drags are slower and steps smaller by this factor.
const FINE: f32 = 0.1;

/// How many steps of the arrow keys there are along the fader.
const STEPS: f32 = 50.0;

/// By how many such steps Page Up and Page Down move it.
const PAGE: f32 = 5.0;

const KNOB: f32 = 12.0;

/// Draws a fader and sets its parameter; horizontal if it is wider than high. `label` names it
/// to screen readers, which also get the `hint`; the tooltip begins with the value.
pub fn show(
    ui: &mut Ui,
    link: Link,
    param: &FloatParam,
    [label, hint]: [&str; 2],
    size: Vec2,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let horizontal = size.x > size.y;
    let travel = size.max_elem() - KNOB;
    let now = param.unmodulated_normalized_value();
    let value = param.normalized_value_to_string(now, true);
    let response = response.on_hover_text(format!("{value}. {hint}"));
    describe(ui, &response, param, [label, hint]);
    draw(ui, rect, now, param.default_normalized_value(), &response);
    let setter = link.setter();
    let id = response.id;
    if response.double_clicked() {
        link.set_normalized_with_undo(param, param.default_normalized_value());
        return response;
    }
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(id, (now, now)));
        setter.begin_set_parameter(param);
    }
    if response.dragged() {
        let fine = if ui.input(|input| input.modifiers.shift) { FINE } else { 1.0 };
        let (first, last): (f32, f32) = ui.data(|data| data.get_temp(id)).unwrap_or((now, now));
        let moved = if horizontal { response.drag_delta().x } else { -response.drag_delta().y };
        let value = (last + moved * fine / travel).clamp(0.0, 1.0);
        ui.data_mut(|data| data.insert_temp(id, (first, value)));
        setter.set_parameter_normalized(param, value);
    }
    if response.drag_stopped() {
        setter.end_set_parameter(param);
        if let Some((first, last)) = ui.data(|data| data.get_temp(id)) {
            link.push_change(param, first, last);
        }
    }
    let (mut steps, mut to) = (0.0, None);
    if response.has_focus() {
        // Otherwise the arrow keys would move the focus.
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        (steps, to) = pressed(ui, param.default_normalized_value());
    }
    let last_used = Id::unique("last used fader");
    if response.clicked() || response.drag_started() {
        ui.data_mut(|data| data.insert_temp(last_used, id));
    }
    let is_last_used = || ui.data(|data| data.get_temp(last_used)) == Some(id);
    let mut wheel = 0.0;
    if response.hovered() && (response.has_focus() || is_last_used()) {
        // Taken, so that the strips do not scroll as well.
        wheel = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta)).y / 40.0;
    }
    steps += requests::steps(ui, id);
    if let Some(value) = requested_value(ui, id, param).or(to) {
        link.set_normalized_with_undo(param, value);
    } else if steps != 0.0 {
        let is_fine = ui.input(|input| input.modifiers.shift);
        let all = if is_fine { STEPS / FINE } else { STEPS };
        let value = stepped(now, param.default_normalized_value(), steps, all);
        link.set_normalized_with_undo(param, value);
    } else if wheel != 0.0 {
        link.set_normalized_with_undo(param, (now + wheel / STEPS).clamp(0.0, 1.0));
    }
    response
}

/// A value some steps further, of which the whole fader has `all`. One of them is the default, so
/// that as many steps back lead there again.
fn stepped(now: f32, default: f32, steps: f32, all: f32) -> f32 {
    (default + (((now - default) * all).round() + steps) / all).clamp(0.0, 1.0)
}

/// The steps that keys ask for, and the value to which they move the fader.
fn pressed(ui: &Ui, default: f32) -> (f32, Option<f32>) {
    const KEYS: [(Key, f32); 6] = [
        (Key::ArrowRight, 1.0),
        (Key::ArrowUp, 1.0),
        (Key::ArrowLeft, -1.0),
        (Key::ArrowDown, -1.0),
        (Key::PageUp, PAGE),
        (Key::PageDown, -PAGE),
    ];
    let places =
        [(Key::Home, 0.0), (Key::End, 1.0), (Key::Delete, default), (Key::Backspace, default)];
    ui.input(|input| {
        let steps = KEYS.iter().map(|(key, steps)| input.num_presses(*key) as f32 * steps);
        let place = places.into_iter().find(|(key, _)| input.key_pressed(*key));
        (steps.sum(), place.map(|(_, value)| value))
    })
}

/// The value that screen readers get for -inf dB.
const SILENCE_DB: f64 = -100.0;

/// Describes the fader to screen readers, in dB or, for all others, in %: they say the name, the
/// number and the description. Not all systems pass on the text of the value, so the unit is in the
/// name. The description is without the value, as it is read again whenever it changes.
fn describe(ui: &Ui, response: &Response, param: &FloatParam, [label, hint]: [&str; 2]) {
    let is_gain = param.unit() == " dB";
    let number = |normalized| {
        if !is_gain {
            // As many digits as are worth reading, and no -0.
            return (1000.0 * f64::from(param.preview_plain(normalized))).round() / 10.0 + 0.0;
        }
        let text = param.normalized_value_to_string(normalized, false);
        text.parse().ok().filter(|number: &f64| number.is_finite()).unwrap_or(SILENCE_DB)
    };
    let unit = if is_gain { "dB" } else { "%" };
    let now = param.unmodulated_normalized_value();
    let name = format!("{label} in {unit}");
    response.widget_info(|| WidgetInfo::slider(true, number(now), &name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(param.normalized_value_to_string(now, true));
        node.set_description(hint);
        node.set_min_numeric_value(number(0.0));
        node.set_max_numeric_value(number(1.0));
        requests::allow(node);
    });
}

/// The value that a screen reader requests, normalized.
fn requested_value(ui: &Ui, id: Id, param: &FloatParam) -> Option<f32> {
    let number = requests::number(ui, id)?;
    param.string_to_normalized_value(&number.to_string())
}

fn draw(ui: &Ui, rect: Rect, now: f32, default: f32, response: &egui::Response) {
    let colors = theme::colors(ui);
    let painter = ui.painter();
    let horizontal = rect.width() > rect.height();
    // Along the fader from its minimum, and across it from its centre.
    let travel = rect.size().max_elem() - KNOB;
    let at = |value: f32, across: f32| {
        let along = KNOB / 2.0 + value * travel;
        if horizontal {
            pos2(rect.left() + along, rect.center().y + across)
        } else {
            pos2(rect.center().x + across, rect.bottom() - along)
        }
    };
    let half = rect.size().min_elem() / 2.0;
    painter.rect_filled(Rect::from_two_pos(at(0.0, -2.0), at(1.0, 2.0)), 2, colors.well);
    painter.line_segment([at(default, -half), at(default, half)], Stroke::new(1.0, colors.dim));
    let thick = if horizontal { vec2(KNOB, 2.0 * half) } else { vec2(2.0 * half, KNOB) };
    let lit = response.hovered() || response.dragged() || response.has_focus();
    let fill = if lit { colors.text } else { colors.dim };
    painter.rect_filled(Rect::from_center_size(at(now, 0.0), thick), 3, fill);
    let line = [at(now, 3.0 - half), at(now, half - 3.0)];
    painter.line_segment(line, Stroke::new(1.5, theme::readable_on(fill)));
}
