//! The running spectrograms of the input and the output, with each source's part in its
//! colour.

use egui::{
    Align2, Color32, ColorImage, FontId, Pos2, Rect, Sense, Stroke, TextureHandle, TextureOptions,
    Ui, pos2, vec2,
};

use super::spectrogram_history::{COLUMNS, Picture, ROWS, STEP_S, SpectrogramHistory};
use super::theme;
use super::widgets::{axes, pitch, readout};

/// Space for the frequency and time labels.
const LEFT: f32 = 46.0;
const BOTTOM: f32 = 16.0;

/// Height of a label.
const LABEL: f32 = 13.0;

/// Height from which both pictures are shown.
const MIN_FOR_BOTH: f32 = 150.0;

/// Textures of the two pictures.
#[derive(Default)]
pub struct Spectrograms {
    input: Option<TextureHandle>,
    output: Option<TextureHandle>,
    /// Number of columns drawn into the textures.
    drawn: u64,
    /// The background where nothing sounded.
    silence: Color32,
}

/// Whether the output shows separated instruments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separated {
    NothingLearned,
    /// Something is learned, but not yet what else there is in the song.
    NotYet,
    Yes,
}

impl Spectrograms {
    /// Draws both pictures; only the input until something is learned, only the output if
    /// there is no room for both. The pointer shows the name of what is strongest there: colours
    /// alone do not tell all sources apart.
    pub fn show(&mut self, ui: &mut Ui, history: &SpectrogramHistory, separated: Separated) {
        let colors = theme::colors(ui);
        self.upload(ui.ctx(), history);
        let (Some(input), Some(output)) = (&self.input, &self.output) else { return };
        let room = ui.available_size();
        // Two that are too low to read are worth less than one.
        let learned = separated != Separated::NothingLearned;
        let both = learned && room.y >= MIN_FOR_BOTH;
        let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
        let gap = 6.0;
        let room = rect.height() - BOTTOM;
        let height = if both { (room - gap) / 2.0 } else { room };
        let top = Rect::from_min_size(
            rect.min + vec2(LEFT, 0.0),
            vec2(rect.width() - LEFT, height.max(10.0)),
        );
        let bottom = if both { top.translate(vec2(0.0, height + gap)) } else { top };
        let title =
            if separated == Separated::NotYet { "Output, not separated yet" } else { "Output" };
        let below = (bottom, output, title);
        let shown = if both {
            vec![(top, input, "Input"), below]
        } else if learned {
            vec![below]
        } else {
            vec![(top, input, "Input")]
        };
        for (place, texture, title) in shown {
            picture(ui, place, texture, history.position);
            frequencies(ui, place);
            let corner = place.left_top() + vec2(8.0, 5.0);
            readout::caption(ui.painter(), corner, Align2::LEFT_TOP, title.to_string(), &colors);
        }
        if history.position == 0 {
            ui.painter().text(
                top.center(),
                Align2::CENTER_CENTER,
                "The spectrogram of the input is shown here",
                FontId::proportional(14.0),
                colors.dim,
            );
        }
        times(ui, bottom);
        if let Some(pointer) = response.hover_pos() {
            let place = if bottom.contains(pointer) { bottom } else { top };
            if place.contains(pointer) {
                let is_input = !learned || (both && place == top);
                let picture = if is_input { Picture::Input } else { Picture::Output };
                let at = (pointer - place.left_bottom()) / place.size();
                cursor(ui, place, pointer, history.strongest(picture, at.x, -at.y));
            }
        }
    }

