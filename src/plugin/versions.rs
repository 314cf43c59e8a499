//! A and B: two versions of the mixer and of what was learned, to compare.

use nice_plug::prelude::IntParam;
use serde::{Deserialize, Serialize};

use super::params::{Heard, PluginParams, StripParams};
use super::project::Project;

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
    pub heard: Heard,
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

impl MixerSettings {
    /// The mixer as it is now.
    pub fn of(params: &PluginParams) -> Self {
        let output = &params.output;
        let number = |param: &IntParam| param.value() as u16;
        let settings = |strip: &StripParams| StripSettings {
            gain: strip.gain.value(),
            solo: strip.solo.value(),
            mute: strip.mute.value(),
        };
        Self {
            heard: output.heard.value(),
            source: number(output.source_param()),
            component: number(output.component_param()),
            wet: output.wet.value(),
            strips: params.strips.iter().chain([&params.rest]).map(settings).collect(),
        }
    }
}
