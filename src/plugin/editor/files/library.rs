//! The user's library in the *Files* menu: instruments of other projects are added to this one,
//! and those of this one to the library.

use std::sync::{Arc, Mutex};

use egui::{Align, Button, Layout, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};

use super::menus::heading;
use super::spawn;
use crate::dictionary::same_name;
use crate::library::{Details, LibraryInstrument, Listing};
use crate::plugin::choices::RestChoice;
use crate::plugin::editor::link::{Link, STOP_FIRST};
use crate::plugin::editor::theme;
use crate::plugin::editor::view::View;
use crate::plugin::hub::Hub;
use crate::plugin::messages;
use crate::plugin::project::clip::seconds_text;
use crate::plugin::project::from_library::AddInstrumentError;
use crate::plugin::real_time::lock;

/// Height of the lists before they scroll, and the number of instruments from which on they can
/// be searched.
const LIST_HEIGHT: f32 = 150.0;
const SEARCHED_FROM: usize = 6;

/// The library as it was when the menu was last opened.
#[derive(Clone, Default)]
pub struct LibraryContent {
    /// Read on another thread; `None` until then.
    listing: Arc<Mutex<Option<Arc<Listing>>>>,
    /// What is searched for.
    search: String,
    /// For instruments that are saved, separated by commas.
    tags: String,
}

impl LibraryContent {
    /// Reads the library again.
    pub fn refresh(&self, link: Link, context: &egui::Context) {
        let (hub, listing, context) = (link.hub.clone(), self.listing.clone(), context.clone());
        spawn(move || {
            let Some(library) = &hub.library else { return };
            match library.list() {
                Ok(found) => *lock(&listing) = Some(Arc::new(found)),
                Err(error) => hub.status.error(error.to_string()),
            }
            context.request_repaint();
        });
    }
}

/// A part of the menu.
pub fn show(ui: &mut Ui, link: Link, view: &mut View) {
    let Some(listing) = lock(&view.library.listing).clone() else { return };
    let learned: Vec<usize> = (0..view.project.instruments.len())
        .filter(|place| view.project.instruments[*place].source.is_some())
        .collect();
    ui.separator();
    heading(ui, "Library: your instruments, in all projects");
    if listing.instruments.len() >= SEARCHED_FROM {
        text_field(ui, &mut view.library.search, "Find a name or a tag", "Find in the library");
    }
    let search = view.library.search.to_lowercase();
    let found = || listing.instruments.iter().filter(|one| matches(one, &search));
    ScrollArea::vertical().id_salt("library").max_height(LIST_HEIGHT).show(ui, |ui| {
        for one in found() {
            let hint = format!("Add it to this project. {}", description(one));
            let mut short = one.details.tags.clone();
            short.extend(one.details.added_on());
            let label = format!("Add {}", one.name());
            if entry(ui, &label, &short.join(", "), &hint, !link.is_recording()) {
                add_to_project(link, one.clone());
                ui.close();
            }
        }
    });
    if found().next().is_none() {
        ui.label(if listing.instruments.is_empty() { "It is empty." } else { "None is found." });
    }
    if !listing.unusable.is_empty() {
        let problems: Vec<String> = listing.unusable.iter().map(ToString::to_string).collect();
        let count = problems.len();
        let files = if count == 1 { "file" } else { "files" };
        ui.label(format!("{count} {files} cannot be used")).on_hover_text(problems.join("\n"));
    }
    if !learned.is_empty() {
        let hint = "Tags for what you save, separated by commas: words to find it by. Without \
                    any, what is replaced keeps its own.";
        text_field(ui, &mut view.library.tags, "Tags (optional): strings, live", hint);
    }
    ScrollArea::vertical().id_salt("to library").max_height(LIST_HEIGHT).show(ui, |ui| {
        for place in learned {
            let name = view.project.instruments[place].name.clone();
            let present = listing.instruments.iter().find(|one| same_name(one.name(), &name));
            let (label, hint) = match present {
                Some(one) => (
                    format!("Replace {name} in the library"),
                    format!("By the one of this project. Now there: {}", description(one)),
                ),
                None => (
                    format!("Save {name} to the library"),
                    "To use it in other projects; without its recordings".to_string(),
                ),
            };
            if entry(ui, &label, "", &hint, true) {
                let typed = tags(&view.library.tags);
                let kept = present.map(|one| one.details.tags.clone()).unwrap_or_default();
                let tags = if typed.is_empty() { kept } else { typed };
                save_to_library(link, place, tags, present.is_some());
                ui.close();
            }
        }
    });
}

