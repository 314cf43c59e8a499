//! The cursor on the waveform, by which the keyboard selects a range, as in a text field: arrow
//! keys, Home and End move it; with Shift they select.

use egui::{EventFilter, Key, Rect, Response, Role, Stroke, StrokeKind, Ui, WidgetInfo, pos2};

use super::axis::Axis;
use super::selection::Selection;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::view::{Tab, View};
use crate::plugin::editor::widgets::{readout, requests};
use crate::plugin::project::clip::seconds_text;
use crate::plugin::project::clip_range::ClipRange;

/// How far an arrow key moves the cursor, and by how many such steps with Ctrl.
const STEP_S: f64 = 0.1;
const LONG_STEP: f64 = 10.0;

/// Where the cursor is, and where the range that it selects begins, in peaks.
#[derive(Clone, Copy, Default)]
struct Cursor {
    tab: Tab,
    at: usize,
    from: usize,
}

impl Cursor {
    /// At the start of another tab's recordings; at the end of what has become shorter.
    fn load(ui: &Ui, response: &Response, axis: &Axis, tab: Tab) -> Self {
        let last: Option<Self> = ui.data(|data| data.get_temp(response.id));
        let last = last.filter(|last| last.tab == tab).unwrap_or(Self { tab, at: 0, from: 0 });
        Self { tab, at: last.at.min(axis.peaks()), from: last.from.min(axis.peaks()) }
    }

    fn store(self, ui: &Ui, response: &Response) {
        ui.data_mut(|data| data.insert_temp(response.id, self));
    }

    fn range(self) -> ClipRange {
        ClipRange(self.at.min(self.from)..self.at.max(self.from))
    }
}

/// Whether there is a recording, and none is being made.
pub fn can_be_used(link: Link, view: &View) -> bool {
    !link.is_recording() && !view.project.clips(link.params.record.to()).is_empty()
}

/// Moves the cursor as the keyboard or a screen reader asks.
pub fn follow(ui: &Ui, response: &Response, axis: &Axis, tab: Tab, view: &mut View) {
    if axis.peaks() == 0 {
        return;
    }
    let mut cursor = Cursor::load(ui, response, axis, tab);
    match &view.selection {
        // The pointer has selected it.
        Some(Selection { range: ClipRange(range), .. }) if cursor.range().0 != *range => {
            cursor = Cursor { tab, at: range.end, from: range.start };
        }
        Some(_) => {}
        // It may have been deleted: the cursor is where it was.
        None => cursor.at = cursor.range().0.start,
    }
    if view.selection.is_none() {
        cursor.from = cursor.at;
    }
    let mut moved = requested(ui, response, axis, cursor.at).map(|to| (to, false));
    if response.has_focus() {
        // Otherwise the arrow keys would move the focus.
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        moved = moved.or(pressed(ui, axis, cursor.at));
        if ui.input(|input| input.modifiers.command && input.key_pressed(Key::A)) {
            cursor.from = 0;
            moved = Some((axis.peaks(), true));
        }
    }
    if let Some((at, selects)) = moved {
        cursor = Cursor { tab, at, from: if selects { cursor.from } else { at } };
        let range = cursor.range();
        let clips = view.project.clips(tab).to_vec();
        view.selection = (!range.0.is_empty()).then_some(Selection { tab, clips, range });
        // The zoomed window may not show all of the waveform.
        ui.scroll_to_rect(
            Rect::from_x_y_ranges(axis.x_of(at)..=axis.x_of(at), axis.rect.y_range()),
            None,
        );
    }
    cursor.store(ui, response);
}

/// Where a number of steps from a peak leads. Steps end at multiples of their length, or as many
/// of them could differ from their sum.
fn stepped(axis: &Axis, from: usize, steps: f64) -> usize {
    let time_s = ((axis.time_s(from) / STEP_S).round() + steps) * STEP_S;
    let to = axis.peak_at_s(time_s.max(0.0)).round() as usize;
    // At least one peak.
    if steps < 0.0 { to.min(from.saturating_sub(1)) } else { to.max(from + 1).min(axis.peaks()) }
}

/// Where the keys that are pressed move a cursor at peak `from`, and whether they select.
fn pressed(ui: &Ui, axis: &Axis, from: usize) -> Option<(usize, bool)> {
    ui.input(|input| {
        let presses = |key| input.num_presses(key) as f64;
        let steps = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
        let to = if steps != 0.0 {
            stepped(axis, from, if input.modifiers.command { steps * LONG_STEP } else { steps })
        } else if input.key_pressed(Key::Home) {
            0
        } else if input.key_pressed(Key::End) {
            axis.peaks()
        } else {
            return None;
        };
        Some((to, input.modifiers.shift))
    })
}

/// Where a screen reader moves a cursor at peak `from`.
fn requested(ui: &Ui, response: &Response, axis: &Axis, from: usize) -> Option<usize> {
    if let Some(time_s) = requests::number(ui, response.id) {
        return Some(axis.peak_at_s(time_s.max(0.0)).round() as usize);
    }
    let steps = requests::steps(ui, response.id);
    (steps != 0.0).then(|| stepped(axis, from, f64::from(steps)))
}

/// Draws the cursor and its time while the waveform has the keyboard.
pub fn draw(ui: &Ui, response: &Response, axis: &Axis, tab: Tab) {
    if !response.has_focus() {
        return;
    }
    let colors = theme::colors(ui);
    let painter = ui.painter();
    let ring = Stroke::new(2.0, colors.action);
    painter.rect_stroke(axis.rect, 4, ring, StrokeKind::Inside);
    if axis.peaks() == 0 {
        return;
    }
    let at = Cursor::load(ui, response, axis, tab).at;
    let x = axis.x_of(at);
    let line = [pos2(x, axis.rect.top()), pos2(x, axis.rect.bottom())];
    painter.line_segment(line, Stroke::new(2.0, colors.text));
    let place = pos2(x, axis.rect.bottom());
    readout::show(painter, axis.rect, place, seconds_text(axis.time_s(at)), &colors);
}

/// Describes the picture to screen readers: the cursor's time, and the range that is selected or
/// else the `hint`. Not all systems pass on the text of a value, so the unit is in the name.
pub fn describe(ui: &Ui, response: &Response, axis: &Axis, link: Link, view: &View, hint: &str) {
    let name = match view.clip_spectrograms.are_shown {
        true => "Spectrogram of the recording",
        false => "Waveform of the recording",
    };
    if !can_be_used(link, view) {
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
        return;
    }
    let tenths = |peak: usize| (axis.time_s(peak) * 10.0).round() / 10.0;
    let at_s = tenths(Cursor::load(ui, response, axis, link.params.record.to()).at);
    response.widget_info(|| WidgetInfo::slider(true, at_s, format!("{name}, cursor in s")));
    let selected = view.selection.as_ref().map(|Selection { range: ClipRange(range), .. }| {
        let [from, to] = [range.start, range.end].map(|peak| seconds_text(axis.time_s(peak)));
        format!("Selected from {from} to {to}")
    });
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(seconds_text(at_s));
        node.set_description(selected.as_deref().unwrap_or(hint));
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(tenths(axis.peaks()));
        requests::allow(node);
    });
}
