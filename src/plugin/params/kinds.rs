//! Whether the values of a saved state are of the parameters' kinds, and the values of those
//! that it does not have. The framework would leave out wrong and missing ones, and set the
//! others.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::*;

use super::PluginParams;
use crate::plugin::hub::Hub;

#[derive(Clone, Copy)]
enum ParamKind {
    Float,
    Int,
    Bool,
    Enum,
}

/// The kinds of the parameters, by identifier.
fn kinds() -> &'static HashMap<String, ParamKind> {
    static KINDS: OnceLock<HashMap<String, ParamKind>> = OnceLock::new();
    KINDS.get_or_init(|| {
        let params = PluginParams::new(&Hub::new()).param_map();
        let kind = |param| match param {
            ParamPtr::FloatParam(_) => ParamKind::Float,
            ParamPtr::IntParam(_) => ParamKind::Int,
            ParamPtr::BoolParam(_) => ParamKind::Bool,
            ParamPtr::EnumParam(_) => ParamKind::Enum,
        };
        params.into_iter().map(|(id, param, _)| (id, kind(param))).collect()
    })
}

/// The default values of all parameters, for those that a state of an earlier version does not
/// have.
pub fn defaults() -> &'static BTreeMap<String, ParamValue> {
    static DEFAULTS: OnceLock<BTreeMap<String, ParamValue>> = OnceLock::new();
    DEFAULTS.get_or_init(|| {
        let params = Arc::new(PluginParams::new(&Hub::new()));
        params.project.set_params(&*params);
        params.project.param_values()
    })
}

/// The first parameter with a value of another kind than the parameter's. Unknown parameters
/// are those of other versions, and are left out.
pub fn wrong_kind(values: &BTreeMap<String, ParamValue>) -> Option<&str> {
    let fits = |kind: ParamKind, value: &ParamValue| match (kind, value) {
        (ParamKind::Float, ParamValue::F32(value)) => value.is_finite(),
        (ParamKind::Int | ParamKind::Enum, ParamValue::I32(_))
        | (ParamKind::Bool, ParamValue::Bool(_))
        | (ParamKind::Enum, ParamValue::String(_)) => true,
        _ => false,
    };
    let known = values.iter().filter_map(|(id, value)| Some((id, *kinds().get(id)?, value)));
    known.filter(|(_, kind, value)| !fits(*kind, value)).map(|(id, ..)| id.as_str()).next()
}
