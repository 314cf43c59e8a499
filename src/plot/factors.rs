//! Dictionaries: spectra and activations per component, as small multiples.

use std::path::Path;

use ndarray::ArrayView2;

use super::axes::{self, BELOW, TICK, TITLE};
use super::canvas::{Align, Area, Canvas, OVERSAMPLE, fitted, text_width};
use super::color::{GRID, INK, LINE, Rgb, WHITE, mix, parse};
use super::sampler::Sampler;
use super::scale::{LogHz, MAX_TICKS, TICK_PITCH, Tick, db_ticks, level_db, linear_ticks, signed};
use super::{Label, PlotError, Resolution, check, check_bins};

const WIDTH: usize = 1600;
const MARGIN: usize = 26;
const TOP: usize = 66;
/// Space between columns of panels.
const GAP: usize = 26;
/// Approximate total height of all panels, within the limits of each panel's height.
const PANELS_HEIGHT: usize = 860;
const PANEL_HEIGHTS: std::ops::RangeInclusive<usize> = 40..=340;
const PANEL_GAP: usize = 8;
/// Width of the bar in a source's colour.
const STRIPE: usize = 8;
const NAME_WIDTHS: std::ops::RangeInclusive<usize> = 130..=320;
/// Panels lower than this have no ticks on their level axis.
const TICKS_FROM: usize = 96;
const TICKS_WIDTH: usize = 60;
/// Lowest level drawn of a spectrum, relative to its peak.
const FLOOR_DB: f64 = -60.0;

/// Draws the columns of `w`, bins × components, each in dB relative to its own peak over
/// log frequency, with its label and colour.
///
/// # Errors
/// If `w` is empty, has negative or non-finite values, does not have the bins of
/// `resolution` or as many columns as there are labels, or if the file cannot be written.
pub fn components(
    path: &Path,
    title: &str,
    w: ArrayView2<f32>,
    labels: &[Label],
    resolution: Resolution,
) -> Result<(), PlotError> {
    check(w)?;
    check_bins(w, resolution)?;
    let hz = LogHz::new(resolution);
    let curves = |component: usize, width: usize| {
        let column = w.column(component);
        let peak = column.iter().copied().fold(0.0, f32::max);
        let floor_db = FLOOR_DB as f32;
        let levels_db: Vec<f32> = column.iter().map(|x| level_db(*x, peak, floor_db)).collect();
        let position = |x: f64| hz.hz(x / width as f64) / resolution.bin_hz();
        let pixels = Sampler::new(width, w.nrows(), position);
        (0..width).map(|x| 1.0 - pixels.at(x, &levels_db) / floor_db).collect()
    };
    let figure = Figure {
        title,
        note: "dB below each component's peak, panels 60 dB high",
        labels,
        x_ticks: |_| hz.ticks(),
        x_label: "Frequency (Hz)",
        // The lowest tick would touch the highest of the next panel.
        y_ticks: db_ticks(FLOOR_DB, 20).into_iter().filter(|(place, _)| *place > 0.0).collect(),
        ends: None,
    };
    figure.draw(path, w.ncols(), curves)
}

/// Draws the rows of `h`, components × frames, over time, each relative to its own peak.
/// Next to it is that peak relative to the largest of all.
///
/// # Errors
/// Same as [`components`].
pub fn activations(
    path: &Path,
    title: &str,
    h: ArrayView2<f32>,
    labels: &[Label],
    resolution: Resolution,
) -> Result<(), PlotError> {
    check(h)?;
    let peaks: Vec<f32> =
        h.rows().into_iter().map(|row| row.iter().copied().fold(0.0, f32::max)).collect();
    let loudest = peaks.iter().copied().fold(0.0, f32::max);
    let curves = |component: usize, width: usize| {
        let row: Vec<f32> = h.row(component).to_vec();
        let frames_per_pixel = row.len() as f64 / width as f64;
        let pixels = Sampler::new(width, row.len(), |x| x * frames_per_pixel - 0.5);
        let peak = peaks[component].max(f32::MIN_POSITIVE);
        (0..width).map(|x| pixels.at(x, &row) / peak).collect()
    };
    let end = |peak: &f32| match 20.0 * (peak / loudest).log10() {
        level if level.is_finite() => format!("{} dB", signed(level)),
        _ => "silent".to_string(),
    };
    let seconds = resolution.seconds(h.ncols());
    let figure = Figure {
        title,
        note: "each to its own peak; at the right that peak against the largest",
        labels,
        x_ticks: |most| linear_ticks(seconds, most),
        x_label: "Time (s)",
        y_ticks: Vec::new(),
        ends: Some(peaks.iter().map(end).collect()),
    };
    figure.draw(path, h.nrows(), curves)
}

/// Panels in columns, one per component, filled from the top left downwards.
struct Figure<'a, Ticks: Fn(usize) -> Vec<Tick>> {
    title: &'a str,
    note: &'a str,
    labels: &'a [Label],
    /// Called with the number of ticks that fit.
    x_ticks: Ticks,
    x_label: &'a str,
    y_ticks: Vec<Tick>,
    /// Text to the right of each panel.
    ends: Option<Vec<String>>,
}

