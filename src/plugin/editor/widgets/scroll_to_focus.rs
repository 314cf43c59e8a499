//! Scrolls to the control that the keyboard has moved to.

use egui::{Id, Ui};

/// Called at the end of a scroll area's contents: scrolls to the control that has just got the
/// keyboard, if it is one of them and not fully visible.
pub fn scroll_to_focus(ui: &Ui) {
    let last_id = ui.scope_id().with("focused in the last frame");
    let last: Option<Id> = ui.data(|data| data.get_temp(last_id)).flatten();
    let now = ui.memory(|memory| memory.focused());
    ui.data_mut(|data| data.insert_temp(last_id, now));
    let Some(control) = now.filter(|_| now != last).and_then(|id| ui.ctx().read_response(id))
    else {
        return;
    };
    // Without the contents that are hidden, other controls may be where those would be.
    let is_hidden = !control.interact_rect.contains_rect(control.rect);
    if is_hidden && ui.min_rect().contains(control.rect.center()) {
        ui.scroll_to_rect(control.rect, None);
    }
}
