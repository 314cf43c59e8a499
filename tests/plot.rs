//! Pictures, read back: planted values must be where the axes show them. Axes are found in
//! the picture by their ticks, not by the code that drew them.

use std::f64::consts::PI;
use std::fs;
use std::io::BufReader;
use std::path::Path;

use ndarray::Array2;
use tempfile::TempDir;
use unbraid::frames::window;
use unbraid::plot::{self, Label, PlotError, Resolution};
use unbraid::stft::magnitudes;

/// Bins of 10 Hz.
const RESOLUTION: Resolution = Resolution { sample_rate_hz: 40_960, fft_size: 4096, hop: 1024 };
/// Labelled from 40 Hz to 20 480 Hz.
const TICKS_HZ: [u32; 9] = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];
/// Colour of frames and ticks.
const LINE: [u8; 3] = [110; 3];
const WHITE: [u8; 3] = [255; 3];

type Color = [u8; 3];

struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    /// The picture that `draw` writes.
    fn of(draw: impl FnOnce(&Path) -> Result<(), PlotError>) -> Self {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x.png");
        draw(&path).unwrap();
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        let decoder = png::Decoder::new(BufReader::new(fs::File::open(path).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        Self { width: info.width as usize, height: info.height as usize, pixels }
    }

    fn at(&self, x: usize, y: usize) -> Color {
        let start = (y * self.width + x) * 3;
        self.pixels[start..start + 3].try_into().unwrap()
    }

    /// Rows of `column` that have a colour.
    fn rows(&self, column: usize, color: Color) -> Vec<usize> {
        (0..self.height).filter(|y| self.at(column, *y) == color).collect()
    }

    /// Columns of `row` that have a colour.
    fn columns(&self, row: usize, color: Color) -> Vec<usize> {
        (0..self.width).filter(|x| self.at(*x, row) == color).collect()
    }

    /// Columns with a frame line of at least `height` rows, and the rows that the first such
    /// line spans.
    fn frames(&self, height: usize) -> (Vec<usize>, (usize, usize)) {
        let framed = |x: &usize| self.rows(*x, LINE).len() >= height;
        let columns: Vec<usize> = (0..self.width).filter(framed).collect();
        let rows = self.rows(columns[0], LINE);
        let end = (1..rows.len()).find(|n| rows[*n] != rows[n - 1] + 1).unwrap_or(rows.len());
        (columns, (rows[0], rows[end - 1]))
    }
}

fn brightness(color: Color) -> u32 {
    color.iter().map(|c| u32::from(*c)).sum()
}

/// 4 s of a sine with amplitude `level`, sounding only from 1 s to 2 s.
fn sine_spectrogram(hz: f64, level: f64) -> Array2<f32> {
    let rate = RESOLUTION.sample_rate_hz as usize;
    let step = 2.0 * PI * hz / rate as f64;
    let sounds = |n: usize| f64::from((n / rate == 1) as u8);
    let samples: Vec<f32> =
        (0..4 * rate).map(|n| (level * sounds(n) * (step * n as f64).sin()) as f32).collect();
    magnitudes(&samples, &window::hann(RESOLUTION.fft_size), RESOLUTION.hop)
}

fn label(name: &str, color: &str) -> Label {
    Label { name: name.to_string(), color: color.to_string() }
}

#[test]
fn a_sine_is_brightest_where_the_axes_say() {
    for (tick, hz) in TICKS_HZ.iter().enumerate().skip(1).step_by(3) {
        let v = sine_spectrogram(f64::from(*hz), 1.0);
        let picture = Picture::of(|path| plot::spectrogram(path, "", v.view(), RESOLUTION));
        let (columns, (top, bottom)) = picture.frames(300);
        let (left, right) = (columns[0], columns[1]);
        // Ticks left of the frame, from the lowest up; those below it, from the left.
        let mut ticks = picture.rows(left - 6, LINE);
        ticks.reverse();
        assert_eq!(ticks.len(), TICKS_HZ.len());
        let seconds = picture.columns(bottom + 5, LINE);
        let second = (seconds[2] - seconds[0]) / if seconds.len() > 5 { 1 } else { 2 };

        let middle = seconds[0] + second * 3 / 2;
        let rows = top + 1..bottom;
        let most = rows.clone().map(|y| brightness(picture.at(middle, y))).max().unwrap();
        let bright: Vec<usize> =
            rows.filter(|y| brightness(picture.at(middle, *y)) == most).collect();
        let found = (bright[0] + bright[bright.len() - 1]) as f64 / 2.0;
        assert!((found - ticks[tick] as f64).abs() <= 2.0, "{hz} Hz: {found} {ticks:?}");

        // Loud from 1 s to 2 s, give or take a frame's length of 0.1 s at the ends.
        for x in left + 1..right {
            let at = (x - seconds[0]) as f64 / second as f64;
            let bright = brightness(picture.at(x, found as usize)) + 200 > most;
            let inside = (1.1..1.9).contains(&at);
            let outside = !(0.9..2.1).contains(&at);
            assert!((!inside || bright) && (!outside || !bright), "{hz} Hz at {at} s");
        }
    }
}

#[test]
fn sources_share_one_scale_of_colours() {
    let (loud, quiet) = (sine_spectrogram(1_000.0, 1.0), sine_spectrogram(1_000.0, 0.01));
    let sources =
        [(label("loud", "#e69f00"), loud.view()), (label("quiet", "#56b4e9"), quiet.view())];
    let picture = Picture::of(|path| plot::source_spectrograms(path, &sources, RESOLUTION));
    let (columns, (top, bottom)) = picture.frames(300);
    let brightest = |panel: usize| {
        let inside = (columns[2 * panel] + 1..columns[2 * panel + 1])
            .flat_map(|x| (top + 1..bottom).map(move |y| (x, y)));
        inside.map(|(x, y)| picture.at(x, y)).max_by_key(|c| brightness(*c)).unwrap()
    };
    // The colour bar is framed too; its ticks are at 0, -20, -40, -60, -80.
    let (bar, bar_right) = (columns[4] + 8, columns[5]);
    let ticks = picture.rows(bar_right + 5, LINE);
    assert_eq!(ticks.len(), 5);
    for (panel, tick) in [(0, ticks[0] + 1), (1, ticks[2])] {
        let (found, expected) = (brightest(panel), picture.at(bar, tick));
        // Within 2 dB of the line's own level: it is averaged with its neighbours.
        let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 12);
        assert!(near, "panel {panel}: {found:?} {expected:?}");
    }
}

