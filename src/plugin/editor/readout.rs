//! What is under the pointer, in words beside it.

use egui::{Color32, FontId, Painter, Pos2, Rect, pos2};

/// Beside the pointer where there is room for it within `rect`.
pub fn show(painter: &Painter, rect: Rect, pointer: Pos2, words: String) {
    let font = FontId::proportional(13.0);
    let galley = painter.layout_no_wrap(words, font, Color32::WHITE);
    let left = pointer.x + 12.0 + galley.size().x > rect.right();
    let x = if left { pointer.x - 12.0 - galley.size().x } else { pointer.x + 12.0 };
    let y = (pointer.y - 22.0).max(rect.top() + 2.0);
    let ground = Rect::from_min_size(pos2(x, y), galley.size()).expand(4.0);
    painter.rect_filled(ground, 3, Color32::from_black_alpha(220));
    painter.galley(pos2(x, y), galley, Color32::WHITE);
}
