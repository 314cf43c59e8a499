//! Marks on the waveform of the whole song where instruments are silent.

use egui::{Align2, FontId, Rect, Ui, pos2, vec2};

use super::axis::Axis;
use crate::plugin::editor::theme;
use crate::plugin::editor::widgets::elide::elided;
use crate::plugin::editor::widgets::readout;
use crate::plugin::project::Project;
use crate::plugin::project::envelope::STEP;

/// Height of an instrument's line, and the most that are drawn.
const LINE: f32 = 3.0;
const MAX_LINES: usize = 4;

/// Narrower passages have lines, but no words.
const MIN_WORDS: f32 = 60.0;

/// Draws a line in the colour of each instrument that is silent in a passage, and its name.
pub fn draw(ui: &Ui, axis: &Axis, project: &Project) {
    let colors = theme::colors(ui);
    let painter = ui.painter_at(axis.rect);
    for Passage { peaks, silent } in passages(project) {
        let (left, right) = (axis.x_of(peaks.start), axis.x_of(peaks.end));
        for (line, place) in silent.iter().take(MAX_LINES).enumerate() {
            let color = theme::source_color(&project.instruments[*place].color);
            let bottom = axis.rect.bottom() - line as f32 * (LINE + 1.0);
            let bar = Rect::from_min_max(pos2(left, bottom - LINE), pos2(right, bottom));
            painter.rect_filled(bar, 0, theme::ink(color, colors.well));
        }
        let width = right - left - 8.0;
        if width >= MIN_WORDS {
            let lines = silent.len().min(MAX_LINES) as f32 * (LINE + 1.0);
            let place = pos2(left, axis.rect.bottom() - lines) + vec2(6.0, -1.0);
            let words = elided(ui, &words(project, silent), &FontId::proportional(13.0), width);
            readout::caption(&painter, place, Align2::LEFT_BOTTOM, words, &colors);
        }
    }
}

/// A passage of the song in which the same instruments are silent.
struct Passage<'a> {
    peaks: std::ops::Range<usize>,
    silent: &'a [usize],
}

/// Those in which any is, with neighbouring clips as one.
fn passages(project: &Project) -> Vec<Passage<'_>> {
    let mut all: Vec<Passage> = Vec::new();
    let mut first = 0;
    for clip in &project.mixture {
        let peaks = first..first + clip.samples() / STEP;
        first = peaks.end;
        match all.last_mut() {
            Some(last) if last.peaks.end == peaks.start && last.silent == clip.silent() => {
                last.peaks.end = peaks.end;
            }
            _ if clip.silent().is_empty() => {}
            _ => all.push(Passage { peaks, silent: clip.silent() }),
        }
    }
    all
}

fn words(project: &Project, silent: &[usize]) -> String {
    let names: Vec<&str> =
        silent.iter().map(|place| project.instruments[*place].name.as_str()).collect();
    format!("silent: {}", names.join(", "))
}
