//! The project as a field of the state that the framework saves and restores.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use nice_plug::plugin::ParamValue;
use nice_plug::prelude::{Param, ParamPtr, Params};

use super::saved::{PackedDictionaries, Saved};
use super::{Checked, FIELD, write};
use crate::plugin::hub::Hub;
use crate::plugin::project::undo::UndoStack;
use crate::plugin::restoring::Restoring;

pub struct ProjectField {
    hub: Arc<Hub>,
    /// The instance's parameters, which own this field.
    params: OnceLock<Vec<(String, ParamPtr)>>,
    dictionaries: PackedDictionaries,
}

impl ProjectField {
    pub fn new(hub: Arc<Hub>) -> Self {
        Self { hub, params: OnceLock::new(), dictionaries: PackedDictionaries::default() }
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

    /// Packs the dictionaries in use, so that saving need not, and frees the packed forms of those
    /// that are not in use any more.
    pub fn pack_dictionaries(&self) {
        self.dictionaries.forget_unused();
        let versions = self.hub.project.versions();
        let other = versions.other.as_ref().map(|other| &other.project);
        for project in [&versions.project].into_iter().chain(other) {
            if let Some(dictionary) = &project.dictionary {
                self.dictionaries.packed(dictionary);
            }
        }
    }

    /// The JSON object with the field, in parts. What is packed is not copied: hosts save
    /// often, and a project may have more than 100 MB of recordings.
    pub fn json(&self) -> Vec<Arc<str>> {
        let keep_clips = self.hub.project.keeps_clips();
        // Before it is read: what changes from here on may not be in it.
        self.hub.project.take_unsaved();
        let (versions, window) = (self.hub.project.versions(), self.hub.window.get());
        let params = self.param_values();
        let saved = Saved::of(&versions, keep_clips, window, params, &self.dictionaries);
        let mut parts = vec![format!("{{\"{FIELD}\":\"").into()];
        // Everything in it can be serialized.
        parts.extend(write(&saved).unwrap_or_default());
        parts.push("\"}".into());
        parts
    }

    /// The same as the framework has it when it is to be loaded.
    pub fn fields(&self) -> BTreeMap<String, String> {
        serde_json::from_str(&self.json().concat()).unwrap_or_default()
    }

    /// Applies the state that was checked last.
    pub fn restore(&self) {
        match Restoring::finish::<Checked>() {
            Some(Ok(Some((versions, window)))) => {
                if window.is_some() {
                    self.hub.window.set(window);
                }
                // What was asked for before was not meant for the loaded recordings.
                self.hub.triggers.forget_cleared();
                self.hub.project.replace(UndoStack::new(versions));
                // At once: the next block may be the first of a bounce.
                self.hub.renew_engine(&mut || true);
            }
            Some(Err(error)) => self.hub.status.error(error.to_string()),
            Some(Ok(None)) | None => {}
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
