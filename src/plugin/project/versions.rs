//! A and B: two versions of the mixer and of what was learned, to compare.

use serde::{Deserialize, Serialize};

use super::Project;
use crate::plugin::choices::OutputSelection;

/// Both versions.
#[derive(Clone, Default)]
pub struct Versions {
    /// The one that is heard; its mixer is the parameters'.
    pub project: Project,
    /// The one that waits; none as long as it was never heard.
    pub other: Option<Version>,
    /// Whether the one that is heard is B.
    pub hears_b: bool,
}

/// A version that is not heard.
#[derive(Clone)]
pub struct Version {
    pub project: Project,
    pub mixer: MixerSettings,
}

/// How a version has the mixer, and what is heard of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixerSettings {
    pub heard: OutputSelection,
    pub source: u16,
    pub component: u16,
    pub wet: f32,
    /// The rest's last.
    pub strips: Vec<StripSettings>,
}

/// How a strip of the mixer is set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StripSettings {
    /// Linear.
    pub gain: f32,
    pub solo: bool,
    pub mute: bool,
}
