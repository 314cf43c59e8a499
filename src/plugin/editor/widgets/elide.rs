//! Shortens names that are longer than the space for them.

use egui::{FontId, Ui};

const SIGN: char = '…';

/// Width of a line of text.
pub fn width(ui: &Ui, text: &str, font: &FontId) -> f32 {
    ui.fonts_mut(|fonts| text.chars().map(|c| fonts.glyph_width(font, c)).sum())
}

/// Maximum length of a last word that is kept, so that names which differ only in a number
/// stay distinguishable.
const SHORT: usize = 2;

/// `text`, or as much of it as fits into `width`: whole words, unless too little would be
/// left.
pub fn elided(ui: &Ui, text: &str, font: &FontId, width: f32) -> String {
    // Hardly any letter is wider than high, and no text has more letters than bytes.
    if text.len() as f32 * font.size <= width {
        return text.to_string();
    }
    ui.fonts_mut(|fonts| shortened(text, width, |c| fonts.glyph_width(font, c)))
}

fn shortened(text: &str, width: f32, mut width_of: impl FnMut(char) -> f32) -> String {
    let mut length = |text: &str| text.chars().map(&mut width_of).sum::<f32>();
    if length(text) <= width {
        return text.to_string();
    }
    let last = text.rfind([' ', '-', '_']);
    let last = last.filter(|mark| text[mark + 1..].chars().count() <= SHORT);
    let (head, tail) = text.split_at(last.unwrap_or(text.len()));
    let room = width - length(tail) - width_of(SIGN);
    let mut taken = 0.0;
    let end = head.char_indices().find(|(_, letter)| {
        taken += width_of(*letter);
        taken > room
    });
    let end = end.map_or(head.len(), |(place, _)| place);
    // A space right after the end means that the last word is whole.
    let whole = if head[end..].starts_with(' ') { Some(end) } else { head[..end].rfind(' ') };
    let end = whole.filter(|space| space * 2 >= end).unwrap_or(end);
    format!("{}{SIGN}{tail}", head[..end].trim_end())
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
        // The number distinguishes them.
        assert_eq!(short("instrument 12", 9), "instr… 12");
        assert_eq!(short("electric guitar 2", 14), "electric… 2");
        assert_eq!(short("component-03", 10), "compon…-03");
        assert_eq!(short("violin", 0), "…");
        assert_eq!(short("", 3), "");
    }
}
