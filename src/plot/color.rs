//! Colours, and the map from levels to them.

use super::PlotError;

/// Red, green, blue.
pub(super) type Rgb = [u8; 3];

pub(super) const WHITE: Rgb = [255; 3];
/// Text.
pub(super) const INK: Rgb = [38; 3];
/// Frames and ticks.
pub(super) const LINE: Rgb = [110; 3];
/// Lines behind the data.
pub(super) const GRID: Rgb = [226; 3];

/// Matplotlib's magma (Smith, van der Walt & Firing; CC0) at 17 points, which is within
/// 2/255 of the whole table.
#[rustfmt::skip]
const MAGMA: [Rgb; 17] = [
    [0, 0, 4], [10, 8, 34], [29, 17, 71], [54, 16, 107], [81, 18, 124], [106, 28, 129],
    [131, 38, 129], [156, 46, 127], [183, 55, 121], [207, 64, 112], [229, 80, 100],
    [244, 105, 92], [251, 135, 97], [254, 165, 113], [254, 194, 135], [253, 224, 161],
    [252, 253, 191],
];

/// Colour of a level between 0 and 1.
pub(super) fn magma(level: f32) -> Rgb {
    let place = level.clamp(0.0, 1.0) * (MAGMA.len() - 1) as f32;
    let below = (place as usize).min(MAGMA.len() - 2);
    mix(MAGMA[below], MAGMA[below + 1], place - below as f32)
}

/// Mixes a fraction of `b` into `a`.
pub(super) fn mix(a: Rgb, b: Rgb, fraction: f32) -> Rgb {
    std::array::from_fn(|c| {
        (f32::from(a[c]) * (1.0 - fraction) + f32::from(b[c]) * fraction).round() as u8
    })
}

/// Reads `#rrggbb`.
pub(super) fn parse(text: &str) -> Result<Rgb, PlotError> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
    match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
        Some(rgb) => Ok([(rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8]),
        None => Err(PlotError::Color { found: text.to_string() }),
    }
}
