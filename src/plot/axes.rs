//! Everything around the data: ticks, labels, titles and the colour bar.

use super::canvas::{Align, Area, Canvas, text_width};
use super::color::{INK, LINE, magma};
use super::scale::Tick;

/// Text heights.
pub(super) const TITLE: usize = 30;
pub(super) const AXIS: usize = 25;
pub(super) const TICK: usize = 22;

const TICK_LENGTH: usize = 7;
const SMALL_TICK_LENGTH: usize = 4;
const TICK_GAP: usize = 6;

/// Space for ticks and the axis label below an area.
pub(super) const BELOW: usize = 76;

/// Draws ticks under an area and, if given, the label of the axis. Tick labels that would
/// touch are left out.
pub(super) fn bottom(canvas: &mut Canvas, area: Area, ticks: &[Tick], label: Option<&str>) {
    let y = area.bottom() + 1;
    let mut free_from = 0;
    for (place, text) in ticks {
        let x = area.x + (place * area.width as f64).round() as usize;
        let height = if text.is_empty() { SMALL_TICK_LENGTH } else { TICK_LENGTH };
        canvas.fill(Area { x: x.min(area.right()), y, width: 1, height }, LINE);
        let half = text_width(text, TICK) / 2;
        if !text.is_empty() && x >= free_from + half {
            let at = (x, y + TICK_LENGTH + TICK_GAP + TICK / 2);
            canvas.text(text, at, TICK, INK, Align::Center);
            free_from = x + half + TICK / 2;
        }
    }
    if let Some(label) = label {
        let at = (area.x + area.width / 2, y + BELOW - AXIS / 2 - 2);
        canvas.text(label, at, AXIS, INK, Align::Center);
    }
}

/// Draws ticks left of an area and returns how far they reach. Tick labels that would touch
/// are left out.
pub(super) fn left(canvas: &mut Canvas, area: Area, ticks: &[Tick], size: usize) -> usize {
    let mut last: Option<usize> = None;
    let mut widest = 0;
    for (place, text) in ticks {
        let y = area.bottom() - (place * area.height as f64).round() as usize;
        let width = if text.is_empty() { SMALL_TICK_LENGTH } else { TICK_LENGTH };
        canvas.fill(Area { x: area.x - 1 - width, y: y.max(area.y), width, height: 1 }, LINE);
        if !text.is_empty() && last.is_none_or(|last| last.abs_diff(y) >= size) {
            let at = (area.x - 1 - TICK_LENGTH - TICK_GAP, y);
            canvas.text(text, at, size, INK, Align::Right);
            last = Some(y);
            widest = widest.max(text_width(text, size));
        }
    }
    1 + TICK_LENGTH + TICK_GAP + widest
}

/// Draws a label left of an area, reading upwards, `reach` pixels away from it.
pub(super) fn left_label(canvas: &mut Canvas, area: Area, reach: usize, label: &str) {
    let at = (area.x.saturating_sub(reach + AXIS), area.y + area.height / 2);
    canvas.text(label, at, AXIS, INK, Align::Upwards);
}

/// Draws the colours of levels in dB.
pub(super) fn color_bar(canvas: &mut Canvas, area: Area, ticks: &[Tick]) {
    let rows = (area.height * super::canvas::OVERSAMPLE) as f32;
    canvas.paint(area, |_, row| Some(magma(1.0 - (row as f32 + 0.5) / rows)));
    canvas.frame(area, LINE);
    for (place, text) in ticks {
        let y = area.bottom() - (place * area.height as f64).round() as usize;
        let x = area.right() + 1;
        canvas.fill(Area { x, y: y.max(area.y), width: TICK_LENGTH, height: 1 }, LINE);
        canvas.text(text, (x + TICK_LENGTH + TICK_GAP, y), TICK, INK, Align::Left);
    }
    let at = (area.x + area.width / 2, area.y.saturating_sub(TICK));
    canvas.text("dB", at, TICK, INK, Align::Center);
}
