//! The project in the host's saved state: one JSON field next to the parameters.
//!
//! A state is checked as a whole before any of it is applied: one that is damaged,
//! inconsistent or of a newer version changes nothing. The field has a checksum, and a copy
//! of the parameters, so that no damage goes unnoticed.

pub mod clip;
mod flac;
pub mod pack;
mod saved;
mod text;
mod version_1;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use nice_plug::params::persist::PersistentField;
use nice_plug::plugin::{ParamValue, PluginState};
use nice_plug::prelude::{Param, ParamPtr, Params};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::hub::Hub;
use super::project::undo::UndoStack;
use super::project::versions::Versions;
use super::real_time::lock;
use super::restoring::Restoring;
use super::window_state::WindowState;
use saved::{PackedDictionaries, Saved};

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
#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    version: u32,
    /// Of the content's text.
    #[serde(default)]
    crc32: u32,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
}

/// Makes the field's text.
fn write(saved: &Saved) -> serde_json::Result<Box<RawValue>> {
    let content = to_raw_value(saved)?;
    let crc32 = crc32fast::hash(content.get().as_bytes());
    to_raw_value(&Envelope { version: VERSION, crc32, content: Some(&content) })
}

/// Reads the output of [`write`], or what an earlier version wrote.
fn read(json: &str) -> Result<(BTreeMap<String, ParamValue>, Restored), StateError> {
    let envelope: Envelope = serde_json::from_str(json).map_err(StateError::damaged)?;
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

/// The result of [`check`], for [`ProjectField::set`]; `None` if the state has no project.
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

/// What the text was made from: revision, whether clips are kept, the window, parameters.
type Key = (u64, bool, Option<WindowState>, String);

/// The field of the saved state, as the framework sees it.
pub struct ProjectField {
    hub: Arc<Hub>,
    /// The instance's parameters, which own this field.
    params: OnceLock<Vec<(String, ParamPtr)>>,
    /// The text for a revision of the project: hosts save often.
    cache: Mutex<Option<(Key, Box<RawValue>)>>,
    dictionaries: PackedDictionaries,
}

impl ProjectField {
    pub fn new(hub: Arc<Hub>) -> Self {
        Self {
            hub,
            params: OnceLock::new(),
            cache: Mutex::default(),
            dictionaries: PackedDictionaries::default(),
        }
    }

    /// Sets the parameters to save. They must own this field, and must not move.
    pub fn set_params(&self, params: &impl Params) {
        let all = params.param_map().into_iter().map(|(id, param, _)| (id, param));
        let _ = self.params.set(all.collect());
    }

    /// The present values of the parameters, by identifier.
    pub fn param_values(&self) -> BTreeMap<String, ParamValue> {
        let params = self.params.get().into_iter().flatten();
        params.map(|(id, param)| (id.clone(), param_value(*param))).collect()
    }

    /// Packs the dictionaries in use, so that saving need not.
    pub fn pack_dictionaries(&self) {
        let versions = self.hub.project.versions();
        let other = versions.other.as_ref().map(|other| &other.project);
        for project in [&versions.project].into_iter().chain(other) {
            if let Some(dictionary) = &project.dictionary {
                self.dictionaries.packed(dictionary);
            }
        }
    }
}

/// A parameter's value in the framework's format.
fn param_value(param: ParamPtr) -> ParamValue {
    // SAFETY: the pointers are those of the parameters that own the field, see
    // `ProjectField::set_params`.
    unsafe {
        match param {
            ParamPtr::FloatParam(p) => ParamValue::F32((*p).unmodulated_plain_value()),
            ParamPtr::IntParam(p) => ParamValue::I32((*p).unmodulated_plain_value()),
            ParamPtr::BoolParam(p) => ParamValue::Bool((*p).unmodulated_plain_value()),
            ParamPtr::EnumParam(p) => match (*p).unmodulated_plain_id() {
                Some(id) => ParamValue::String(id.to_owned()),
                None => ParamValue::I32((*p).unmodulated_plain_value()),
            },
        }
    }
}

impl PersistentField<'_, Option<Box<RawValue>>> for ProjectField {
    fn set(&self, _: Option<Box<RawValue>>) {
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
        F: Fn(&Option<Box<RawValue>>) -> R,
    {
        let keep_clips = self.hub.project.keeps_clips();
        let params = self.param_values();
        let params_text = serde_json::to_string(&params).unwrap_or_default();
        let mut cache = lock(&self.cache);
        let revision = self.hub.project.revision();
        let key = (revision, keep_clips, self.hub.window.get(), params_text);
        let mut present = cache.take().filter(|(made_for, _)| *made_for == key);
        if present.is_none() {
            let versions = self.hub.project.versions();
            let saved = Saved::of(&versions, keep_clips, key.2, params, &self.dictionaries);
            present = write(&saved).ok().map(|text| (key, text));
        }
        let (key, text) = present.unzip();
        let result = f(&text);
        *cache = key.zip(text);
        result
    }
}
