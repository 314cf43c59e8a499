//! The newest error with its remedy, in a bar above the pictures: nothing above it moves, nor
//! does the mixer.

use egui::Ui;

use super::{badge, bar, words};
use crate::plugin::editor::link::Link;
use crate::plugin::editor::theme;

/// Width of the button after it.
const GOT_IT: f32 = 70.0;

/// The newest error, until the user starts something else.
pub fn newest(link: Link) -> Option<String> {
    link.hub.status.present_error().map(|error| sentence(&error))
}

pub fn show(ui: &mut Ui, link: Link, error: &str) {
    bar(ui, theme::colors(ui).error, |ui| {
        badge(ui, "⚠");
        words(ui, error, "", GOT_IT);
        if ui.button("Got it").on_hover_text("Hide this message").clicked() {
            link.hub.status.dismiss_error();
        }
    });
}

/// Capitalises the first letter and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let text = format!("{first}{}", chars.as_str());
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}
