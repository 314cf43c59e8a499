//! Draws a character with a font as the window would, to find out whether and where it does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use egui::epaint::text::{Fonts, Glyph, TextOptions, ViewportKey};
use egui::{Color32, FontData, FontDefinitions, FontFamily, FontId};

/// Size of the characters that are drawn, in points.
const SIZE: f32 = 32.0;

/// Whether egui can draw `c` with this font alone. A broken font must not reach a window: egui
/// may panic over it, and the host would go down.
pub fn draws(font: &FontData, c: char) -> bool {
    let draws = || {
        // A glyph without an outline is a space, or a picture that egui cannot draw.
        glyph(alone(font), c).is_some_and(|g| c.is_whitespace() || !g.uv_rect.is_nothing())
    };
    catch_unwind(AssertUnwindSafe(draws)).unwrap_or(false)
}

/// How much lower than egui puts it a font has to be drawn for `c` to be on the same line as the
/// window's own letters, as a fraction of the font's size. egui centres the fonts it falls back on,
/// which is too high for a font with much room for what is below the line.
pub fn drop_to_the_line(font: &FontData, c: char) -> f32 {
    let drop = || {
        let own = glyph(FontDefinitions::default(), 'x')?;
        let other = glyph(alone(font), c)?;
        let place = |glyph: Glyph| glyph.font_face_ascent - 0.5 * glyph.font_face_height;
        Some((place(own) - place(other)) / SIZE)
    };
    catch_unwind(AssertUnwindSafe(drop)).ok().flatten().unwrap_or(0.0)
}

/// With this font only.
fn alone(font: &FontData) -> FontDefinitions {
    const NAME: &str = "tried";
    let mut definitions = FontDefinitions::empty();
    definitions.font_data.insert(NAME.to_string(), Arc::new(font.clone()));
    definitions.families.insert(FontFamily::Proportional, vec![NAME.to_string()]);
    definitions
}

/// The glyph of a character, if one of the fonts has it.
fn glyph(definitions: FontDefinitions, c: char) -> Option<Glyph> {
    let mut fonts = Fonts::new(TextOptions::default(), definitions);
    fonts.begin_pass(TextOptions::default(), ViewportKey::default());
    let id = FontId::proportional(SIZE);
    if !fonts.has_glyph(&id, c) {
        return None;
    }
    let mut fonts = fonts.with_pixels_per_point(1.0);
    let galley = fonts.layout_no_wrap(c.to_string(), id, Color32::WHITE);
    galley.rows.first()?.row.glyphs.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// egui panics over it.
    #[test]
    fn a_file_that_is_no_font_is_refused() {
        let no_font = FontData::from_owned(b"no font".to_vec());
        assert!(!draws(&no_font, 'a'));
        assert_eq!(drop_to_the_line(&no_font, 'a'), 0.0);
    }
}
