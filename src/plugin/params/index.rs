//! Looks up parameters by identifier, as undo steps store them.

use std::collections::HashMap;
use std::sync::Arc;

use nice_plug::prelude::{ParamPtr, Params};

/// Identifiers and addresses of one instance's parameters.
pub struct ParamIndex {
    params: HashMap<Arc<str>, ParamPtr>,
    ids: HashMap<ParamPtr, Arc<str>>,
}

impl ParamIndex {
    pub fn new(params: &impl Params) -> Self {
        let all = params.param_map();
        let all = all.into_iter().map(|(id, param, _)| (Arc::<str>::from(id), param));
        let params: HashMap<_, _> = all.collect();
        let ids = params.iter().map(|(id, param)| (*param, id.clone())).collect();
        Self { params, ids }
    }

    /// The identifier of a parameter of this instance.
    pub fn id(&self, param: ParamPtr) -> Option<Arc<str>> {
        self.ids.get(&param).cloned()
    }

    pub fn param(&self, id: &str) -> Option<ParamPtr> {
        self.params.get(id).copied()
    }
}
