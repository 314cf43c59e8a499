//! Adds an instrument of the library to this project, once it has been read with its recordings.

use std::sync::Arc;

use super::LibraryContent;
use crate::frames::FrameSettings;
use crate::library::{LibraryInstrument, StoredRecording, changes};
use crate::plugin::choices::RestChoice;
use crate::plugin::editor::files::spawn;
use crate::plugin::editor::link::Link;
use crate::plugin::editor::view::View;
use crate::plugin::hub::Hub;
use crate::plugin::messages;
use crate::plugin::project::budget::{ClipSizes, UNPACKED_BYTES};
use crate::plugin::project::clip::Clip;
use crate::plugin::project::from_library::AddInstrumentError;
use crate::plugin::real_time::lock;
use crate::plugin::state::clip::of_stored;

const NO_ROOM: &str = "the project has no room for them";

/// An instrument that is to be added.
pub struct ChosenInstrument {
    one: LibraryInstrument,
    clips: Vec<Arc<Clip>>,
    /// Why it has no recordings, although its file does.
    remark: Option<String>,
    /// How many projects had been loaded when it was chosen: it is for none of the later ones.
    loads: u64,
}

/// Reads an instrument again, with its recordings, on another thread.
pub fn read(link: Link, view: &View, context: &egui::Context, one: LibraryInstrument) {
    let (hub, context) = (link.hub.clone(), context.clone());
    let chosen = view.library.chosen.clone();
    let loads = hub.project.loads().get();
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
            lock(&chosen).push(ChosenInstrument { one, clips, remark, loads });
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

fn add_to_project(link: Link, chosen: ChosenInstrument) {
    let ChosenInstrument { one, mut clips, mut remark, loads } = chosen;
    if link.hub.project.loads().get() != loads {
        link.hub.status.note(messages::PROJECT_LOADED);
        return;
    }
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
