//! The user's library in the *Files* menu: instruments of other projects are added to this one,
//! and those of this one to the library.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use egui::{Align, Button, Layout, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};

use super::menus::heading;
use super::spawn;
use crate::dictionary::same_name;
use crate::frames::FrameSettings;
use crate::library::{Details, LibraryInstrument, Listing, StoredRecording, changes};
use crate::plugin::choices::RestChoice;
use crate::plugin::editor::link::{Link, STOP_FIRST};
use crate::plugin::editor::theme;
use crate::plugin::editor::view::View;
use crate::plugin::hub::Hub;
use crate::plugin::messages;
use crate::plugin::project::budget::{ClipSizes, UNPACKED_BYTES};
use crate::plugin::project::clip::{Clip, seconds_text};
use crate::plugin::project::from_library::AddInstrumentError;
use crate::plugin::real_time::lock;
use crate::plugin::state::clip::{of_stored, stored};

/// Height of the lists before they scroll, and the number of instruments from which on they can
/// be searched.
const LIST_HEIGHT: f32 = 150.0;
const SEARCHED_FROM: usize = 6;

/// Height of an entry.
const ENTRY: f32 = 26.0;

/// Longer than a double click.
const DOUBLE_CLICK: Duration = Duration::from_millis(600);

const NO_ROOM: &str = "the project has no room for them";

const NO_LIBRARY: &str = "No home folder was found for this user, so there is no library";

/// What was read, or the problem.
type ReadListing = Result<Arc<Listing>, String>;

/// The library as it was when the menu was last opened.
#[derive(Clone, Default)]
pub struct LibraryContent {
    /// Read on another thread; `None` until then, and the problem if it cannot be read.
    listing: Arc<Mutex<Option<ReadListing>>>,
    is_being_read: Arc<AtomicBool>,
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

/// An instrument that is to be added.
struct ChosenInstrument {
    one: LibraryInstrument,
    clips: Vec<Arc<Clip>>,
    /// Why it has no recordings, although its file does.
    remark: Option<String>,
}

impl LibraryContent {
    /// Reads the library again.
    pub fn refresh(&mut self, link: Link, context: &egui::Context) {
        self.search.clear();
        (self.replacing, self.deleting) = (None, None);
        if self.is_being_read.swap(true, Ordering::SeqCst) {
            return;
        }
        let (content, hub, context) = (self.clone(), link.hub.clone(), context.clone());
        spawn(move || {
            *lock(&content.listing) = Some(listing(&hub));
            content.is_being_read.store(false, Ordering::SeqCst);
            context.request_repaint();
        });
    }
}

impl LibraryContent {
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

/// Reads the library.
fn listing(hub: &Hub) -> ReadListing {
    let library = hub.library.as_ref().ok_or(NO_LIBRARY)?;
    library.list().map(Arc::new).map_err(|error| error.to_string())
}

/// A part of the menu.
pub fn show(ui: &mut Ui, link: Link, view: &mut View) {
    let Some(listing) = lock(&view.library.listing).clone() else { return };
    ui.separator();
    heading(ui, "Library: your instruments, shared by all projects");
    match listing {
        Ok(listing) => {
            from_library(ui, link, view, &listing);
            to_library(ui, link, view, &listing);
        }
        Err(problem) => {
            ui.label(problem);
        }
    }
}

fn from_library(ui: &mut Ui, link: Link, view: &mut View, listing: &Listing) {
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
            let row = vec2(ui.available_width(), ENTRY);
            ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
                let delete = ui.add(Button::new("🗙").frame_when_inactive(false));
                delete.widget_info(|| {
                    let label = format!("Delete {} from the library…", one.name());
                    WidgetInfo::labeled(egui::Role::Button, true, label)
                });
                let hint = format!("Delete {} from the library; asks for confirmation", one.name());
                if delete.on_hover_text(hint).clicked() {
                    view.library.ask(None, Some(one.name().to_string()));
                }
                let hint = format!("Add it to this project. {}", description(one));
                let mut short = one.details.tags.clone();
                short.extend(one.details.added_on());
                let label = format!("Add {}", one.name());
                if entry(ui, &label, &short.join(", "), &hint, !link.is_recording()) {
                    read(link, view, ui.ctx(), one.clone());
                    ui.close();
                }
            });
        }
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
    let (hub, content, context) = (link.hub.clone(), view.library.clone(), context.clone());
    view.library.deleting = None;
    hub.status.dismiss_error();
    spawn(move || {
        let Some(library) = &hub.library else { return };
        match library.remove(&name) {
            Ok(_) => hub.status.note(format!("{name}: deleted from the library")),
            Err(error) => hub.status.error(error.to_string()),
        }
        *lock(&content.listing) = Some(listing(&hub));
        context.request_repaint();
    });
}

