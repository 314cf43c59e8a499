//! A and B: two versions of the mixer and of what was learned, for comparison.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{MAX_INSTRUMENTS, Project};
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
    /// The settings with their strips: those of the instruments, in order and as many as there
    /// are places, and the rest's, which has the number after the last place.
    pub fn of_strips(&self) -> impl Iterator<Item = (usize, &StripSettings)> {
        let (last, others) =
            self.strips.split_last().map_or((None, &[][..]), |(l, o)| (Some(l), o));
        let instruments = others.iter().enumerate().take(MAX_INSTRUMENTS);
        instruments.chain(last.map(|last| (MAX_INSTRUMENTS, last)))
    }
}

/// Settings of a mixer strip.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StripSettings {
    /// Linear.
    pub gain: f32,
    /// From -1 to 1. Projects of earlier versions have neither this nor a width.
    #[serde(default)]
    pub pan: f32,
    /// From 0 to 2.
    #[serde(default = "unchanged")]
    pub width: f32,
    /// From -1 to 1. Projects of earlier versions have none.
    #[serde(default)]
    pub strength: f32,
    pub solo: bool,
    pub mute: bool,
}

fn unchanged() -> f32 {
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As they were saved before there were strength, pan and width.
    #[test]
    fn settings_of_earlier_versions_change_nothing() {
        let saved = r#"{"gain":0.5,"solo":true,"mute":false}"#;
        let settings: StripSettings = serde_json::from_str(saved).unwrap();
        let StripSettings { gain, pan, width, strength, solo, mute } = settings;
        assert_eq!([gain, pan, width, strength], [0.5, 0.0, 1.0, 0.0]);
        assert!(solo && !mute);
    }
}
