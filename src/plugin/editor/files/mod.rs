//! Loading and saving clips and dictionaries. Dialogs and file access run on their own
//! thread, so that neither the window nor the host ever waits.

mod dialog;
pub mod dialog_parent;
pub mod drop;
pub mod exports;
pub mod library;
pub mod menus;
mod reading;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use dialog::Answer;
use egui::Ui;
pub use exports::FileStart;
use reading::Beginning;

use super::link::{Link, STOP_FIRST};
use super::view::View;
use crate::audio::AudioBuffer;
use crate::dictionary::{Dictionary, check_name, same_name};
use crate::plugin::audio_thread::audition::AuditionClip;
use crate::plugin::audio_thread::controls::Controls;
use crate::plugin::choices::ExistingClips;
use crate::plugin::hub::Hub;
use crate::plugin::messages;
use crate::plugin::project::budget::ClipSizes;
use crate::plugin::project::clip::{self, MAX_CLIP_S, seconds_text};
use crate::plugin::project::{MAX_NAME_CHARS, Project};
use crate::plugin::worker::clip_collector::{NewSound, NotAdded, add_clip};

const DICTIONARY: [&str; 1] = ["safetensors"];

/// A task that needs a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    LoadClip { instrument: Option<usize>, how: ExistingClips },
    LoadDictionary,
    SaveDictionary,
    ExportClips(FileStart),
    ExportStems(FileStart),
}

/// Starts a task with the typed path, which is kept for another attempt.
pub fn start_typed(link: Link, view: &View, task: Task) {
    let hub = link.hub.clone();
    let controls = link.params.controls();
    hub.status.dismiss_error();
    match whole_path(view.path.trim(), std::env::home_dir()) {
        // The user has not confirmed that it may be replaced.
        Ok(path) if task == Task::SaveDictionary && path.exists() => {
            hub.status.error(is_there(&path));
        }
        Ok(path) => spawn(move || carry_out(&hub, &controls, task, &path)),
        Err(problem) => hub.status.error(problem),
    }
}

/// Resolves a typed path: `~` is the user's home folder, and a relative path is refused,
/// since the host's working folder is unknown.
fn whole_path(typed: &str, home: Option<PathBuf>) -> Result<PathBuf, String> {
    let home = home.unwrap_or_else(std::env::temp_dir);
    let path = Path::new(typed);
    let path = path.strip_prefix("~").map_or(path.to_path_buf(), |inside| home.join(inside));
    if path.is_absolute() {
        return Ok(path);
    }
    let example = home.join(&path);
    Err(format!("'{typed}' is not the whole path: type all of it, such as {}", example.display()))
}

/// Plays the selected range or the clips of the selected tab, or stops playback.
pub fn listen(ui: &mut Ui, link: Link, view: &View) {
    let clips = view.project.clips(link.params.record.to());
    let range = view.selection.as_ref().map(|selection| selection.range.clone());
    let hint = if range.is_some() { "Play the selected range" } else { "Play this recording" };
    let audition = &link.hub.audition;
    let sounds = audition.sounds();
    let label = if sounds { "Stop it" } else { "Listen" };
    let button =
        ui.add_enabled(!link.is_recording() && !clips.is_empty(), egui::Button::new(label));
    let why = if link.is_recording() { STOP_FIRST } else { "There is no recording on this tab" };
    let button = button.on_hover_text(hint).on_disabled_hover_text(why);
    // The second click of a double-click neither stops it nor plays it again.
    if !button.clicked() || button.double_clicked() {
        return;
    }
    if sounds {
        audition.stop();
        return;
    }
    let (hub, clips) = (link.hub.clone(), clips.to_vec());
    spawn(move || {
        let clips = range.map_or(clips.clone(), |range| range.inside(&clips));
        let rate = hub.status.sample_rate_hz();
        let Some(channels) = clip::joined(&clips, rate) else { return };
        hub.audition.play(AuditionClip { channels });
    });
}

/// Judged by the name.
pub fn is_dictionary(path: &Path) -> bool {
    path.extension().is_some_and(|name| name.eq_ignore_ascii_case(DICTIONARY[0]))
}

pub fn spawn(work: impl FnOnce() + Send + 'static) {
    // It may still run when the host unloads the plugin.
    crate::plugin::resident::stay_loaded();
    // Without a thread nothing is loaded or saved; the host must not wait in any case.
    let _ = std::thread::Builder::new().name("unbraid files".to_string()).spawn(work);
}

