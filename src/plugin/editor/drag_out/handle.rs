//! The handle that the user drags: rows of dots, as wide as a letter.

use egui::{CursorIcon, Rect, Sense, Ui, Vec2, WidgetInfo, vec2};

use super::Drag;
use super::content::{Content, Kind};
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;
use crate::plugin::editor::view::{UsedStrip, View};

/// Whether files can be dragged out on this system.
const IS_POSSIBLE: bool = cfg!(any(target_os = "linux", windows));

/// Width of the handle.
pub const WIDTH: f32 = 14.0;

/// Between two dots, and their size.
const DOTS: Vec2 = vec2(5.0, 5.0);
const DOT: f32 = 1.4;

/// The handle of the selected tab's recordings, or of the range that is selected in them. Takes no
/// room if there are none.
pub fn recording(ui: &mut Ui, link: Link, view: &mut View) {
    let tab = link.params.record.to();
    let clips = view.project.clips(tab);
    if !IS_POSSIBLE || clips.is_empty() || link.is_recording() {
        return;
    }
    let clips = clips.to_vec();
    let range = view.selection.as_ref().map(|selection| selection.range.clone());
    let what = match range {
        Some(_) => "the selected range",
        None => "these recordings, one after another",
    };
    let name = view.project.tab_name(tab).to_string();
    let file = if tab.is_some() { name.clone() } else { "Whole song".to_string() };
    // Copies the range, which is too much for every frame.
    let content = || {
        let clips = range.map_or(clips.clone(), |range| range.inside(&clips));
        Content { name: file, kind: Kind::Recording(clips) }
    };
    let label = format!("Drag the recording of {name}");
    let hint = format!("Drag to your host or desktop to get a WAV file of {what}");
    show(ui, link, view, &label, &hint, content);
}

/// The handle of a source's stem. Takes no room if no song was recorded that it could be separated
/// from.
pub fn stem(ui: &mut Ui, link: Link, view: &mut View, used: &UsedStrip) {
    if !has_stem(view) {
        return;
    }
    let project = view.project.clone();
    let content = || {
        let controls = Box::new(link.params.controls());
        let kind = Kind::Stem { project, controls, source: used.source };
        Content { name: format!("{} stem", used.name), kind }
    };
    let label = format!("Drag the stem of {}", used.name);
    let hint = format!(
        "Drag to your host or desktop to get a WAV file of {}, separated from the recorded song",
        used.name
    );
    show(ui, link, view, &label, &hint, content);
}

/// Whether there is a stem to be dragged.
pub fn has_stem(view: &View) -> bool {
    IS_POSSIBLE && view.project.dictionary.is_some() && !view.project.mixture.is_empty()
}

fn show(
    ui: &mut Ui,
    link: Link,
    view: &mut View,
    label: &str,
    hint: &str,
    content: impl FnOnce() -> Content,
) {
    let size = vec2(WIDTH, ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, label));
    draw(ui, rect, &response);
    if response.dragged() {
        ui.set_cursor_icon(match &view.drag {
            Some(drag) if drag.is_writing() => CursorIcon::Progress,
            Some(drag) if drag.is_accepted() => CursorIcon::Copy,
            _ => CursorIcon::Grabbing,
        });
    }
    if response.drag_started() {
        link.hub.status.dismiss_error();
        // Ends an earlier one that still waits for its target.
        view.drag = None;
        view.drag = Some(Drag::start(link.hub.clone(), view.own_window, content()));
    }
    if response.clicked() {
        let how = "drag this to your host or desktop, or export it from the Files menu";
        link.hub.status.note(how);
    }
    response.on_hover_cursor(CursorIcon::Grab).on_hover_text(hint);
}

fn draw(ui: &Ui, rect: Rect, response: &egui::Response) {
    let colors = theme::colors(ui);
    let is_used = response.hovered() || response.dragged() || response.has_focus();
    let color = if is_used { colors.text } else { colors.dim };
    for x in [-0.5, 0.5] {
        for y in [-1.0, 0.0, 1.0] {
            ui.painter().circle_filled(rect.center() + DOTS * vec2(x, y), DOT, color);
        }
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.5, colors.action);
        ui.painter().rect_stroke(rect, 3, stroke, egui::StrokeKind::Inside);
    }
}
