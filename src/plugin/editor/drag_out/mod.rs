//! Drags a recording or a stem out of the window, to the host or to a file manager, which gets a
//! WAV file.
//!
//! * [`handle`] is what the user drags; [`content`] writes it; [`folder`] keeps the files.
//! * [`x11`] or [`ole`] delivers the file's path to the window that it is dropped on. On macOS
//!   there is no handle.

mod content;
mod folder;
pub mod handle;
#[cfg(windows)]
mod ole;
#[cfg(target_os = "linux")]
mod targets;
#[cfg(target_os = "linux")]
mod x11;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle, Scope};

use content::Content;
use folder::{Added, Folder};

#[cfg(windows)]
use ole as system;
#[cfg(target_os = "linux")]
use x11 as system;

use super::files::without_code;
use super::window_number::WindowNumber;
use crate::plugin::hub::Hub;
use crate::plugin::priority::give_way;
use crate::plugin::resident::stay_loaded;

/// What the user can do if a file cannot be dragged.
const REMEDY: &str = "export it from the Files menu instead";

/// How far the file is that is being dragged.
#[derive(Clone, Debug, PartialEq)]
pub enum FileState {
    NotYet,
    At(PathBuf),
    Failed,
}

/// How a drag ended.
#[expect(dead_code, reason = "no system has all of them")]
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Without a drop, or over something that does not accept files.
    NotDropped,
    /// The button was released before there was a file.
    NotReady,
    /// The target accepted the drop, but did not ask for the file.
    Refused,
    /// It got the path of the file, but has not said that it took it.
    Unconfirmed(PathBuf),
    Taken(PathBuf),
}

/// What the window and the thread of a drag tell each other.
#[derive(Default)]
struct Shared {
    /// The window does not want it any more.
    stop: AtomicBool,
    /// Whether what is under the pointer would take the file.
    accepted: AtomicBool,
    /// Whether the file is being written.
    writing: AtomicBool,
}

impl Shared {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    #[cfg_attr(
        not(any(target_os = "linux", windows)),
        expect(dead_code, reason = "nothing is dragged out there")
    )]
    fn set_accepted(&self, accepted: bool) {
        self.accepted.store(accepted, Ordering::Relaxed);
    }
}

/// A drag that has begun. It runs on its own thread, since the window has to be drawn meanwhile;
/// dropping this ends it. Either that waits for the thread, which must not outlive the plugin's
/// library, or the library stays: on Windows, the thread may be in a call of the host's window.
pub struct Drag {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Drag {
    /// Starts dragging `content`. Nothing is delivered to `own_window`, which it comes from.
    fn start(hub: Arc<Hub>, own_window: Option<WindowNumber>, content: Content) -> Self {
        let shared = Arc::<Shared>::default();
        let (of_thread, of_status) = (shared.clone(), hub.clone());
        let start = || {
            thread::Builder::new()
                .name("unbraid drag".to_string())
                .spawn(move || run(&hub, own_window, &content, &of_thread))
                .ok()
        };
        let can_start = !cfg!(windows) || stay_loaded();
        let thread = can_start.then(start).flatten();
        if thread.is_none() {
            of_status.status.error(format!("dragging failed: {REMEDY}"));
        }
        Self { shared, thread }
    }

    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn is_accepted(&self) -> bool {
        self.shared.accepted.load(Ordering::Relaxed)
    }

    fn is_writing(&self) -> bool {
        self.shared.writing.load(Ordering::Relaxed)
    }
}

impl Drop for Drag {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && !cfg!(windows)
        {
            let _ = thread.join();
        }
    }
}

/// Follows the pointer until the file is delivered or the drag ends otherwise.
fn run(hub: &Hub, own_window: Option<WindowNumber>, content: &Content, shared: &Arc<Shared>) {
    let added = OnceLock::new();
    let outcome = thread::scope(|scope| {
        let mut writing = None;
        let mut file = || {
            let writing = writing.get_or_insert_with(|| write(scope, hub, content, shared, &added));
            let state = writing.state();
            shared.writing.store(state == FileState::NotYet, Ordering::Relaxed);
            state
        };
        let outcome = system::drag(own_window, shared, &mut file)
            .map_err(|error| format!("dragging failed ({error}): {REMEDY}"));
        // What is still being written has nowhere to go.
        shared.stop.store(true, Ordering::Relaxed);
        outcome
    });
    match &outcome {
        Ok(Outcome::Taken(path)) => hub.status.note(dragged_out(path, "")),
        Ok(Outcome::Unconfirmed(path)) => {
            hub.status.note(dragged_out(path, ", but the other program has not confirmed it"));
        }
        Ok(Outcome::Refused) => {
            hub.status.note(format!("the other program did not take {}: {REMEDY}", content.name))
        }
        Ok(Outcome::NotReady) => hub
            .status
            .note(format!("{} was not ready yet: drag it for longer, or {REMEDY}", content.name)),
        Ok(Outcome::NotDropped) => {}
        Err(problem) => hub.status.error(problem.clone()),
    }
    let is_given = matches!(outcome, Ok(Outcome::Taken(_) | Outcome::Unconfirmed(_)));
    if let (false, Some(added)) = (is_given, added.get()) {
        added.discard();
    }
}

/// No handle is shown.
#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    use std::convert::Infallible;

    use super::{FileState, Outcome, Shared, WindowNumber};

    pub fn drag(
        _: Option<WindowNumber>,
        _: &Shared,
        _: &mut dyn FnMut() -> FileState,
    ) -> Result<Outcome, Infallible> {
        Ok(Outcome::NotDropped)
    }
}

fn dragged_out(path: &std::path::Path, how: &str) -> String {
    let name = path.file_name().unwrap_or_default().display();
    let folder = path.parent().unwrap_or(path).display();
    format!("{name}: dragged out{how}; the file stays in {folder}")
}

/// A file that is being written on another thread.
struct Writing {
    result: Receiver<Result<PathBuf, String>>,
    state: FileState,
}

fn write<'scope>(
    scope: &'scope Scope<'scope, '_>,
    hub: &'scope Hub,
    content: &'scope Content,
    shared: &'scope Shared,
    added: &'scope OnceLock<Added>,
) -> Writing {
    let (sender, result) = mpsc::channel();
    scope.spawn(move || {
        give_way();
        let written =
            Folder::of(hub).and_then(|folder| content.write_to(&folder, &|| shared.goes_on()));
        if let (Err(problem), true) = (&written, shared.goes_on()) {
            hub.status.error(without_code(problem));
        }
        let path = written.map(|file| {
            let path = file.path.clone();
            let _ = added.set(file);
            path
        });
        let _ = sender.send(path);
    });
    Writing { result, state: FileState::NotYet }
}

impl Writing {
    fn state(&mut self) -> FileState {
        match self.result.try_recv() {
            Ok(Ok(path)) => self.state = FileState::At(path),
            Ok(Err(_)) => self.state = FileState::Failed,
            Err(TryRecvError::Disconnected) if self.state == FileState::NotYet => {
                self.state = FileState::Failed;
            }
            Err(_) => {}
        }
        self.state.clone()
    }
}