/// Asks for a path in a system dialog.
pub fn start(link: Link, view: &View, task: Task) {
    let hub = link.hub.clone();
    let controls = link.params.controls();
    hub.status.dismiss_error();
    let parent = view.dialog_parent;
    let loads = hub.project.loads().get();
    spawn(move || match dialog::ask(task, parent) {
        Answer::Path(path) if hub.project.loads().get() == loads => {
            carry_out(&hub, &controls, task, &path);
        }
        // The task was chosen for what the window showed then.
        Answer::Path(_) => hub.status.error(messages::PROJECT_LOADED),
        Answer::Cancelled => {}
        Answer::AlreadyOpen => hub.status.note("a file dialog is already open"),
        Answer::NotShown => hub.status.error(
            "the system has no file dialog: type the path in the same menu, or drop the file on \
             this window",
        ),
    });
}

/// Carries out a task with a path, and shows the user the result.
pub fn carry_out(hub: &Hub, controls: &Controls, task: Task, path: &Path) {
    if let Err(problem) = attempt(hub, controls, task, path) {
        hub.status.error(problem);
    }
}

/// Carries out a task with a path. Sources are exported as `controls` make them sound, except for
/// the mixer.
///
/// # Errors
/// The message for the user.
fn attempt(hub: &Hub, controls: &Controls, task: Task, path: &Path) -> Result<(), String> {
    let done = prepare(task, path).and_then(|()| match task {
        Task::LoadClip { instrument, how } => load_clip(hub, path, instrument, how),
        Task::LoadDictionary => load_dictionary(hub, path),
        Task::SaveDictionary => save_dictionary(hub, path),
        Task::ExportClips(start) => {
            export(hub, path, |project, folder| exports::clips(project, folder, start))
        }
        Task::ExportStems(start) => {
            export(hub, path, |project, folder| exports::stems(project, controls, folder, start))
        }
    });
    done.map_err(|problem| without_code(&problem))
}

/// Creates the folder to write to; the error states what is wrong with the chosen path, in
/// plain words.
fn prepare(task: Task, path: &Path) -> Result<(), String> {
    let folder = match task {
        Task::LoadClip { .. } | Task::LoadDictionary if !path.exists() => {
            return Err(format!("there is no file {}: type another path", path.display()));
        }
        Task::LoadClip { .. } | Task::LoadDictionary => return Ok(()),
        Task::ExportClips(_) | Task::ExportStems(_) => path,
        Task::SaveDictionary => match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => return Ok(()),
        },
    };
    if folder.exists() && !folder.is_dir() {
        return Err(format!("{} is not a folder: type another path", folder.display()));
    }
    if folder.is_dir() {
        return Ok(());
    }
    // Only one level: a typo in a path should not leave folders behind.
    std::fs::create_dir(folder).map_err(|error| {
        let problem = without_code(&error.to_string());
        format!("the folder {} cannot be created ({problem}): type another path", folder.display())
    })
}

