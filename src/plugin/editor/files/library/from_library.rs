//! The instruments of the library, to be added to this project or deleted.

use egui::{Button, ScrollArea, Ui, WidgetInfo};

use super::adding::read;
use super::{ENTRY, LIST_HEIGHT, description, entry, text_field};
use crate::library::{LibraryInstrument, Listing};
use crate::plugin::editor::files::spawn;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::view::View;
use crate::plugin::editor::widgets::ends;
use crate::plugin::editor::widgets::scroll_to_focus::scroll_to_focus;
use crate::plugin::project::clip::seconds_text;

/// From this number of instruments on, they can be searched.
const SEARCHED_FROM: usize = 6;

pub fn show(ui: &mut Ui, link: Link, view: &mut View, listing: &Listing) {
    if listing.instruments.len() >= SEARCHED_FROM {
        text_field(ui, &mut view.library.search, "Find a name or a tag", "Find in the library");
    }
    let search = view.library.search.to_lowercase();
    let found = || listing.instruments.iter().filter(|one| matches(one, &search));
    ScrollArea::vertical().id_salt("library").max_height(LIST_HEIGHT).show(ui, |ui| {
        for one in found() {
            if view.library.deleting.as_deref() == Some(one.name()) {
                confirm_deletion(ui, link, view, one);
                continue;
            }
            let (mut adds, mut deletes) = (false, false);
            ui.scope(|ui| {
                ui.spacing_mut().interact_size.y = ENTRY;
                let add = |ui: &mut Ui| adds = add_entry(ui, link, one);
                ends::show(ui, one.name(), add, |ui| deletes = delete_button(ui, one));
            });
            if adds {
                read(link, view, ui.ctx(), one.clone());
                ui.close();
            }
            if deletes {
                view.library.ask(None, Some(one.name().to_string()));
            }
        }
        scroll_to_focus(ui);
    });
    if found().next().is_none() {
        let empty = listing.instruments.is_empty();
        ui.label(if empty { "The library is empty." } else { "No match." });
    }
    if !listing.unusable.is_empty() {
        let problems: Vec<String> = listing.unusable.iter().map(ToString::to_string).collect();
        let count = problems.len();
        let files = if count == 1 { "file" } else { "files" };
        ui.label(format!("{count} {files} cannot be read")).on_hover_text(problems.join("\n"));
    }
}

/// Adds an instrument; returns whether it was clicked.
fn add_entry(ui: &mut Ui, link: Link, one: &LibraryInstrument) -> bool {
    let hint = format!("Add it to this project. {}", description(one));
    let mut short = one.details.tags.clone();
    short.extend(one.details.added_on());
    let label = format!("Add {}", one.name());
    entry(ui, &label, &short.join(", "), &hint, !link.is_recording())
}

/// The cross beside it; returns whether it was clicked.
fn delete_button(ui: &mut Ui, one: &LibraryInstrument) -> bool {
    let delete = ui.add(Button::new("🗙").frame_when_inactive(false));
    delete.widget_info(|| {
        let label = format!("Delete {} from the library…", one.name());
        WidgetInfo::labeled(egui::Role::Button, true, label)
    });
    let hint = format!("Delete {} from the library; asks for confirmation", one.name());
    delete.on_hover_text(hint).clicked()
}

/// Asks whether an instrument is to be deleted.
fn confirm_deletion(ui: &mut Ui, link: Link, view: &mut View, one: &LibraryInstrument) {
    let name = one.name();
    let recordings = match one.recorded_s {
        seconds if seconds > 0.0 => format!(" and its {} of recordings", seconds_text(seconds)),
        _ => String::new(),
    };
    let hint = format!(
        "This cannot be undone: {name}{recordings} will be deleted from the library. Projects that use \
         it keep their copies."
    );
    let clicked = entry(ui, &format!("Click again to delete {name}"), "", &hint, true);
    if clicked && view.library.may_confirm() {
        delete(link, view, ui.ctx(), name.to_string());
    }
}

/// Deletes an instrument on another thread, and reads the library again.
fn delete(link: Link, view: &mut View, context: &egui::Context, name: String) {
    let (hub, context) = (link.hub.clone(), context.clone());
    let listing = view.library.listing.clone();
    view.library.deleting = None;
    hub.status.dismiss_error();
    spawn(move || {
        let Some(library) = &hub.library else { return };
        match library.remove(&name) {
            Ok(_) => hub.status.note(format!("{name}: deleted from the library")),
            Err(error) => hub.status.error(error.to_string()),
        }
        listing.refresh(&hub, &context);
    });
}

fn matches(one: &LibraryInstrument, search: &str) -> bool {
    let search = search.trim();
    let has = |text: &str| text.to_lowercase().contains(search);
    search.is_empty() || has(one.name()) || one.details.tags.iter().any(|tag| has(tag))
}
