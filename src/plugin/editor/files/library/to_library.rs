//! The learned instruments of this project, to be saved to the library.

use egui::{ScrollArea, Ui};

use super::{LIST_HEIGHT, NO_LIBRARY, description, entry, text_field};
use crate::dictionary::same_name;
use crate::library::{Details, Listing, StoredRecording};
use crate::plugin::editor::files::spawn;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::view::View;
use crate::plugin::editor::widgets::scroll_to_focus::scroll_to_focus;
use crate::plugin::hub::Hub;
use crate::plugin::project::clip::seconds_text;
use crate::plugin::state::clip::stored;

pub fn show(ui: &mut Ui, link: Link, view: &mut View, listing: &Listing) {
    let present = |name: &str| listing.instruments.iter().find(|one| same_name(one.name(), name));
    // One that was not learned from recordings here came from a file or the library, and may have
    // been remapped since.
    let is_saved = |place: &usize| {
        let instrument = &view.project.instruments[*place];
        let mut clips = instrument.clips.iter();
        let is_original = clips.any(|clip| view.project.is_learned(clip));
        instrument.source.is_some() && (is_original || present(&instrument.name).is_none())
    };
    let keeps = link.hub.project.keeps_clips();
    let learned: Vec<usize> = (0..view.project.instruments.len()).filter(is_saved).collect();
    if !learned.is_empty() {
        let hint = "Tags for the instrument that you save, separated by commas. If empty, a replaced \
                    instrument keeps its tags.";
        text_field(ui, &mut view.library.tags, "Tags (optional): strings, live", hint);
    }
    ScrollArea::vertical().id_salt("to library").max_height(LIST_HEIGHT).show(ui, |ui| {
        for place in learned {
            let name = view.project.instruments[place].name.clone();
            let present = present(&name);
            let is_replacing = view.library.replacing == Some(place);
            let (label, hint) = match present {
                Some(one) if is_replacing && one.recorded_s > 0.0 => (
                    format!("Click again to overwrite {name}"),
                    format!(
                        "This cannot be undone. The {} of recordings in the library are deleted; {} \
                         from this project come in their place.",
                        seconds_text(one.recorded_s),
                        seconds_text(kept_s(view, place, keeps))
                    ),
                ),
                Some(_) if is_replacing => (
                    format!("Click again to overwrite {name}"),
                    "This cannot be undone.".to_string(),
                ),
                Some(one) => (
                    format!("Replace {name} in the library…"),
                    format!(
                        "Overwrites it with this project's instrument. In the library now: {}",
                        description(one)
                    ),
                ),
                None => (format!("Save {name} to the library"), with_recordings(keeps).to_string()),
            };
            if !entry(ui, &label, "", &hint, true) || (is_replacing && !view.library.may_confirm()) {
                continue;
            }
            if present.is_some() && !is_replacing {
                view.library.ask(Some(place), None);
                continue;
            }
            let tags = std::mem::take(&mut view.library.tags);
            save(link, view, ui.ctx(), place, vec![tags], present.is_some());
            ui.close();
        }
        scroll_to_focus(ui);
    });
}

/// Seconds of an instrument's recordings that are saved with it.
fn kept_s(view: &View, place: usize, keeps: bool) -> f64 {
    let clips = view.project.instruments[place].clips.iter();
    let learned = clips.filter(|clip| keeps && view.project.is_learned(clip));
    learned.fold(0.0, |sum, clip| sum + clip.seconds())
}

fn with_recordings(keeps: bool) -> &'static str {
    if keeps {
        "Makes it available in other projects, with the recordings that it was learned from, if there \
         are any."
    } else {
        "Makes it available in other projects. Its recordings are not included, as 'Keep recordings \
         in the project' is off."
    }
}

/// Saves an instrument on another thread, and reads the library again.
fn save(
    link: Link,
    view: &View,
    context: &egui::Context,
    place: usize,
    tags: Vec<String>,
    replace: bool,
) {
    let (hub, context) = (link.hub.clone(), context.clone());
    let listing = view.library.listing.clone();
    hub.status.dismiss_error();
    spawn(move || {
        match write(&hub, place, tags, replace) {
            Ok(name) => hub.status.note(format!("{name}: saved to the library")),
            Err(problem) => hub.status.error(problem),
        }
        listing.refresh(&hub, &context);
    });
}

/// Writes an instrument to the library; returns its name.
fn write(hub: &Hub, place: usize, tags: Vec<String>, replace: bool) -> Result<String, String> {
    let project = hub.project.get();
    let instrument = &project.instruments[place];
    let library = hub.library.as_ref().ok_or(NO_LIBRARY)?;
    let (Some(dictionary), Some(source)) = (project.dictionary_to_save(), instrument.source) else {
        return Err("there is nothing to save yet: learn an instrument first".to_string());
    };
    let origin = match instrument.seconds() {
        seconds if seconds > 0.0 => format!("learned from {}", seconds_text(seconds)),
        _ => String::new(),
    };
    let details = Details::now(tags, origin);
    // What was recorded since is not a part of what was learned.
    let learned = instrument.clips.iter().filter(|clip| project.is_learned(clip));
    let learned = learned.filter(|_| hub.project.keeps_clips());
    let recordings: Option<Vec<StoredRecording>> = learned.map(|clip| stored(clip)).collect();
    let recordings = recordings.ok_or("its recordings cannot be packed, so nothing was saved")?;
    library
        .add(&dictionary, source, &recordings, details, replace)
        .map_err(|error| error.to_string())?;
    Ok(instrument.name.clone())
}
