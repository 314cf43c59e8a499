//! Draws clips as waveforms, one after another.

use egui::{Color32, Rect, Stroke, Ui, pos2};

use crate::plugin::editor::theme;

/// Draws peaks on a time axis that is `length` peaks long.
pub fn draw(ui: &Ui, rect: Rect, pieces: &[&[f32]], length: usize, color: Color32) {
    let painter = ui.painter_at(rect);
    let columns = rect.width().max(1.0) as usize;
    let total: usize = pieces.iter().map(|piece| piece.len()).sum();
    let loudest = pieces.iter().flat_map(|p| p.iter()).fold(0.05f32, |peak, x| peak.max(*x));
    let per_column = (length.max(1) as f32 / columns as f32).max(f32::MIN_POSITIVE);
    let at = |i: usize| {
        let mut i = i;
        for piece in pieces {
            if let Some(x) = piece.get(i) {
                return *x;
            }
            i -= piece.len();
        }
        0.0
    };
    for column in 0..columns {
        let from = (column as f32 * per_column) as usize;
        let to = (((column + 1) as f32 * per_column) as usize).max(from + 1).min(total);
        if from >= total {
            break;
        }
        let peak = (from..to).map(at).fold(0.0f32, f32::max) / loudest;
        let x = rect.left() + column as f32 + 0.5;
        let half = (peak * rect.height() * 0.46).max(0.5);
        let y = rect.center().y;
        painter.line_segment([pos2(x, y - half), pos2(x, y + half)], Stroke::new(1.0, color));
    }
    // Lines between one clip and the next.
    let mut before = 0;
    for piece in pieces.iter().take(pieces.len().saturating_sub(1)) {
        before += piece.len();
        let x = rect.left() + before as f32 / per_column;
        let line = [pos2(x, rect.top()), pos2(x, rect.bottom())];
        painter.line_segment(line, Stroke::new(1.0, theme::colors(ui).dim));
    }
}