impl<Ticks: Fn(usize) -> Vec<Tick>> Figure<'_, Ticks> {
    /// `curve` returns a component's heights, 0 to 1, for a width in pixels.
    fn draw(
        &self,
        path: &Path,
        panels: usize,
        curve: impl Fn(usize, usize) -> Vec<f32>,
    ) -> Result<(), PlotError> {
        if self.labels.len() != panels {
            return Err(PlotError::Labels { expected: panels, found: self.labels.len() });
        }
        let colors: Result<Vec<Rgb>, PlotError> =
            self.labels.iter().map(|label| parse(&label.color)).collect();
        let colors = colors?;
        let layout = Layout::new(panels, self);
        let height = TOP + layout.rows * layout.pitch + BELOW + 14;
        let mut canvas = Canvas::new(WIDTH, height);
        self.header(&mut canvas);
        let ticks = (self.x_ticks)((layout.panel_width / TICK_PITCH).clamp(2, MAX_TICKS));
        for (panel, color) in colors.into_iter().enumerate() {
            let area = layout.area(panel);
            grid(&mut canvas, area, &ticks);
            let heights = curve(panel, area.width * OVERSAMPLE);
            fill_curve(&mut canvas, area, &heights, color);
            canvas.fill(Area { y: area.bottom(), height: 1, ..area }, LINE);
            self.margins(&mut canvas, &layout, panel, color);
            if layout.is_last(panel) {
                axes::bottom(&mut canvas, area, &ticks, Some(self.x_label));
            }
        }
        canvas.save(path)
    }

    fn header(&self, canvas: &mut Canvas) {
        let middle = TOP / 2 - 4;
        let right = WIDTH - MARGIN;
        canvas.text(self.note, (right, middle), TICK, LINE, Align::Right);
        let room = right - text_width(self.note, TICK) - 2 * MARGIN;
        let title = fitted(self.title, TITLE, room);
        canvas.text(&title, (MARGIN, middle), TITLE, INK, Align::Left);
    }

    /// Draws name, colour and ticks left of a panel, and the text right of it.
    fn margins(&self, canvas: &mut Canvas, layout: &Layout, panel: usize, color: Rgb) {
        let area = layout.area(panel);
        let stripe = area.x - layout.ticks_width - STRIPE - 6;
        canvas.fill(Area { x: stripe, width: STRIPE, ..area }, color);
        let name = fitted(&self.labels[panel].name, TICK, layout.name_width);
        let middle = area.y + area.height / 2;
        canvas.text(&name, (stripe - 10, middle), TICK, INK, Align::Right);
        if layout.ticks_width > 0 {
            axes::left(canvas, area, &self.y_ticks, TICK - 4);
        }
        if let Some(ends) = &self.ends {
            canvas.text(&ends[panel], (area.right() + 10, middle), TICK - 4, LINE, Align::Left);
        }
    }
}

struct Layout {
    panels: usize,
    rows: usize,
    pitch: usize,
    name_width: usize,
    ticks_width: usize,
    column_width: usize,
    panel_width: usize,
}

impl Layout {
    fn new<Ticks: Fn(usize) -> Vec<Tick>>(panels: usize, figure: &Figure<Ticks>) -> Self {
        let columns = match panels {
            ..=8 => 1,
            9..=32 => 2,
            33..=72 => 3,
            _ => 4,
        };
        let rows = panels.div_ceil(columns);
        let (least, most) = PANEL_HEIGHTS.into_inner();
        let pitch = (PANELS_HEIGHT / rows).clamp(least, most);
        let names = figure.labels.iter().map(|label| text_width(&label.name, TICK));
        let (narrow, wide) = NAME_WIDTHS.into_inner();
        let column_width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) / columns;
        let name_width = names.max().unwrap_or(0).min((column_width / 5).clamp(narrow, wide));
        let ticks = pitch >= TICKS_FROM && !figure.y_ticks.is_empty();
        let ticks_width = if ticks { TICKS_WIDTH } else { 0 };
        let ends = figure.ends.iter().flatten().map(|end| text_width(end, TICK - 4) + 14);
        let beside = name_width + 10 + STRIPE + 6 + ticks_width + ends.max().unwrap_or(10);
        let panel_width = column_width - beside;
        Self { panels, rows, pitch, name_width, ticks_width, column_width, panel_width }
    }

    fn area(&self, panel: usize) -> Area {
        let (column, row) = (panel / self.rows, panel % self.rows);
        let left = MARGIN + column * (self.column_width + GAP);
        Area {
            x: left + self.name_width + 10 + STRIPE + 6 + self.ticks_width,
            y: TOP + row * self.pitch,
            width: self.panel_width,
            height: self.pitch - PANEL_GAP,
        }
    }

    /// Whether no panel is below.
    fn is_last(&self, panel: usize) -> bool {
        panel % self.rows == self.rows - 1 || panel == self.panels - 1
    }
}

fn grid(canvas: &mut Canvas, area: Area, ticks: &[Tick]) {
    for (place, _) in ticks.iter().filter(|(_, label)| !label.is_empty()) {
        let x = area.x + (place * area.width as f64).round() as usize;
        canvas.fill(Area { x: x.min(area.right() - 1), width: 1, ..area }, GRID);
    }
}

/// Fills the area under a curve, with a dark edge along it.
fn fill_curve(canvas: &mut Canvas, area: Area, heights: &[f32], color: Rgb) {
    let rows = (area.height * OVERSAMPLE) as f32;
    let (tint, edge) = (mix(color, WHITE, 0.45), mix(color, INK, 0.35));
    let tops: Vec<f32> = heights.iter().map(|height| (1.0 - height) * rows).collect();
    let thickness = 1.5 * OVERSAMPLE as f32;
    canvas.paint(area, |column, row| {
        let y = row as f32;
        let top = tops[column];
        let beside = tops[column.saturating_sub(1)].max(tops[(column + 1).min(tops.len() - 1)]);
        if y < top {
            None
        } else if y < beside.max(top + thickness) {
            Some(edge)
        } else {
            Some(tint)
        }
    });
}
