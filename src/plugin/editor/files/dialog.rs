//! The system's file dialogs. Call from a thread that may wait.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::dialog_parent::DialogParent;
use super::{DICTIONARY, Task, menus};
use crate::audio;
use crate::plugin::real_time::lock;

/// No user closes a dialog this fast: it was never shown.
const UNSEEN: Duration = Duration::from_millis(300);

/// Whether a dialog is open, and the folder that the last one ended in, of all instances in the
/// host.
static IS_OPEN: AtomicBool = AtomicBool::new(false);
static LAST_FOLDER: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Lets the next dialog open, whatever happens in this one.
struct Open;

impl Drop for Open {
    fn drop(&mut self) {
        IS_OPEN.store(false, Ordering::SeqCst);
    }
}

/// How a dialog ended.
pub enum Answer {
    Path(PathBuf),
    Cancelled,
    /// It could not be shown.
    NotShown,
    /// Another one is open.
    AlreadyOpen,
}

/// Asks for a task's path.
pub fn ask(task: Task, parent: Option<DialogParent>) -> Answer {
    if IS_OPEN.swap(true, Ordering::SeqCst) {
        return Answer::AlreadyOpen;
    }
    let open = Open;
    let asked = Instant::now();
    let path = show(task, parent);
    drop(open);
    match path {
        Some(path) => {
            *lock(&LAST_FOLDER) = folder_of(task, &path).map(Path::to_path_buf);
            Answer::Path(path)
        }
        None if asked.elapsed() < UNSEEN => Answer::NotShown,
        None => Answer::Cancelled,
    }
}

fn folder_of(task: Task, path: &Path) -> Option<&Path> {
    match task {
        Task::ExportClips(_) | Task::ExportStems(_) => Some(path),
        _ => path.parent(),
    }
}

fn show(task: Task, parent: Option<DialogParent>) -> Option<PathBuf> {
    let mut dialog = rfd::FileDialog::new().set_title(format!("Unbraid: {}", menus::name(task)));
    if let Some(parent) = parent {
        dialog = parent.adopt(dialog);
    }
    if let Some(folder) = &*lock(&LAST_FOLDER) {
        dialog = dialog.set_directory(folder);
    }
    match task {
        Task::LoadClip { .. } => dialog.add_filter("Audio", &audio::EXTENSIONS).pick_file(),
        Task::LoadDictionary => dialog.add_filter("Learned instruments", &DICTIONARY).pick_file(),
        Task::SaveDictionary => dialog
            .add_filter("Learned instruments", &DICTIONARY)
            .set_file_name("instruments.safetensors")
            .save_file(),
        Task::ExportClips(_) | Task::ExportStems(_) => dialog.pick_folder(),
    }
}
