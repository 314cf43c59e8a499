//! The range that is selected on the waveform, and what can be done with it.

use std::sync::Arc;

use egui::{CursorIcon, PointerButton, Rect, Response, Stroke, Ui, pos2};

use super::axis::Axis;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::view::{Tab, View};
use crate::plugin::project::clip::{Clip, seconds_text};
use crate::plugin::project::clip_range::ClipRange;

/// A drag shorter than this many points is a click, which selects nothing.
const MIN_DRAG: f32 = 3.0;

/// A range of a tab's clips.
pub struct Selection {
    pub tab: Tab,
    pub clips: Vec<Arc<Clip>>,
    pub range: ClipRange,
}

impl Selection {
    /// Whether the tab still has the clips in which it was selected.
    pub fn is_of(&self, tab: Tab, clips: &[Arc<Clip>]) -> bool {
        let same = |(a, b): (&Arc<Clip>, &Arc<Clip>)| Arc::ptr_eq(a, b);
        self.tab == tab && self.clips.len() == clips.len() && self.clips.iter().zip(clips).all(same)
    }
}

/// Takes in a drag over the waveform.
pub fn select(ui: &Ui, response: &Response, axis: &Axis, tab: Tab, view: &mut View) {
    let start = response.id.with("start of the selection");
    let pointer = response.interact_pointer_pos();
    if response.drag_started()
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        ui.data_mut(|data| data.insert_temp(start, from.x));
    }
    // Not by Enter, which counts as a click, too.
    if response.clicked_by(PointerButton::Primary) {
        view.selection = None;
    }
    if let (true, Some(to)) = (response.dragged(), pointer) {
        let from: f32 = ui.data(|data| data.get_temp(start)).unwrap_or(to.x);
        let (first, last) = (axis.peak_at(from.min(to.x)), axis.peak_at(from.max(to.x)));
        let clips = view.project.clips(tab).to_vec();
        let any = last > first && (to.x - from).abs() >= MIN_DRAG;
        view.selection = any.then_some(Selection { tab, clips, range: ClipRange(first..last) });
    }
    if response.hovered() && axis.peaks() > 0 {
        ui.set_cursor_icon(CursorIcon::Text);
    }
}

/// Marks the selected range.
pub fn draw(ui: &Ui, axis: &Axis, view: &View) {
    let Some(selection) = &view.selection else { return };
    let colors = theme::colors(ui);
    let (from, to) = (axis.x_of(selection.range.0.start), axis.x_of(selection.range.0.end));
    let rect = Rect::from_min_max(pos2(from, axis.rect.top()), pos2(to, axis.rect.bottom()));
    ui.painter().rect_filled(rect, 0, colors.action.gamma_multiply(0.35));
    for x in [from, to] {
        let line = [pos2(x, rect.top()), pos2(x, rect.bottom())];
        ui.painter().line_segment(line, Stroke::new(1.5, colors.action));
    }
}

/// Buttons for the selected range; returns whether there is one.
pub fn actions(ui: &mut Ui, link: Link, view: &mut View) -> bool {
    let Some(selection) = &view.selection else { return false };
    let seconds = seconds_text(selection.range.seconds(&selection.clips));
    let keep = ui.button(format!("Keep only {seconds}"));
    let keep = keep.on_hover_text("Delete everything outside the range. Undo brings it back.");
    let delete = ui.button("Delete this");
    let delete = delete.on_hover_text("Delete the selected range. Undo brings it back.");
    let clips = match (keep.clicked(), delete.clicked()) {
        (true, _) => selection.range.inside(&selection.clips),
        (_, true) => selection.range.outside(&selection.clips),
        _ => return true,
    };
    let Some(selection) = view.selection.take() else { return true };
    let tab = selection.tab;
    let name = view.project.tab_name(tab);
    link.hub.status.dismiss_error();
    link.hub.project.edit_named(format!("editing the recording of {name}"), vec![], |project| {
        // A clip may have arrived meanwhile.
        if selection.is_of(tab, project.clips(tab)) {
            *project.clips_mut(tab) = clips;
        }
    });
    true
}
