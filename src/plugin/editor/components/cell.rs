//! A component in the panel: its name, its spectrum, and when it was active.

use egui::{
    Align2, FontId, LayerId, Order, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2,
};

use super::sounds::DisplayedComponent;
use crate::plugin::choices::OutputSelection;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::spectrogram_history::{COLUMNS, STEP_S, SpectrogramHistory};
use crate::plugin::editor::theme;
use crate::plugin::editor::view::UsedStrip;
use crate::plugin::editor::widgets::{axes, meter, pitch, readout};

/// Space around the drawing.
pub const MARGIN: f32 = 5.0;

/// Heights of the parts, from top to bottom.
const NAME: f32 = 15.0;
const SPECTRUM: f32 = 38.0;
const ACTIVITY: f32 = 20.0;
const HEIGHT: f32 = 3.0 * MARGIN + NAME + SPECTRUM + ACTIVITY;

/// Frequencies with grid lines, and the labels of the axis.
pub const MARKS: [(f32, &str); 3] = [(100.0, "100 Hz"), (1000.0, "1k"), (10_000.0, "10k")];

/// The payload of a drag: a component's index.
#[derive(Clone, Copy)]
pub struct Dragged(pub usize);

/// Draws the component; a click plays it alone.
pub fn show(
    ui: &mut Ui,
    link: Link,
    history: &SpectrogramHistory,
    used: &UsedStrip,
    sound: &DisplayedComponent,
    width: f32,
) -> Response {
    let component = sound.component;
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click_and_drag());
    let output = &link.params.output;
    let selected =
        output.selection.value() == OutputSelection::Component && output.component() == component;
    response.widget_info(|| {
        let label = format!("Component {}, {}", component + 1, sound.name());
        egui::WidgetInfo::selected(egui::Role::Button, true, selected, label)
    });
    response.dnd_set_drag_payload(Dragged(component));
    if ui.is_rect_visible(rect) {
        draw(ui, rect, history, used, sound, selected, &response);
    }
    if response.dragged()
        && let Some(pointer) = ui.input(|input| input.pointer.latest_pos())
    {
        let above = ui.painter().clone().with_layer_id(LayerId::new(Order::Tooltip, ui.scope_id()));
        let window = ui.ctx().content_rect();
        readout::show(
            &above.with_clip_rect(window),
            window,
            pointer,
            sound.name(),
            &theme::colors(ui),
        );
    }
    if response.clicked() {
        if selected {
            link.select_output(OutputSelection::Mix);
        } else {
            link.select_component(component);
        }
    }
    response
}

fn draw(
    ui: &Ui,
    rect: Rect,
    history: &SpectrogramHistory,
    used: &UsedStrip,
    sound: &DisplayedComponent,
    selected: bool,
    response: &Response,
) {
    let colors = theme::colors(ui);
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4, colors.well);
    let inner = rect.shrink(MARGIN);
    let top = inner.top() + NAME;
    let part = |top: f32, height: f32| {
        Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), height))
    };
    let (spectrum, trace) = (part(top, SPECTRUM), part(inner.bottom() - ACTIVITY, ACTIVITY));
    for (hz, _) in MARKS {
        let x = spectrum.left() + spectrum.width() * axes::position(hz);
        painter.vline(x, spectrum.y_range(), Stroke::new(1.0, colors.line));
    }
    let line = |rect: Rect, stroke: Stroke, heights: &mut dyn Iterator<Item = (f32, f32)>| {
        let place =
            |(x, y)| pos2(rect.left() + rect.width() * x, rect.bottom() - rect.height() * y);
        painter.add(egui::Shape::line(heights.map(place).collect(), stroke));
    };
    let last = (sound.curve.len() - 1) as f32;
    let mut curve = sound.curve.iter().enumerate().map(|(i, y)| (i as f32 / last, *y));
    line(spectrum, Stroke::new(1.5, theme::ink(used.color, colors.well)), &mut curve);
    let mut activity = activity(history, sound.component, trace.width()).into_iter();
    line(trace, Stroke::new(1.0, colors.dim), &mut activity);
    let ink = if sound.note.is_some() { colors.text } else { colors.dim };
    let name = FontId::proportional(if sound.note.is_some() { 13.0 } else { 11.0 });
    painter.text(inner.left_top(), Align2::LEFT_TOP, sound.name(), name, ink);
    let number = format!("{}", sound.component + 1);
    let font = FontId::proportional(11.0);
    painter.text(inner.right_top(), Align2::RIGHT_TOP, number, font, colors.dim);
    let ring = if selected {
        Stroke::new(2.5, colors.text)
    } else if response.hovered() || response.has_focus() {
        Stroke::new(1.5, used.color)
    } else {
        Stroke::new(1.0, colors.line)
    };
    painter.rect_stroke(rect, 4, ring, StrokeKind::Inside);
    if let Some(pointer) = response.hover_pos().filter(|_| !response.dragged()) {
        point(ui, rect, spectrum, trace, pointer);
    }
}

/// Shows the frequency or time under the pointer.
fn point(ui: &Ui, cell: Rect, spectrum: Rect, trace: Rect, pointer: Pos2) {
    let x = ((pointer.x - spectrum.left()) / spectrum.width()).clamp(0.0, 1.0);
    let (part, words) = if pointer.y < trace.top() {
        let hz = axes::frequency_hz(x);
        (spectrum, format!("{}  {hz:.0} Hz", pitch::name(hz)))
    } else {
        (trace, format!("{:.1} s ago", (1.0 - x) * COLUMNS as f32 * STEP_S))
    };
    let colors = theme::colors(ui);
    let line = Stroke::new(1.0, colors.dim);
    ui.painter_at(cell).vline(pointer.x, part.y_range(), line);
    // Drawn above the cells that follow.
    let above = ui.painter().clone().with_layer_id(LayerId::new(Order::Tooltip, ui.scope_id()));
    readout::show(&above, ui.clip_rect(), pointer, words, &colors);
}

/// Its activity in the last seconds, as points in a unit square: the newest at the right.
fn activity(history: &SpectrogramHistory, component: usize, width: f32) -> Vec<(f32, f32)> {
    let levels: Vec<f32> = history.activity(component).collect();
    let per_point = COLUMNS.div_ceil(width.max(1.0) as usize).max(1);
    let missing = COLUMNS - levels.len();
    let peaks = levels.chunks(per_point).map(|c| c.iter().copied().fold(0.0, f32::max));
    let x = |i: usize| ((missing + i * per_point) as f32 / COLUMNS as f32).min(1.0);
    peaks.enumerate().map(|(i, level)| (x(i), meter::height(level))).collect()
}
