//! The project in the host's saved state: one JSON field next to the parameters.
//!
//! A state is checked as a whole before any of it is applied: one that is damaged,
//! inconsistent or of a newer version changes nothing. The field has a checksum, and a copy
//! of the parameters, so that no damage goes unnoticed.

pub mod clip;
mod field;
mod flac;
pub mod pack;
mod saved;
mod version_1;

use std::collections::BTreeMap;
use std::sync::Arc;

use nice_plug::plugin::{ParamValue, PluginState};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::packed_text::JsonParts;
use super::project::versions::Versions;
use super::restoring::Restoring;
use super::window_state::WindowState;
use saved::Saved;

pub use field::ProjectField;

/// The version that is written, and the newest that can be read.
pub const VERSION: u32 = 2;

/// The first version has no checksum, no copy of the parameters, and other packing of clips.
const VERSION_1: u32 = 1;

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

/// The field's text. In version 1, the content stands beside the version.
#[derive(Deserialize)]
struct SavedField<'a> {
    version: u32,
    /// Of the content's text.
    #[serde(default)]
    crc32: u32,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
}

/// Makes the field's text, as it stands between the quotes of a JSON string, in parts.
fn write(saved: &Saved) -> serde_json::Result<Vec<Arc<str>>> {
    let content = JsonParts::new(saved, saved.texts())?;
    let crc32 = content.crc32();
    let before = format!(r#"{{"version":{VERSION},"crc32":{crc32},"content":"#);
    content.quoted(&before, "}")
}

/// Reads the output of [`write`], or what an earlier version wrote.
fn read(json: &str) -> Result<(BTreeMap<String, ParamValue>, Restored), StateError> {
    let envelope: SavedField = serde_json::from_str(json).map_err(StateError::damaged)?;
    let content = match (envelope.version, envelope.content) {
        (0, _) => return Err(StateError::damaged("version 0")),
        (VERSION_1, _) => json,
        (VERSION, Some(content)) => content.get(),
        (VERSION, None) => return Err(StateError::damaged("it has no content")),
        (found, _) => return Err(StateError::Newer { found }),
    };
    let is_sealed = envelope.version != VERSION_1;
    if is_sealed && crc32fast::hash(content.as_bytes()) != envelope.crc32 {
        return Err(StateError::damaged("its checksum is wrong"));
    }
    let mut saved: Saved = serde_json::from_str(content).map_err(StateError::damaged)?;
    saved.check_size()?;
    let window = saved.window.map(WindowState::sane);
    let params = std::mem::take(&mut saved.params);
    Ok((params, (saved.restore()?, window)))
}

/// The result of [`check`], for [`ProjectField::restore`]; `None` if the state has no project.
type Checked = Result<Option<Restored>, StateError>;

/// Checks a state before any of it is applied; returns whether it can be used. Empties a bad
/// one, so that nothing changes. `wrong` finds a parameter whose value is of the wrong kind;
/// `defaults` has the values of those that an earlier version did not have.
pub fn check(
    state: &mut PluginState,
    wrong: fn(&BTreeMap<String, ParamValue>) -> Option<&str>,
    defaults: fn() -> &'static BTreeMap<String, ParamValue>,
) -> bool {
    let read: Checked = match state.fields.get(FIELD) {
        Some(json) => read(json).map(|(params, restored)| {
            if !params.is_empty() {
                state.params = params;
            }
            Some(restored)
        }),
        None => Err(StateError::damaged("it holds no project")),
    };
    let read = match wrong(&state.params) {
        Some(id) => Err(StateError::damaged(format!("`{id}` has the wrong kind of value"))),
        None => read,
    };
    let accepted = read.is_ok();
    if accepted {
        for (id, default) in defaults() {
            state.params.entry(id.clone()).or_insert_with(|| default.clone());
        }
    } else {
        state.params.clear();
        state.fields.clear();
    }
    // Ensures that the framework sets the field, which ends the restore begun here; it has
    // been read already.
    state.fields.insert(FIELD.to_string(), "null".to_string());
    Restoring::begin(read);
    accepted
}
