//! Names that are longer than their place.

use egui::{FontId, Ui};

const SIGN: char = '…';

/// `text`, or as much of it as `width` has room for: whole words, if that is not
/// too little.
pub fn elided(ui: &Ui, text: &str, font: &FontId, width: f32) -> String {
    ui.fonts_mut(|fonts| shortened(text, width, |c| fonts.glyph_width(font, c)))
}

fn shortened(text: &str, width: f32, mut width_of: impl FnMut(char) -> f32) -> String {
    let mut taken = 0.0;
    let sign = width_of(SIGN);
    // Where the sign would still fit.
    let mut end = 0;
    for (place, letter) in text.char_indices() {
        if taken + sign <= width {
            end = place;
        }
        taken += width_of(letter);
    }
    if taken <= width {
        return text.to_string();
    }
    let whole = text[..end].rfind(' ').filter(|space| *space * 2 >= end);
    // A space right behind the end leaves the last word whole.
    let whole = if text[end..].starts_with(' ') { Some(end) } else { whole };
    format!("{}{SIGN}", text[..whole.unwrap_or(end)].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_with_whole_words() {
        let short = |text: &str, letters: usize| shortened(text, letters as f32, |_| 1.0);
        assert_eq!(short("violin", 6), "violin");
        assert_eq!(short("violin", 5), "viol…");
        assert_eq!(short("electric guitar left", 17), "electric guitar…");
        assert_eq!(short("electric guitar left", 16), "electric guitar…");
        assert_eq!(short("electric guitar left", 14), "electric…");
        assert_eq!(short("a contrabassoon", 10), "a contrab…");
        assert_eq!(short("Geige für Ännchen", 12), "Geige für…");
        assert_eq!(short("violin", 0), "…");
        assert_eq!(short("", 3), "");
    }
}
