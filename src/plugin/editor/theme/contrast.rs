//! Contrast between two colours, after WCAG 2.1: 4.5 for text, 3 for graphics.

use egui::{Color32, Rgba};

/// Minimum contrast of lines and marks with their background.
pub const SEEN: f32 = 3.0;

/// From 1 for equal colours to 21 for black on white.
pub fn ratio(one: Color32, other: Color32) -> f32 {
    let [one, other] = [one, other].map(luminance);
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Relative luminance of an opaque colour.
fn luminance(color: Color32) -> f32 {
    let linear = Rgba::from(color);
    0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
}

/// Black or white, whichever is more readable on `ground`.
pub fn readable_on(ground: Color32) -> Color32 {
    let [black, white] = [Color32::BLACK, Color32::WHITE];
    if ratio(black, ground) >= ratio(white, ground) { black } else { white }
}

/// A source's colour on `ground`: unchanged if it is visible there, else darker or lighter.
pub fn ink(color: Color32, ground: Color32) -> Color32 {
    let end = readable_on(ground);
    let step = |step: i32| color.lerp_to_gamma(end, step as f32 / 20.0);
    (0..20).map(step).find(|shade| ratio(*shade, ground) >= SEEN).unwrap_or(end)
}
