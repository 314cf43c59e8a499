//! Draws a character with a font as the window would, to find out whether it can.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use egui::epaint::text::{Fonts, TextOptions, ViewportKey};
use egui::{Color32, FontData, FontDefinitions, FontFamily, FontId};

/// Whether egui can draw `c` with this font alone. A broken font must not reach a window: egui
/// may panic over it, and the host would go down.
pub fn draws(font: &FontData, c: char) -> bool {
    catch_unwind(AssertUnwindSafe(|| try_to_draw(font, c))).unwrap_or(false)
}

fn try_to_draw(font: &FontData, c: char) -> bool {
    const NAME: &str = "tried";
    let mut definitions = FontDefinitions::empty();
    definitions.font_data.insert(NAME.to_string(), Arc::new(font.clone()));
    definitions.families.insert(FontFamily::Proportional, vec![NAME.to_string()]);
    let mut fonts = Fonts::new(TextOptions::default(), definitions);
    fonts.begin_pass(TextOptions::default(), ViewportKey::default());
    let id = FontId::proportional(16.0);
    if !fonts.has_glyph(&id, c) {
        return false;
    }
    let galley = fonts.with_pixels_per_point(1.0).layout_no_wrap(c.to_string(), id, Color32::WHITE);
    let mut glyphs = galley.rows.iter().flat_map(|row| &row.row.glyphs);
    // A glyph without an outline is a space, or a picture that egui cannot draw.
    c.is_whitespace() || glyphs.any(|glyph| !glyph.uv_rect.is_nothing())
}