fn text_field(ui: &mut Ui, text: &mut String, example: &str, hint: &str) {
    // Menus draw their contents without frames, which would make a text field invisible.
    ui.scope(|ui| {
        ui.reset_style();
        let field = TextEdit::singleline(text).hint_text(example);
        ui.add(field.desired_width(ui.available_width() - 16.0)).on_hover_text(hint);
    });
}

fn tags(typed: &str) -> Vec<String> {
    typed.split(',').map(|tag| tag.trim().to_string()).filter(|tag| !tag.is_empty()).collect()
}

fn matches(one: &LibraryInstrument, search: &str) -> bool {
    let search = search.trim();
    let has = |text: &str| text.to_lowercase().contains(search);
    search.is_empty() || has(one.name()) || one.details.tags.iter().any(|tag| has(tag))
}

/// When and from what it was learned, for which mode, and its tags.
fn description(one: &LibraryInstrument) -> String {
    let frames = &one.dictionary.frames;
    let mut parts = Vec::new();
    parts.extend(one.details.added_on());
    parts.extend(Some(one.details.origin.clone()).filter(|origin| !origin.is_empty()));
    parts.push(format!("{} mode", frames.mode));
    parts.push(format!("{} Hz", frames.sample_rate_hz));
    parts.extend(one.details.tags.iter().map(|tag| format!("#{tag}")));
    parts.join(", ")
}

/// `aside` is shown at the right.
fn entry(ui: &mut Ui, label: &str, aside: &str, hint: &str, enabled: bool) -> bool {
    let aside = RichText::new(aside).small().color(theme::colors(ui).dim);
    let button = Button::new(label).right_text(aside).frame_when_inactive(false);
    let button = button.min_size(vec2(0.0, 26.0)).truncate();
    let layout = Layout::top_down_justified(Align::Min);
    let response = ui.with_layout(layout, |ui| ui.add_enabled(enabled, button)).inner;
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, enabled, label));
    response.on_hover_text(hint).on_disabled_hover_text(STOP_FIRST).clicked()
}

fn add_to_project(link: Link, one: LibraryInstrument) {
    let has_rest = link.params.learn.rest.value() != RestChoice::None;
    link.hub.status.dismiss_error();
    let hub = &link.hub;
    let step = format!("adding {} from the library", one.name());
    let added = hub.project.edit_named(step, Vec::new(), |project| {
        let place = project.add_instrument(&one.dictionary, has_rest)?;
        Ok((place, project.instruments[place].name.clone()))
    });
    match added {
        Ok((place, name)) => {
            link.set(link.params.record.to_param(), place as i32 + 1);
            hub.status.note(format!("{name}: added from the library"));
        }
        Err(AddInstrumentError::NoPlace) => {
            hub.status.error("all places for instruments are in use: remove one first");
        }
        Err(AddInstrumentError::Invalid(error)) => hub.status.error(messages::invalid(&error)),
    }
}

fn save_to_library(link: Link, place: usize, tags: Vec<String>, replace: bool) {
    let hub = link.hub.clone();
    hub.status.dismiss_error();
    spawn(move || match write(&hub, place, tags, replace) {
        Ok(name) => hub.status.note(format!("{name}: saved to the library")),
        Err(problem) => hub.status.error(problem),
    });
}

/// Writes an instrument to the library; returns its name.
fn write(hub: &Hub, place: usize, tags: Vec<String>, replace: bool) -> Result<String, String> {
    let project = hub.project.get();
    let instrument = &project.instruments[place];
    let library = hub.library.as_ref().ok_or("this user has no folder for a library")?;
    let (Some(dictionary), Some(source)) = (project.dictionary_to_save(), instrument.source) else {
        return Err("there is nothing to save yet: learn an instrument first".to_string());
    };
    let origin = match instrument.seconds() {
        seconds if seconds > 0.0 => format!("learned from {}", seconds_text(seconds)),
        _ => String::new(),
    };
    let details = Details::now(tags, origin);
    library.add(&dictionary, source, details, replace).map_err(|error| error.to_string())?;
    Ok(instrument.name.clone())
}
