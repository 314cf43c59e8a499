//! The pictures of the documentation, drawn by the demo and made small.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::run::{self, cargo};

const PICTURES: [&str; 3] = ["mixture.png", "sources.png", "dictionary.png"];

/// Runs the demo in `target/demo` and puts its pictures into `docs/images`.
pub fn draw(_: &[String]) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let (demo, images) = (root.join("target/demo"), root.join("docs/images"));
    cargo(run::DEMO)?.args(["-o".as_ref(), demo.as_os_str()]).run()?;
    fs::create_dir_all(&images)?;
    for name in PICTURES {
        let picture = read(&demo.join(name)).with_context(|| format!("{name} of the demo"))?;
        write(&images.join(name), &halved(&picture))
            .with_context(|| format!("docs/images/{name}"))?;
    }
    Ok(())
}

pub struct Picture {
    width: usize,
    /// Row after row.
    pixels: Vec<[u8; 3]>,
}

pub fn read(path: &Path) -> Result<Picture> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path)?)).read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().context("too large")?];
    let info = reader.next_frame(&mut bytes)?;
    ensure!(info.color_type == png::ColorType::Rgb, "not RGB but {:?}", info.color_type);
    let pixels = bytes.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
    Ok(Picture { width: info.width as usize, pixels })
}

/// Half as wide and high: as large as a page shows it.
fn halved(picture: &Picture) -> Picture {
    let (width, height) = (picture.width / 2, picture.pixels.len() / picture.width / 2);
    let mean = |x: usize, y: usize, channel: usize| {
        let at = |dx: usize, dy: usize| {
            u16::from(picture.pixels[(2 * y + dy) * picture.width + 2 * x + dx][channel])
        };
        ((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8
    };
    let pixel = |i: usize| [0, 1, 2].map(|channel| mean(i % width, i / width, channel));
    Picture { width, pixels: (0..width * height).map(pixel).collect() }
}

pub fn write(path: &Path, picture: &Picture) -> Result<()> {
    let (palette, places) = indexed(&picture.pixels);
    let height = picture.pixels.len() / picture.width;
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, picture.width as u32, height as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header()?.write_image_data(&places)?;
    Ok(())
}

/// Steps of a channel's level.
const LEVELS: u16 = 31;

/// The 256 most frequent colours, and the nearest of them for every pixel: a
/// third of the bytes.
fn indexed(pixels: &[[u8; 3]]) -> (Vec<u8>, Vec<u8>) {
    let coarse = |pixel: &[u8; 3]| pixel.map(|x| ((u16::from(x) * LEVELS + 127) / 255) as u8);
    let mut counts: HashMap<[u8; 3], usize> = HashMap::new();
    pixels.iter().for_each(|pixel| *counts.entry(coarse(pixel)).or_default() += 1);
    let mut colors: Vec<[u8; 3]> = counts.keys().copied().collect();
    colors.sort_by_key(|color| (Reverse(counts[color]), *color));
    colors.truncate(256);
    let distance = |a: &[u8; 3], b: &[u8; 3]| -> u32 {
        a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
    };
    let nearest = |color: &[u8; 3]| {
        (0..colors.len()).min_by_key(|&i| distance(&colors[i], color)).unwrap_or(0) as u8
    };
    let places: HashMap<[u8; 3], u8> =
        counts.keys().map(|color| (*color, nearest(color))).collect();
    let palette = colors.iter().flatten().map(|x| (u16::from(*x) * 255 / LEVELS) as u8);
    (palette.collect(), pixels.iter().map(|pixel| places[&coarse(pixel)]).collect())
}
