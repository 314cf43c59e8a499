//! What the framework saves and restores: the parameters, and the project beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use nice_plug::prelude::{ParamPtr, Params};

use super::PluginParams;

pub struct SavedParams(pub Arc<PluginParams>);

// SAFETY: the pointers are those of the parameters in the `Arc`, which do not move.
unsafe impl Params for SavedParams {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        self.0.param_map()
    }

    fn serialize_fields(&self) -> BTreeMap<String, String> {
        self.0.project.fields()
    }

    #[cfg(patched_framework)]
    fn serialize_fields_json(&self) -> Vec<Arc<str>> {
        self.0.project.json()
    }

    fn deserialize_fields(&self, _: &BTreeMap<String, String>) {
        self.0.project.restore();
    }
}