    fn upload(&mut self, ctx: &egui::Context, history: &SpectrogramHistory) {
        let silence = history.silence();
        let fresh = || {
            let image = ColorImage::filled([COLUMNS, ROWS], silence);
            Some(ctx.load_texture("spectrogram", image, TextureOptions::LINEAR))
        };
        if self.input.is_none() || self.silence != history.silence() {
            self.silence = history.silence();
            (self.input, self.output) = (fresh(), fresh());
            self.drawn = 0;
        }
        let first = self.drawn.max(history.position.saturating_sub(COLUMNS as u64));
        let mut column = first as usize;
        let end = history.position as usize;
        while column < end {
            // As many at once as are adjacent.
            let x = column % COLUMNS;
            let count = (end - column).min(COLUMNS - x);
            for (texture, pixels) in
                [(&mut self.input, &history.input), (&mut self.output, &history.output)]
            {
                let mut image = ColorImage::filled([count, ROWS], silence);
                for i in 0..count {
                    for row in 0..ROWS {
                        image.pixels[row * count + i] = pixels[(x + i) * ROWS + row];
                    }
                }
                if let Some(texture) = texture {
                    texture.set_partial([x, 0], image, TextureOptions::LINEAR);
                }
            }
            column += count;
        }
        self.drawn = history.position;
    }
}

/// Draws the ring of columns, with the newest at the right edge.
fn picture(ui: &Ui, rect: Rect, texture: &TextureHandle, position: u64) {
    let painter = ui.painter_at(rect);
    let split = (position as usize % COLUMNS) as f32 / COLUMNS as f32;
    let seam = rect.right() - rect.width() * split;
    let older = Rect::from_min_max(rect.min, pos2(seam, rect.bottom()));
    let newer = Rect::from_min_max(pos2(seam, rect.top()), rect.max);
    // Half a pixel in, so that the ring's ends do not blend.
    let margin = 0.5 / COLUMNS as f32;
    let uv = |from: f32, to: f32| {
        Rect::from_min_max(pos2(from + margin, 0.0), pos2((to - margin).max(from + margin), 1.0))
    };
    painter.image(texture.id(), older, uv(split, 1.0), Color32::WHITE);
    if split > 0.0 {
        painter.image(texture.id(), newer, uv(0.0, split), Color32::WHITE);
    }
}

/// The frequency labels that fit; the topmost with its unit.
fn frequencies(ui: &Ui, rect: Rect) {
    let colors = theme::colors(ui);
    let painter = ui.painter();
    let mut labels: Vec<(f32, &str, &str)> = Vec::new();
    for (hz, short, long) in axes::MARKS {
        let y = rect.bottom() - rect.height() * axes::position(hz);
        painter.hline(rect.x_range(), y, Stroke::new(1.0, colors.text.gamma_multiply(0.06)));
        if labels.last().is_none_or(|(last, ..)| last - y > LABEL) {
            labels.push((y, short, long));
        }
    }
    let top = labels.len() - 1;
    for (i, (y, short, long)) in labels.into_iter().enumerate() {
        let place = pos2(rect.left() - 5.0, y);
        let words = if i == top { long } else { short };
        painter.text(place, Align2::RIGHT_CENTER, words, FontId::proportional(11.0), colors.dim);
    }
}

fn times(ui: &Ui, rect: Rect) {
    let colors = theme::colors(ui);
    let total_s = COLUMNS as f32 * STEP_S;
    for ago_s in (0..total_s as usize).step_by(2) {
        let x = rect.right() - rect.width() * ago_s as f32 / total_s;
        let label = if ago_s == 0 { "now".to_string() } else { format!("−{ago_s} s") };
        let anchor = if ago_s == 0 { Align2::RIGHT_TOP } else { Align2::CENTER_TOP };
        let place = pos2(x, rect.bottom() + 2.0);
        ui.painter().text(place, anchor, label, FontId::proportional(11.0), colors.dim);
    }
}

/// Shows the frequency, the time and the strongest source under the pointer.
fn cursor(ui: &Ui, rect: Rect, pointer: Pos2, strongest: Option<&str>) {
    let hz = axes::frequency_hz((rect.bottom() - pointer.y) / rect.height());
    let ago_s = (rect.right() - pointer.x) / rect.width() * COLUMNS as f32 * STEP_S;
    let painter = ui.painter();
    let colors = theme::colors(ui);
    let stroke = Stroke::new(1.0, colors.dim);
    painter.line_segment([pos2(rect.left(), pointer.y), pos2(rect.right(), pointer.y)], stroke);
    let mut text = format!("{}   {hz:.0} Hz   {ago_s:.1} s ago", pitch::name(hz));
    text.extend(strongest.map(|name| format!("   mostly {name}")));
    readout::show(painter, rect, pointer, text, &colors);
}
