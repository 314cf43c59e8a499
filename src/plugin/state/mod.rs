//! The project in the host's saved state: one JSON field next to the parameters.
//!
//! A state is checked as a whole before any of it is applied: one that is inconsistent or of
//! a newer version changes nothing.

mod clip;
pub mod pack;
mod saved;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use nice_plug::params::persist::PersistentField;
use nice_plug::plugin::{ParamValue, PluginState};
use serde::Deserialize;

use super::hub::Hub;
use super::project::undo::UndoStack;
use super::project::versions::Versions;
use super::real_time::lock;
use super::restoring::Restoring;
use super::window_state::WindowState;
use saved::Saved;

/// The version that is written, and the newest that can be read.
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

/// The contents of a state.
type Restored = (Versions, Option<WindowState>);

/// Reads the output of [`Saved::of`].
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

/// The result of [`check`], for [`ProjectField::set`]; `None` if the state has no project.
type Checked = Result<Option<Restored>, StateError>;

/// Checks a state before any of it is applied; returns whether it can be used. Empties a bad
/// one, so that nothing changes. `wrong` finds a parameter whose value is of the wrong kind.
pub fn check(
    state: &mut PluginState,
    wrong: fn(&BTreeMap<String, ParamValue>) -> Option<&str>,
) -> bool {
    let read: Checked = match (wrong(&state.params), state.fields.get(FIELD)) {
        (Some(id), _) => Err(StateError::damaged(format!("`{id}` has the wrong kind of value"))),
        // The framework wraps the field's text.
        (None, Some(json)) => read(json).map(Some),
        (None, None) => Err(StateError::damaged("it holds no project")),
    };
    let accepted = read.is_ok();
    if !accepted {
        state.params.clear();
        state.fields.clear();
    }
    // Ensures that the framework sets the field, which ends the restore begun here.
    state.fields.entry(FIELD.to_string()).or_insert_with(|| "null".to_string());
    Restoring::begin(read);
    accepted
}

/// What the text was made from: revision, whether clips are kept, the window.
type Key = (u64, bool, Option<WindowState>);

/// The field of the saved state, as the framework sees it.
pub struct ProjectField {
    hub: Arc<Hub>,
    /// The text for a revision of the project, cached because packing takes a moment.
    cache: Mutex<Option<(Key, serde_json::Value)>>,
}

impl ProjectField {
    pub fn new(hub: Arc<Hub>) -> Self {
        Self { hub, cache: Mutex::new(None) }
    }
}

impl PersistentField<'_, serde_json::Value> for ProjectField {
    fn set(&self, _: serde_json::Value) {
        match Restoring::finish::<Checked>() {
            Some(Ok(Some((versions, window)))) => {
                if window.is_some() {
                    self.hub.window.set(window);
                }
                self.hub.project.replace(UndoStack::new(versions));
                // At once: the next block may be the first of a bounce.
                self.hub.renew_engine(&mut || true);
            }
            Some(Err(error)) => self.hub.status.error(error.to_string()),
            Some(Ok(None)) | None => {}
        }
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&serde_json::Value) -> R,
    {
        let keep_clips = self.hub.project.keeps_clips();
        let mut cache = lock(&self.cache);
        let key = (self.hub.project.revision(), keep_clips, self.hub.window.get());
        if cache.as_ref().is_none_or(|(made_for, _)| *made_for != key) {
            let saved = Saved::of(&self.hub.project.versions(), keep_clips, key.2);
            let value = serde_json::to_value(saved).unwrap_or_default();
            *cache = Some((key, value));
        }
        match &*cache {
            Some((_, value)) => f(value),
            None => f(&serde_json::Value::Null),
        }
    }
}