/// The frequency where a panel's curve is highest: the panel to the right of the stripe of a
/// colour.
fn summit(picture: &Picture, stripe: Color) -> f64 {
    let column = (0..picture.width).find(|x| picture.rows(*x, stripe).len() > 20).unwrap();
    let rows = picture.rows(column, stripe);
    let row = rows[0] + 2;
    let colored = |x: &usize| {
        let color = picture.at(*x, row);
        brightness(color) < 600 && color != stripe && color != LINE
    };
    let found: Vec<usize> = (column + 80..picture.width).filter(colored).collect();
    (found[0] + found[found.len() - 1]) as f64 / 2.0
}

#[test]
fn components_and_activations_peak_where_the_axes_say() {
    let labels = [label("low", "#0072b2"), label("high", "#d55e00")];
    let colors = [[0x00, 0x72, 0xb2], [0xd5, 0x5e, 0x00]];
    // A peak that falls by 20 dB per bin to a floor 50 dB below.
    let peak = |at: usize, n: usize| 10_f32.powi(-(at.abs_diff(n) as i32)).max(0.003);
    let w = Array2::from_shape_fn((2049, 2), |(n, k)| peak([50, 500][k], n));
    let picture = Picture::of(|path| plot::components(path, "", w.view(), &labels, RESOLUTION));
    let ticks = ticks_below(&picture);
    assert_eq!(ticks.len(), TICKS_HZ.len());
    for (color, tick) in colors.into_iter().zip([ticks[3], ticks[6]]) {
        assert!((summit(&picture, color) - tick as f64).abs() <= 2.0);
    }

    // 400 frames last 10 s; one component peaks at 2 s, the other at 6 s.
    let h = Array2::from_shape_fn((2, 400), |(k, t)| peak([80, 240][k], t) * [1.0, 0.1][k]);
    let picture = Picture::of(|path| plot::activations(path, "", h.view(), &labels, RESOLUTION));
    let ticks = ticks_below(&picture);
    assert_eq!(ticks.len(), 11);
    for (color, tick) in colors.into_iter().zip([ticks[2], ticks[6]]) {
        assert!((summit(&picture, color) - tick as f64).abs() <= 4.0);
    }
}

