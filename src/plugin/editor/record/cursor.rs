//! The cursor on the waveform, by which the keyboard selects a range, as in texts: arrow keys, Home
//! and End move it; with Shift they select.

use egui::{EventFilter, Key, Response, Role, Stroke, StrokeKind, Ui, WidgetInfo, pos2};

use super::axis::Axis;
use super::selection::Selection;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::view::{Tab, View};
use crate::plugin::editor::widgets::readout;
use crate::plugin::project::clip::seconds_text;
use crate::plugin::project::clip_range::ClipRange;

/// How far the arrow keys move the cursor, alone and with Ctrl.
const STEP_S: f64 = 0.1;
const LONG_STEP_S: f64 = 1.0;

/// Where the cursor is, and where the range that it selects begins, in peaks.
#[derive(Clone, Copy, Default)]
struct Cursor {
    at: usize,
    from: usize,
}

impl Cursor {
    /// It may have been left on a longer recording.
    fn load(ui: &Ui, response: &Response, axis: &Axis) -> Self {
        let last: Self = ui.data(|data| data.get_temp(response.id)).unwrap_or_default();
        Self { at: last.at.min(axis.peaks()), from: last.from.min(axis.peaks()) }
    }

    fn store(self, ui: &Ui, response: &Response) {
        ui.data_mut(|data| data.insert_temp(response.id, self));
    }

    fn range(self) -> ClipRange {
        ClipRange(self.at.min(self.from)..self.at.max(self.from))
    }
}

/// Whether there is a recording, and no other one under way.
pub fn can_be_used(link: Link, view: &View) -> bool {
    !link.is_recording() && !view.project.clips(link.params.record.to()).is_empty()
}

/// Moves the cursor by the keys that are pressed while the waveform has the keyboard.
pub fn follow_keys(ui: &Ui, response: &Response, axis: &Axis, tab: Tab, view: &mut View) {
    if !response.has_focus() || axis.peaks() == 0 {
        return;
    }
    // Otherwise the arrow keys would move the focus.
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let mut cursor = Cursor::load(ui, response, axis);
    match &view.selection {
        // The pointer has selected it.
        Some(Selection { range: ClipRange(range), .. }) if cursor.range().0 != *range => {
            cursor = Cursor { at: range.end, from: range.start };
        }
        Some(_) => {}
        None => cursor.from = cursor.at,
    }
    let all = ui.input(|input| input.modifiers.command && input.key_pressed(Key::A));
    if all {
        cursor = Cursor { at: axis.peaks(), from: 0 };
    }
    let moved = pressed(ui, axis, cursor.at);
    if let Some((at, selects)) = moved {
        cursor = Cursor { at, from: if selects { cursor.from } else { at } };
    }
    cursor.store(ui, response);
    if all || moved.is_some() {
        let range = cursor.range();
        let clips = view.project.clips(tab).to_vec();
        view.selection = (!range.0.is_empty()).then_some(Selection { tab, clips, range });
    }
}

/// Where the key that is pressed moves a cursor at peak `from`, and whether it selects.
fn pressed(ui: &Ui, axis: &Axis, from: usize) -> Option<(usize, bool)> {
    ui.input(|input| {
        let step_s = if input.modifiers.command { LONG_STEP_S } else { STEP_S };
        let after = |step_s: f64| axis.peak_at_s((axis.time_s(from) + step_s).max(0.0)).round();
        let to = if input.key_pressed(Key::ArrowLeft) {
            (after(-step_s) as usize).min(from.saturating_sub(1))
        } else if input.key_pressed(Key::ArrowRight) {
            (after(step_s) as usize).max(from + 1).min(axis.peaks())
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

/// Draws the cursor and its time while the waveform has the keyboard.
pub fn draw(ui: &Ui, response: &Response, axis: &Axis) {
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
    let at = Cursor::load(ui, response, axis).at;
    let x = axis.x_of(at);
    let line = [pos2(x, axis.rect.top()), pos2(x, axis.rect.bottom())];
    painter.line_segment(line, Stroke::new(2.0, colors.text));
    let place = pos2(x, axis.rect.bottom());
    readout::show(painter, axis.rect, place, seconds_text(axis.time_s(at)), &colors);
}

/// Describes the picture to screen readers: the cursor's time and the range that is selected.
pub fn describe(ui: &Ui, response: &Response, axis: &Axis, link: Link, view: &View) {
    let name = match view.clip_spectrograms.are_shown {
        true => "Spectrogram of the recording",
        false => "Waveform of the recording",
    };
    if !can_be_used(link, view) {
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
        return;
    }
    let at_s = axis.time_s(Cursor::load(ui, response, axis).at);
    response.widget_info(|| WidgetInfo::slider(true, at_s, name));
    let selected = view.selection.as_ref().map(|Selection { range: ClipRange(range), .. }| {
        let [from, to] = [range.start, range.end].map(|peak| seconds_text(axis.time_s(peak)));
        format!(", selected from {from} to {to}")
    });
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(seconds_text(at_s) + &selected.unwrap_or_default());
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(axis.time_s(axis.peaks()));
    });
}
