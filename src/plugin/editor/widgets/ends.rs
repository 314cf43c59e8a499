//! A row with widgets at both ends.

use egui::{Align, AsIdSalt, Layout, Rect, Ui, UiBuilder, pos2};

/// Draws `left`, in the width that `right` leaves, and `right` at the end of the row. Both add
/// their widgets from left to right: Tab and screen readers follow the order in which widgets are
/// added, which in a right-to-left layout would be the reverse of what is seen.
///
/// `salt`: unlike that of other such rows in the same part of the window.
pub fn show(
    ui: &mut Ui,
    salt: impl AsIdSalt,
    left: impl FnOnce(&mut Ui),
    right: impl FnOnce(&mut Ui),
) {
    ui.horizontal(|ui| {
        let id = ui.make_persistent_id(salt);
        // As it was before: it is known only once it is drawn.
        let known: Option<f32> = ui.data(|data| data.get_temp(id));
        let gap = ui.spacing().item_spacing.x;
        let row = ui.available_rect_before_wrap();
        let start = (row.right() - known.unwrap_or_default()).max(row.left());
        let end = (start - gap).max(row.left());
        let layout = Layout::left_to_right(Align::Center);
        let at = |rect| UiBuilder::new().max_rect(rect).layout(layout);
        ui.scope_builder(at(Rect::from_min_max(row.min, pos2(end, row.bottom()))), left);
        let place = at(Rect::from_min_max(pos2(start, row.top()), row.max));
        let place = if known.is_some() { place } else { place.invisible() };
        let width = ui.scope_builder(place, right).response.rect.width();
        if known != Some(width) {
            ui.data_mut(|data| data.insert_temp(id, width));
            ui.ctx().request_discard("the width of a row's right end");
        }
    });
}