/// Removes the number that the system appends to an error.
pub fn without_code(problem: &str) -> String {
    match problem.split_once(" (os error ") {
        Some((before, after)) => {
            let after = after.split_once(')').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => problem.to_string(),
    }
}

fn load_clip(
    hub: &Hub,
    path: &Path,
    instrument: Option<usize>,
    how: ExistingClips,
) -> Result<(), String> {
    let loads = hub.project.loads().get();
    let file = path.file_name().unwrap_or_default().display();
    hub.status.note(format!("loading {file}…"));
    let Beginning { audio, has_more } =
        reading::beginning(path, MAX_CLIP_S, hub.status.sample_rate_hz())
            .map_err(|error| error.to_string())?;
    hub.status.note(format!("loaded {} from {file}", seconds_text(audio.seconds())));
    if has_more {
        hub.status.note("only the first five minutes of the file were taken");
    }
    check_room(hub, instrument, how, &audio)?;
    let name = instrument.and_then(|instrument| name_from(path, &hub.project.get(), instrument));
    let sound = NewSound { audio, song_position: None, from_file: true, name, loads };
    add_clip(hub, instrument, how, sound).map_err(|why| match why {
        NotAdded::Silent => format!("{} is silent: load another file", path.display()),
        NotAdded::ProjectLoaded => messages::PROJECT_LOADED.to_string(),
    })
}

/// A name from the file's, for an instrument without recordings that the user has not named.
fn name_from(path: &Path, project: &Project, instrument: usize) -> Option<String> {
    let place = &project.instruments[instrument];
    let is_first = place.clips.is_empty() && place.source.is_none();
    let name: String = path.file_stem()?.to_str()?.chars().take(MAX_NAME_CHARS).collect();
    let name = name.trim();
    let is_taken = project.instruments.iter().any(|other| same_name(&other.name, name));
    let suits = is_first && place.has_default_name() && check_name(name).is_ok() && !is_taken;
    suits.then(|| name.to_string())
}

/// As a recording would end where there is no more room in the project.
fn check_room(
    hub: &Hub,
    instrument: Option<usize>,
    how: ExistingClips,
    audio: &AudioBuffer,
) -> Result<(), String> {
    let versions = hub.project.versions();
    let mut sizes = ClipSizes::of(&versions);
    if how == ExistingClips::Replace {
        sizes.remove(versions.project.clips(instrument));
    }
    let room = sizes.room_samples(hub.project.keeps_clips(), audio.channels.len());
    if audio.frames() <= room {
        return Ok(());
    }
    let [room, needed] = [room, audio.frames()]
        .map(|samples| seconds_text(samples as f64 / f64::from(audio.sample_rate_hz)));
    Err(format!(
        "the project has room for {room} more of recordings, and the file has {needed}: delete \
         recordings, load a shorter file, or turn off 'Keep recordings in the project'"
    ))
}

fn load_dictionary(hub: &Hub, path: &Path) -> Result<(), String> {
    let loads = hub.project.loads().get();
    let dictionary = Dictionary::load(path).map_err(|error| messages::loading(&error))?;
    let instruments = dictionary.sources.iter().filter(|source| !source.rest);
    let names: Vec<String> = instruments.map(|source| source.name.clone()).collect();
    // The instruments would change their places, and the recording comes to the end of it.
    if hub.status.recording.load(Ordering::SeqCst) {
        return Err("stop the recording first, and load the file again".to_string());
    }
    let step = "loading instruments".to_string();
    let left_out = hub.project.edit_loaded(loads, step, |project| project.set_loaded(dictionary));
    let left_out = left_out.ok_or(messages::PROJECT_LOADED)?;
    if left_out.is_empty() {
        hub.status.note(format!("loaded {}", names.join(", ")));
    } else {
        hub.status.note(format!(
            "no room for {}: now part of Everything else. Remove instruments that you do not need \
             and load the file again",
            left_out.join(", ")
        ));
    }
    Ok(())
}

fn export(
    hub: &Hub,
    folder: &Path,
    write: impl FnOnce(&Project, &Path) -> Result<usize, String>,
) -> Result<(), String> {
    hub.status.note("writing files…");
    let written = write(&hub.project.get(), folder)?;
    hub.status.note(format!("wrote {written} files to {}", folder.display()));
    Ok(())
}

fn is_there(path: &Path) -> String {
    format!("{} already exists: choose another name", path.display())
}

fn save_dictionary(hub: &Hub, path: &Path) -> Result<(), String> {
    let dictionary = hub
        .project
        .get()
        .dictionary_to_save()
        .ok_or("there is nothing to save yet: learn an instrument first")?;
    let named = path.extension().is_some();
    let path = if named { path.to_path_buf() } else { path.with_extension(DICTIONARY[0]) };
    if !named && path.exists() {
        // The user typed another name, and has not agreed to replace this file.
        return Err(is_there(&path));
    }
    dictionary.save(&path).map_err(|error| error.to_string())?;
    hub.status.note(format!("saved {}", path.display()));
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn typed_paths_are_whole() {
        let whole = |typed: &str| whole_path(typed, Some(PathBuf::from("/home/ada")));
        assert_eq!(whole("/tmp/a b.wav").unwrap(), Path::new("/tmp/a b.wav"));
        assert_eq!(whole("~/song/violin.wav").unwrap(), Path::new("/home/ada/song/violin.wav"));
        assert_eq!(whole("~").unwrap(), Path::new("/home/ada"));
        let problem = whole("song/violin.wav").unwrap_err();
        assert!(problem.ends_with("such as /home/ada/song/violin.wav"), "{problem}");
        assert!(whole("~ada/violin.wav").is_err());
    }
}
