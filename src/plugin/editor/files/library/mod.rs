//! The user's library in the *Files* menu: instruments of other projects are added to this one,
//! and those of this one to the library.

mod adding;
mod from_library;
mod listing;
mod to_library;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use egui::{Align, Button, Layout, RichText, TextEdit, Ui, WidgetInfo, vec2};

pub use adding::take_in;

use super::menus::heading;
use super::spawn;
use crate::library::LibraryInstrument;
use crate::plugin::editor::link::{Link, STOP_FIRST};
use crate::plugin::editor::theme;
use crate::plugin::editor::view::View;
use crate::plugin::project::clip::seconds_text;
use adding::ChosenInstrument;
use listing::LatestListing;

/// Height of the lists before they scroll.
const LIST_HEIGHT: f32 = 150.0;

/// Height of an entry.
const ENTRY: f32 = 26.0;

/// Longer than a double click.
const DOUBLE_CLICK: Duration = Duration::from_millis(600);

const NO_LIBRARY: &str = "No home folder was found for this user, so there is no library";

/// The library as the menu shows it, and what is being typed and chosen there.
#[derive(Default)]
pub struct LibraryContent {
    listing: LatestListing,
    /// What is searched for.
    search: String,
    /// The place whose instrument has been chosen to replace one of the library, and the name of
    /// the one that has been chosen for deletion, but not yet confirmed; and when that was.
    replacing: Option<usize>,
    deleting: Option<String>,
    asked: Option<Instant>,
    /// For instruments that are saved, separated by commas.
    tags: String,
    /// Those that were chosen, once they have been read with their recordings on another thread.
    chosen: Arc<Mutex<Vec<ChosenInstrument>>>,
}

impl LibraryContent {
    /// Reads the library again.
    pub fn refresh(&mut self, link: Link, context: &egui::Context) {
        self.search.clear();
        (self.replacing, self.deleting) = (None, None);
        let (listing, hub, context) = (self.listing.clone(), link.hub.clone(), context.clone());
        spawn(move || listing.refresh(&hub, &context));
    }

    /// Asks whether an instrument is to be replaced, or deleted.
    fn ask(&mut self, replacing: Option<usize>, deleting: Option<String>) {
        (self.replacing, self.deleting) = (replacing, deleting);
        self.asked = Some(Instant::now());
    }

    /// Whether a click is an answer, and not the second one of a double click.
    fn may_confirm(&self) -> bool {
        self.asked.is_some_and(|asked| asked.elapsed() > DOUBLE_CLICK)
    }
}

/// A part of the menu.
pub fn show(ui: &mut Ui, link: Link, view: &mut View) {
    let Some(listing) = view.library.listing.get() else { return };
    ui.separator();
    heading(ui, "Library: your instruments, shared by all projects");
    match listing {
        Ok(listing) => {
            from_library::show(ui, link, view, &listing);
            to_library::show(ui, link, view, &listing);
        }
        Err(problem) => {
            ui.label(problem);
        }
    }
}

fn text_field(ui: &mut Ui, text: &mut String, example: &str, hint: &str) {
    // Menus draw their contents without frames, which would make a text field invisible.
    ui.scope(|ui| {
        ui.reset_style();
        let field = TextEdit::singleline(text).hint_text(example);
        ui.add(field.desired_width(ui.available_width() - 16.0)).on_hover_text(hint);
    });
}

/// When and from what it was learned, for which mode, and its tags.
fn description(one: &LibraryInstrument) -> String {
    let frames = &one.dictionary.frames;
    let mut parts = Vec::new();
    parts.extend(one.details.added_on());
    parts.extend(Some(one.details.origin.clone()).filter(|origin| !origin.is_empty()));
    parts.push(format!("{} mode", frames.mode));
    parts.push(format!("{} Hz", frames.sample_rate_hz));
    if one.recorded_s > 0.0 {
        parts.push(format!("with {} of recordings", seconds_text(one.recorded_s)));
    }
    parts.extend(one.details.tags.iter().map(|tag| format!("#{tag}")));
    parts.join(", ")
}

/// `aside` is shown at the right.
fn entry(ui: &mut Ui, label: &str, aside: &str, hint: &str, enabled: bool) -> bool {
    let aside = RichText::new(aside).small().color(theme::colors(ui).dim);
    let button = Button::new(label).right_text(aside).frame_when_inactive(false);
    let button = button.min_size(vec2(0.0, ENTRY)).truncate();
    let layout = Layout::top_down_justified(Align::Min);
    let response = ui.with_layout(layout, |ui| ui.add_enabled(enabled, button)).inner;
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, enabled, label));
    response.on_hover_text(hint).on_disabled_hover_text(STOP_FIRST).clicked()
}
