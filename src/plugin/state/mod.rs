//! The project in the host's saved state: one JSON field beside the parameters.
//!
//! A state is checked whole before any of it is put in place: what does not hold
//! together, or is of a newer version, leaves everything as it was.

mod clip;
pub mod pack;
mod saved;

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use nice_plug::params::persist::PersistentField;
use nice_plug::plugin::PluginState;
use serde::Deserialize;

use super::audio_thread::real_time::lock;
use super::audio_thread::triggers;
use super::hub::Hub;
use super::project::undo::UndoStack;
use super::project::versions::Versions;
use super::window_state::WindowState;
use saved::Saved;

/// Version of the state that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// Name of the field.
const FIELD: &str = "project";

/// Why a state was refused.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error(
        "the project was saved by a newer Unbraid (state version {found}, this one reads {VERSION}): \
         update Unbraid; what was loaded before is kept"
    )]
    Newer { found: u32 },
    #[error(
        "the saved state is damaged ({0}): load an earlier save of the project; what was loaded \
         before is kept"
    )]
    Damaged(String),
}

impl StateError {
    fn damaged(cause: impl std::fmt::Display) -> Self {
        Self::Damaged(cause.to_string())
    }
}

/// What a state holds.
type Restored = (Versions, Option<WindowState>);

/// Reads what [`Saved::of`] made.
fn read(json: &str) -> Result<Restored, StateError> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let Version { version } = serde_json::from_str(json).map_err(StateError::damaged)?;
    if version > VERSION {
        return Err(StateError::Newer { found: version });
    }
    let saved: Saved = serde_json::from_str(json).map_err(StateError::damaged)?;
    let window = saved.window.map(WindowState::sane);
    Ok((saved.restore()?, window))
}

thread_local! {
    /// What a state that is being put in place on this thread holds. Parameters
    /// are set between [`check`] and [`ProjectField::set`].
    static CHECKED: RefCell<Option<Result<Restored, StateError>>> = const { RefCell::new(None) };
}

/// Checks a state before anything of it is put in place; a bad one is emptied,
/// so that nothing changes.
pub fn check(state: &mut PluginState) {
    triggers::set_restoring(true);
    let read = match state.fields.get(FIELD) {
        // The frame around a field's text is the framework's.
        Some(json) => read(json).map(Some),
        None => Err(StateError::damaged("it holds no project")),
    };
    if read.is_err() {
        state.params.clear();
        state.fields.clear();
    }
    // Makes sure that the field is set, which ends what begins here.
    state.fields.entry(FIELD.to_string()).or_insert_with(|| "null".to_string());
    CHECKED.replace(read.transpose());
}

/// What the text was made for: revision, whether with clips, the window.
type Key = (u64, bool, Option<WindowState>);

/// The field of the saved state, as the framework knows it.
pub struct ProjectField {
    hub: Arc<Hub>,
    /// The text for a revision of the project: packing takes a moment.
    cache: Mutex<Option<(Key, serde_json::Value)>>,
}

impl ProjectField {
    pub fn new(hub: Arc<Hub>) -> Self {
        Self { hub, cache: Mutex::new(None) }
    }
}

impl PersistentField<'_, serde_json::Value> for ProjectField {
    fn set(&self, _: serde_json::Value) {
        triggers::set_restoring(false);
        match CHECKED.take() {
            Some(Ok((versions, window))) => {
                if window.is_some() {
                    self.hub.set_window_state(window);
                }
                self.hub.replace(UndoStack::new(versions));
                // At once: the next block may be the first of a bounce.
                self.hub.renew_engine();
            }
            Some(Err(error)) => self.hub.status.error(error.to_string()),
            None => {}
        }
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&serde_json::Value) -> R,
    {
        let keep_clips = self.hub.keeps_clips();
        let mut cache = lock(&self.cache);
        let key = (self.hub.revision(), keep_clips, self.hub.window_state());
        if cache.as_ref().is_none_or(|(made_for, _)| *made_for != key) {
            let saved = Saved::of(&self.hub.versions(), keep_clips, key.2);
            let value = serde_json::to_value(saved).unwrap_or_default();
            *cache = Some((key, value));
        }
        match &*cache {
            Some((_, value)) => f(value),
            None => f(&serde_json::Value::Null),
        }
    }
}