fn to_library(ui: &mut Ui, link: Link, view: &mut View, listing: &Listing) {
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
            save_to_library(link, place, vec![tags], present.is_some());
            ui.close();
        }
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

fn text_field(ui: &mut Ui, text: &mut String, example: &str, hint: &str) {
    // Menus draw their contents without frames, which would make a text field invisible.
    ui.scope(|ui| {
        ui.reset_style();
        let field = TextEdit::singleline(text).hint_text(example);
        ui.add(field.desired_width(ui.available_width() - 16.0)).on_hover_text(hint);
    });
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

/// Reads an instrument again, with its recordings, on another thread.
fn read(link: Link, view: &View, context: &egui::Context, one: LibraryInstrument) {
    let (hub, context) = (link.hub.clone(), context.clone());
    let chosen = view.library.chosen.clone();
    hub.status.dismiss_error();
    spawn(move || match one.with_recordings() {
        Ok((one, stored)) => {
            let clips = stored
                .map_err(|error| error.to_string())
                .and_then(|stored| unpacked(&hub, stored).map_err(str::to_string));
            let (clips, remark) = match clips {
                Ok(clips) => (clips, None),
                Err(why) => {
                    let remark = format!("{} was added without its recordings: {why}", one.name());
                    (Vec::new(), Some(remark))
                }
            };
            lock(&chosen).push(ChosenInstrument { one, clips, remark });
            context.request_repaint();
        }
        Err(error) => hub.status.error(error.to_string()),
    });
}

/// Adds the instruments that were chosen, once they have been read.
pub fn take_in(link: Link, content: &LibraryContent) {
    if !link.is_recording() {
        let chosen = std::mem::take(&mut *lock(&content.chosen));
        chosen.into_iter().for_each(|one| add_to_project(link, one));
    }
}

fn add_to_project(link: Link, ChosenInstrument { one, mut clips, mut remark }: ChosenInstrument) {
    // Something may have been recorded since it was read.
    if !has_room(link.hub, &clips) {
        clips.clear();
        remark = Some(format!("{} was added without its recordings: {NO_ROOM}", one.name()));
    }
    let has_rest = link.params.learn.rest.value() != RestChoice::None;
    let hub = &link.hub;
    let step = format!("adding {} from the library", one.name());
    let frames = FrameSettings::new(hub.engines.requested_mode(), hub.status.sample_rate_hz());
    let before = hub.project.get();
    let added = hub.project.try_edit_named(step, |project| {
        let place = project.add_instrument(&one.dictionary, clips, frames, has_rest)?;
        Ok((place, project.instruments[place].name.clone()))
    });
    match added {
        Ok((place, name)) => {
            link.set(link.params.record.to_param(), place as i32 + 1);
            hub.status.note(format!("{name}: added from the library"));
            let notes = match &before.dictionary {
                Some(joined) => changes(&one.dictionary, joined),
                None => Vec::new(),
            };
            notes.into_iter().chain(remark).for_each(|note| hub.status.note(note));
        }
        Err(AddInstrumentError::NoPlace) => {
            hub.status.error("all 32 places for instruments are in use: remove one first");
        }
        Err(AddInstrumentError::Invalid(error)) => hub.status.error(messages::invalid(&error)),
    }
}

/// The recordings of an instrument, if the project has room for them.
fn unpacked(hub: &Hub, stored: Vec<StoredRecording>) -> Result<Vec<Arc<Clip>>, &'static str> {
    // Before anything is unpacked: a damaged file can promise any length.
    let bytes = stored.iter().fold(0usize, |sum, one| sum.saturating_add(one.unpacked_bytes()));
    if bytes > UNPACKED_BYTES {
        return Err(NO_ROOM);
    }
    let clips = stored.into_iter().map(|stored| of_stored(stored).map(Arc::new));
    let clips: Vec<Arc<Clip>> = clips.collect::<Result<_, _>>().map_err(|_| "they are damaged")?;
    if has_room(hub, &clips) { Ok(clips) } else { Err(NO_ROOM) }
}

fn has_room(hub: &Hub, clips: &[Arc<Clip>]) -> bool {
    ClipSizes::of(&hub.project.versions()).has_room(hub.project.keeps_clips(), clips)
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