/// Columns of the ticks under the lowest line that crosses the picture.
fn ticks_below(picture: &Picture) -> Vec<usize> {
    let crossed = |y: &usize| picture.columns(*y, LINE).len() > picture.width / 2;
    let line = (0..picture.height).rfind(crossed).unwrap();
    picture.columns(line + 6, LINE)
}

#[test]
fn every_number_of_components_has_all_its_panels() {
    let resolution = Resolution { sample_rate_hz: 44_100, fft_size: 64, hop: 16 };
    for count in [1, 2, 8, 9, 32, 33, 72, 73, 128] {
        let colors: Vec<Color> = (0..count).map(|k| [2 * k as u8, 7, 133]).collect();
        let labels: Vec<Label> = (colors.iter().enumerate())
            .map(|(k, [r, g, b])| label(&format!("source {k}"), &format!("#{r:02x}{g:02x}{b:02x}")))
            .collect();
        let w = Array2::from_elem((33, count), 1.0);
        let picture = Picture::of(|path| plot::components(path, "", w.view(), &labels, resolution));
        assert_eq!(picture.width, 1600);
        for color in colors {
            let area: usize = (0..picture.width).map(|x| picture.rows(x, color).len()).sum();
            assert!(area >= 8 * 30, "{color:?} of {count}: {area}");
        }
        assert_eq!(picture.at(picture.width - 1, picture.height - 1), WHITE);
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_and_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("x.png");
    let good = Array2::<f32>::ones((2049, 2));
    let labels = [label("a", "#0072b2"), label("b", "#d55e00")];
    let draw = |v: &Array2<f32>| plot::spectrogram(&path, "", v.view(), RESOLUTION);
    for value in [f32::NAN, f32::INFINITY, -1.0] {
        let mut bad = good.clone();
        bad[[7, 1]] = value;
        assert!(matches!(draw(&bad), Err(PlotError::Value { row: 7, column: 1, .. })));
    }
    assert!(matches!(draw(&Array2::zeros((2049, 0))), Err(PlotError::Empty { .. })));
    assert!(matches!(
        draw(&Array2::zeros((1025, 2))),
        Err(PlotError::Bins { expected: 2049, found: 1025 })
    ));
    let none = plot::source_spectrograms(&path, &[], RESOLUTION);
    assert!(matches!(none, Err(PlotError::Empty { .. })));
    let few = plot::components(&path, "", good.view(), &labels[..1], RESOLUTION);
    assert!(matches!(few, Err(PlotError::Labels { expected: 2, found: 1 })));
    let wrong = [label("a", "#0072b2"), label("b", "red")];
    let wrong = plot::components(&path, "", good.view(), &wrong, RESOLUTION);
    assert!(matches!(wrong, Err(PlotError::Color { .. })));
    let nowhere = dir.path().join("no/folder/x.png");
    let error = plot::spectrogram(&nowhere, "", good.view(), RESOLUTION).unwrap_err();
    assert!(error.to_string().starts_with(&nowhere.display().to_string()), "{error}");
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
}
