//! Reads all parameters at once.

use nice_plug::prelude::IntParam;

use super::{PluginParams, StripParams};
use crate::dsp::SpatialKind;
use crate::plugin::audio_thread::controls::{Controls, REST_STRIP, RecordControls, Strip};
use crate::plugin::project::versions::{MixerSettings, StripSettings};

impl PluginParams {
    /// The parameters that the audio thread uses.
    pub fn controls(&self) -> Controls {
        let (output, record) = (&self.output, &self.record);
        let params = |strip| if strip == REST_STRIP { &self.rest } else { &self.strips[strip] };
        Controls {
            selection: output.selection.value(),
            source: output.source(),
            component: output.component(),
            spatial: SpatialKind::of_setting(output.spatial.value()),
            wet: output.wet.value(),
            bypassed: self.bypass.value(),
            matches_loudness: self.match_loudness.value(),
            strips: std::array::from_fn(|strip| read_strip(params(strip))),
            record: RecordControls {
                from: record.from.value(),
                to: record.to(),
                how: record.how.value(),
                only_while_playing: record.only_while_playing.value(),
            },
        }
    }

    /// The present mixer settings.
    pub fn mixer_settings(&self) -> MixerSettings {
        let output = &self.output;
        let number = |param: &IntParam| param.value() as u16;
        let settings = |strip: &StripParams| StripSettings {
            gain: strip.gain.value(),
            strength: strip.strength.value(),
            solo: strip.solo.value(),
            mute: strip.mute.value(),
        };
        MixerSettings {
            selection: output.selection.value(),
            source: number(output.source_param()),
            component: number(output.component_param()),
            wet: output.wet.value(),
            strips: self.strips.iter().chain([&self.rest]).map(settings).collect(),
        }
    }
}

fn read_strip(strip: &StripParams) -> Strip {
    Strip {
        gain: strip.gain.value(),
        strength: strip.strength.value(),
        solo: strip.solo.value(),
        mute: strip.mute.value(),
        has_bus: strip.bus.value(),
    }
}
