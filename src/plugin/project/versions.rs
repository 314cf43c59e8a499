//! A and B: two versions of the mixer and of what was learned, for comparison.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Project;
use crate::plugin::choices::OutputSelection;

/// Both versions.
#[derive(Clone, Default)]
pub struct Versions {
    /// The active version; the parameters hold its mixer.
    pub project: Arc<Project>,
    /// The other version; `None` until the first switch.
    pub other: Option<Version>,
    /// Whether B is the active version.
    pub b_is_active: bool,
}

/// The version that is not active.
#[derive(Clone)]
pub struct Version {
    pub project: Arc<Project>,
    pub mixer: MixerSettings,
}

/// A version's mixer and output selection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixerSettings {
    #[serde(rename = "heard")]
    pub selection: OutputSelection,
    pub source: u16,
    pub component: u16,
    pub wet: f32,
    /// The last one belongs to the rest.
    pub strips: Vec<StripSettings>,
}

impl MixerSettings {
    /// Pairs the settings with `instruments`, in order and as many as both have, and the last
    /// settings with `rest`.
    pub fn strips_with<'a, T>(
        &'a self,
        instruments: &'a [T],
        rest: &'a T,
    ) -> impl Iterator<Item = (&'a T, &'a StripSettings)> {
        let (last, others) =
            self.strips.split_last().map_or((None, &[][..]), |(l, o)| (Some(l), o));
        instruments.iter().zip(others).chain(last.map(|last| (rest, last)))
    }
}

/// Settings of a mixer strip.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StripSettings {
    /// Linear.
    pub gain: f32,
    /// From -1 to 1. Projects of earlier versions have none.
    #[serde(default)]
    pub strength: f32,
    pub solo: bool,
    pub mute: bool,
}
