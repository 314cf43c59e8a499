//! Level meters.

use egui::{Color32, Rect, Ui, pos2};

use crate::plugin::editor::theme;

/// The lowest level that a meter shows, in dB.
pub const MIN_DB: f32 = -60.0;

/// The position of a linear level on a meter, 0 to 1.
pub fn height(level: f32) -> f32 {
    let db = 20.0 * level.max(1e-6).log10();
    ((db - MIN_DB) / -MIN_DB).clamp(0.0, 1.0)
}

/// A bar from the left.
pub fn horizontal(ui: &Ui, rect: Rect, level: f32, color: Color32) {
    let (painter, colors) = (ui.painter(), theme::colors(ui));
    painter.rect_filled(rect, 2, colors.well);
    let mut bar = rect;
    bar.set_width(rect.width() * height(level));
    let ink = theme::ink(color, colors.well);
    painter.rect_filled(bar, 2, if level >= 1.0 { colors.record } else { ink });
}

/// A bar from the bottom.
pub fn vertical(ui: &Ui, rect: Rect, level: f32, color: Color32) {
    let (painter, colors) = (ui.painter(), theme::colors(ui));
    painter.rect_filled(rect, 2, colors.well);
    let top = rect.bottom() - rect.height() * height(level);
    let bar = Rect::from_min_max(pos2(rect.left(), top), rect.max);
    painter.rect_filled(bar, 2, theme::ink(color, colors.well));
}
