//! Draws clips as waveforms, one after another.

use egui::{Color32, Stroke, Ui, pos2};

use super::axis::Axis;
use crate::plugin::editor::theme;

/// Draws the peaks of all pieces of an axis.
pub fn draw(ui: &Ui, axis: &Axis, pieces: &[&[f32]], color: Color32) {
    let rect = axis.rect;
    let painter = ui.painter_at(rect);
    let columns = rect.width().max(1.0) as usize;
    let loudest = pieces.iter().flat_map(|p| p.iter()).fold(0.05f32, |peak, x| peak.max(*x));
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
    for (column, peaks) in axis.columns(columns).enumerate() {
        let peak = peaks.map(at).fold(0.0f32, f32::max) / loudest;
        let x = rect.left() + column as f32 + 0.5;
        let half = (peak * rect.height() * 0.46).max(0.5);
        let y = rect.center().y;
        painter.line_segment([pos2(x, y - half), pos2(x, y + half)], Stroke::new(1.0, color));
    }
    // Lines between one clip and the next.
    let mut before = 0;
    for piece in pieces.iter().take(pieces.len().saturating_sub(1)) {
        before += piece.len();
        let x = axis.x_of(before);
        let line = [pos2(x, rect.top()), pos2(x, rect.bottom())];
        painter.line_segment(line, Stroke::new(1.0, theme::colors(ui).dim));
    }
}
