//! Scrolls to the control that the keyboard has moved to.

use egui::Ui;

use crate::plugin::editor::focus;

/// Called at the end of a scroll area's contents: scrolls to the control that has just got the
/// keyboard, if it is one of them and not fully visible.
pub fn scroll_to_focus(ui: &Ui) {
    let moved_to = focus::moved_to(ui.ctx());
    let Some(control) = moved_to.and_then(|id| ui.ctx().read_response(id)) else { return };
    // Hidden contents have their places in the window, too, where other controls may be seen.
    let is_hidden = !control.interact_rect.contains_rect(control.rect);
    let is_of_these = control.layer_id == ui.layer_id();
    if is_hidden && is_of_these && ui.min_rect().contains(control.rect.center()) {
        ui.scroll_to_rect(control.rect, None);
    }
}
