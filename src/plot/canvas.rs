//! A picture being drawn: filled areas, painted areas and text.

use std::path::Path;
use std::sync::OnceLock;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

use super::PlotError;
use super::color::{Rgb, WHITE};
use crate::atomic_file::write_atomically;

/// Pictures are drawn this many times larger than they are saved, for smooth edges.
pub(super) const OVERSAMPLE: usize = 2;

/// Fraction of their height by which the library places letters too high for capitals and
/// digits to be centred on a point.
const BASELINE_SHARE: f64 = 0.217;

const FONT: &str = "sans-serif";
const FONT_FILE: &[u8] = include_bytes!("../../assets/DejaVuSans-subset.ttf");

/// A part of the picture, in its pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Area {
    pub fn right(&self) -> usize {
        self.x + self.width
    }

    pub fn bottom(&self) -> usize {
        self.y + self.height
    }
}

/// Which point of a text is placed at its position. Vertically it is the middle.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Center,
    Right,
    /// Rotated to read upwards, centred.
    Upwards,
}

pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    pub fn new(width: usize, height: usize) -> Self {
        static FONT_READ: OnceLock<()> = OnceLock::new();
        FONT_READ.get_or_init(|| {
            let read = register_font(FONT, FontStyle::Normal, FONT_FILE);
            assert!(read.is_ok(), "the font in assets is a font");
        });
        let bytes = width * OVERSAMPLE * height * OVERSAMPLE * 3;
        Self { width, height, pixels: vec![WHITE[0]; bytes] }
    }

    /// Fills an area with one colour.
    pub fn fill(&mut self, area: Area, color: Rgb) {
        self.paint(area, |_, _| Some(color));
    }

    /// Draws a line one pixel wide around an area.
    pub fn frame(&mut self, area: Area, color: Rgb) {
        let Area { x, y, width, height } = area;
        for side in [
            Area { x: x - 1, y: y - 1, width: width + 2, height: 1 },
            Area { x: x - 1, y: y + height, width: width + 2, height: 1 },
            Area { x: x - 1, y, width: 1, height },
            Area { x: x + width, y, width: 1, height },
        ] {
            self.fill(side, color);
        }
    }

    /// Sets the pixels of an area, `OVERSAMPLE` times as many in each direction, to what
    /// `color` returns for their column and row.
    pub fn paint(&mut self, area: Area, mut color: impl FnMut(usize, usize) -> Option<Rgb>) {
        let stride = self.width * OVERSAMPLE * 3;
        for row in 0..area.height * OVERSAMPLE {
            let start = (area.y * OVERSAMPLE + row) * stride + area.x * OVERSAMPLE * 3;
            let line = &mut self.pixels[start..start + area.width * OVERSAMPLE * 3];
            for (column, pixel) in line.chunks_exact_mut(3).enumerate() {
                if let Some(color) = color(column, row) {
                    pixel.copy_from_slice(&color);
                }
            }
        }
    }

    /// Writes `text` at a point, `size` pixels high.
    pub fn text(&mut self, text: &str, at: (usize, usize), size: usize, color: Rgb, align: Align) {
        let size_drawn = ((self.width * OVERSAMPLE) as u32, (self.height * OVERSAMPLE) as u32);
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Center | Align::Upwards => HPos::Center,
            Align::Right => HPos::Right,
        };
        let color = RGBColor(color[0], color[1], color[2]);
        let mut style = style(size).color(&color).pos(Pos::new(horizontal, VPos::Center));
        let mut at = ((at.0 * OVERSAMPLE) as i32, (at.1 * OVERSAMPLE) as i32);
        let down = (BASELINE_SHARE * (size * OVERSAMPLE) as f64).round() as i32;
        if matches!(align, Align::Upwards) {
            style = style.transform(FontTransform::Rotate270);
            at.0 += down;
        } else {
            at.1 += down;
        }
        let area = BitMapBackend::with_buffer(&mut self.pixels, size_drawn).into_drawing_area();
        area.draw_text(text, &style, at).expect("the font is read and the buffer has its size");
    }

    /// Writes the picture as PNG.
    pub fn save(&self, path: &Path) -> Result<(), PlotError> {
        let image = self.averaged();
        write_atomically(path, |writer| {
            let mut encoder = png::Encoder::new(writer, self.width as u32, self.height as u32);
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_depth(png::BitDepth::Eight);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(&image)?;
            writer.finish().map_err(std::io::Error::from)
        })
        .map_err(|source| PlotError::Write { path: path.to_path_buf(), source })
    }

    fn averaged(&self) -> Vec<u8> {
        let stride = self.width * OVERSAMPLE * 3;
        let mut image = Vec::with_capacity(self.width * self.height * 3);
        for y in 0..self.height {
            for x in 0..self.width * 3 {
                let start = y * OVERSAMPLE * stride + (x / 3) * OVERSAMPLE * 3 + x % 3;
                let places = (0..OVERSAMPLE * OVERSAMPLE)
                    .map(|n| start + n / OVERSAMPLE * stride + n % OVERSAMPLE * 3);
                let sum: usize = places.map(|place| usize::from(self.pixels[place])).sum();
                image.push(((sum + OVERSAMPLE * OVERSAMPLE / 2) / (OVERSAMPLE * OVERSAMPLE)) as u8);
            }
        }
        image
    }
}

/// Width of a text in pixels.
pub(super) fn text_width(text: &str, size: usize) -> usize {
    let (width, _) = style(size).font.box_size(text).unwrap_or_default();
    (width as usize).div_ceil(OVERSAMPLE)
}

/// `text`, or as much of it as fits into `width`, with an ellipsis. A number at its end is
/// kept: it distinguishes the components of a source.
pub(super) fn fitted(text: &str, size: usize, width: usize) -> String {
    if text_width(text, size) <= width {
        return text.to_string();
    }
    let number = text.rsplit_once(' ').map_or("", |(_, last)| last);
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    let end = if is_number { format!("… {number}") } else { "…".to_string() };
    let mut letters: Vec<char> = text.chars().collect();
    while letters.pop().is_some() {
        let short = letters.iter().collect::<String>() + &end;
        if text_width(&short, size) <= width {
            return short;
        }
    }
    String::new()
}

fn style(size: usize) -> TextStyle<'static> {
    TextStyle::from((FONT, (size * OVERSAMPLE) as f64).into_font())
}
