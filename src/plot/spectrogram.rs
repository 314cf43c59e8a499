//! Spectrograms: level in dB over time and log frequency.

use std::path::Path;

use ndarray::ArrayView2;

use super::axes::{self, BELOW, TITLE};
use super::canvas::{Align, Area, Canvas, OVERSAMPLE, fitted};
use super::color::{INK, LINE, magma, parse};
use super::sampler::{Cell, Sampler};
use super::scale::{LogHz, MAX_TICKS, TICK_PITCH, db_ticks, level_db, linear_ticks};
use super::{Label, PlotError, Resolution, check, check_bins};

const WIDTH: usize = 1600;
/// Lowest level drawn, relative to the peak.
const FLOOR_DB: f64 = -80.0;

const LEFT: usize = 118;
const RIGHT: usize = 126;
const TOP: usize = 62;
const BAR: usize = 26;
const BAR_GAP: usize = 26;
/// Space between panels.
const GAP: usize = 34;

/// Draws one spectrogram, bins × frames of magnitudes, down to 80 dB below its peak.
///
/// # Errors
/// If `v` is empty, has values that are not magnitudes, or does not have the bins of
/// `resolution`, or if the file cannot be written.
pub fn spectrogram(
    path: &Path,
    title: &str,
    v: ArrayView2<f32>,
    resolution: Resolution,
) -> Result<(), PlotError> {
    draw(path, &[(title, None, v)], resolution, 1, 660)
}

/// Draws a spectrogram for each source, all with the same axes and colours, relative to the
/// loudest peak of all.
///
/// # Errors
/// Same as [`spectrogram`], and if a colour is invalid.
pub fn source_spectrograms(
    path: &Path,
    sources: &[(Label, ArrayView2<f32>)],
    resolution: Resolution,
) -> Result<(), PlotError> {
    let columns = match sources.len() {
        0 => return Err(PlotError::Empty { rows: 0, columns: 0 }),
        1 => 1,
        2..=4 => 2,
        5..=9 => 3,
        _ => 4,
    };
    let panels: Result<Vec<_>, PlotError> = sources
        .iter()
        .map(|(label, v)| Ok((label.name.as_str(), Some(parse(&label.color)?), v.view())))
        .collect();
    let height = if columns == 1 { 660 } else { 1120 / (columns + 1) };
    draw(path, &panels?, resolution, columns, height)
}

type Panel<'a> = (&'a str, Option<[u8; 3]>, ArrayView2<'a, f32>);

fn draw(
    path: &Path,
    panels: &[Panel],
    resolution: Resolution,
    columns: usize,
    panel_height: usize,
) -> Result<(), PlotError> {
    for (_, _, v) in panels {
        check(v.view())?;
        check_bins(v.view(), resolution)?;
    }
    let rows = panels.len().div_ceil(columns);
    let frames = panels.iter().map(|(_, _, v)| v.ncols()).max().unwrap_or(0);
    let peak = panels.iter().flat_map(|(_, _, v)| v).copied().fold(0.0, f32::max);
    let hz = LogHz::new(resolution);
    let panel_width = (WIDTH - LEFT - RIGHT - (columns - 1) * GAP) / columns;
    let seconds =
        linear_ticks(resolution.seconds(frames), (panel_width / TICK_PITCH).min(MAX_TICKS));
    let pitch = panel_height + TOP;
    let mut canvas = Canvas::new(WIDTH, rows * pitch + BELOW + 14);
    for (place, (title, color, v)) in panels.iter().enumerate() {
        let (row, column) = (place / columns, place % columns);
        let x = LEFT + column * (panel_width + GAP);
        let area = Area { x, y: TOP + row * pitch, width: panel_width, height: panel_height };
        paint(&mut canvas, area, v.view(), frames, peak, hz, resolution.bin_hz());
        canvas.frame(area, LINE);
        heading(&mut canvas, area, title, *color);
        if column == 0 {
            let reach = axes::left(&mut canvas, area, &hz.ticks(), axes::TICK);
            axes::left_label(&mut canvas, area, reach, "Frequency (Hz)");
        }
        if place + columns >= panels.len() {
            axes::bottom(&mut canvas, area, &seconds, Some("Time (s)"));
        }
    }
    let x = WIDTH - RIGHT + BAR_GAP;
    let bar = Area { x, y: TOP, width: BAR, height: rows * pitch - TOP };
    axes::color_bar(&mut canvas, bar, &db_ticks(FLOOR_DB, 20));
    canvas.save(path)
}

fn heading(canvas: &mut Canvas, area: Area, title: &str, color: Option<[u8; 3]>) {
    let middle = area.y - TOP / 2;
    let mut x = area.x;
    if let Some(color) = color {
        canvas.fill(Area { x, y: middle - 10, width: 20, height: 20 }, color);
        x += 32;
    }
    let title = fitted(title, TITLE, area.right() - x);
    canvas.text(&title, (x, middle), TITLE, INK, Align::Left);
}

/// Paints magnitudes into an area that is `frames` wide.
fn paint(
    canvas: &mut Canvas,
    area: Area,
    v: ArrayView2<f32>,
    frames: usize,
    peak: f32,
    hz: LogHz,
    bin_hz: f64,
) {
    let (columns, rows) = (area.width * OVERSAMPLE, area.height * OVERSAMPLE);
    // A frame fills its cell, so its middle is half a frame in.
    let frames_per_pixel = frames as f64 / columns as f64;
    let time = Sampler::new(columns, v.ncols(), |x| x * frames_per_pixel - 0.5);
    let frequency = Sampler::new(rows, v.nrows(), |y| hz.hz(y / rows as f64) / bin_hz);
    let drawn = (v.ncols() as f64 / frames_per_pixel).round() as usize;
    let floor_db = FLOOR_DB as f32;
    let mut levels = vec![0.0; columns * rows];
    for column in 0..drawn {
        let levels_db: Vec<f32> = spectrum(v, time.cell(column))
            .into_iter()
            .map(|magnitude| level_db(magnitude, peak, floor_db))
            .collect();
        for row in 0..rows {
            let level = 1.0 - frequency.at(row, &levels_db) / floor_db;
            levels[(rows - 1 - row) * columns + column] = level;
        }
    }
    canvas
        .paint(area, |column, row| (column < drawn).then(|| magma(levels[row * columns + column])));
}

/// The magnitudes in the time span of one pixel.
fn spectrum(v: ArrayView2<f32>, cell: Cell) -> Vec<f32> {
    match cell {
        Cell::Largest { start, end } => (start..end).fold(vec![0.0; v.nrows()], |mut most, t| {
            most.iter_mut().zip(v.column(t)).for_each(|(most, x)| *most = most.max(*x));
            most
        }),
        Cell::Between { below, fraction } => {
            let (a, b) = (v.column(below), v.column((below + 1).min(v.ncols() - 1)));
            a.iter().zip(b).map(|(a, b)| a + fraction * (b - a)).collect()
        }
    }
}
