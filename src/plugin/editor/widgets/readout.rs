//! Text on a picture: the value under the pointer, or a caption.

use egui::{Align2, FontId, Painter, Pos2, Rect, Vec2, pos2, vec2};

use crate::plugin::editor::theme::Colors;

/// Draws text next to the pointer, within `rect` if it fits.
pub fn show(painter: &Painter, rect: Rect, pointer: Pos2, words: String, colors: &Colors) {
    let font = FontId::proportional(13.0);
    let galley = painter.layout_no_wrap(words, font, colors.text);
    let left = pointer.x + 12.0 + galley.size().x > rect.right();
    let x = if left { pointer.x - 12.0 - galley.size().x } else { pointer.x + 12.0 };
    let y = (pointer.y - 22.0).max(rect.top() + 2.0);
    let ground = Rect::from_min_size(pos2(x, y), galley.size()).expand(4.0);
    painter.rect_filled(ground, 3, colors.panel);
    painter.galley(pos2(x, y), galley, colors.text);
}

/// Draws text anchored to a place.
pub fn caption(painter: &Painter, place: Pos2, anchor: Align2, words: String, colors: &Colors) {
    let galley = painter.layout_no_wrap(words, FontId::proportional(13.0), colors.text);
    let rect = anchor.anchor_size(place, galley.size());
    let around: Vec2 = vec2(4.0, 1.0);
    painter.rect_filled(rect.expand2(around), 3, colors.shade());
    painter.galley(rect.min, galley, colors.text);
}
