//! Reads all parameters at once.

use nice_plug::prelude::IntParam;

use super::{PanningParams, PluginParams, StripParams};
use crate::dsp::SpatialKind;
use crate::plugin::audio_thread::controls::{Controls, REST_STRIP, RecordControls, STRIPS, Strip};
use crate::plugin::project::versions::{MixerSettings, StripSettings};

impl PluginParams {
    /// The parameters that the audio thread uses.
    pub fn controls(&self) -> Controls {
        let (output, record) = (&self.output, &self.record);
        Controls {
            selection: output.selection.value(),
            source: output.source(),
            component: output.component(),
            spatial: SpatialKind::of_setting(output.spatial.value()),
            wet: output.wet.value(),
            bypassed: self.bypass.value(),
            matches_loudness: self.match_loudness.value(),
            midi_notes: self.midi_notes.value(),
            strips: std::array::from_fn(|strip| read_strip(self.strip(strip), self.panning(strip))),
            record: RecordControls {
                from: record.from.value(),
                to: record.to(),
                how: record.how.value(),
                only_while_playing: record.only_while_playing.value(),
            },
        }
    }

    /// Parameters of a strip; the last is the rest's.
    pub fn strip(&self, strip: usize) -> &StripParams {
        if strip == REST_STRIP { &self.rest } else { &self.strips[strip] }
    }

    /// The same for its panning.
    pub fn panning(&self, strip: usize) -> &PanningParams {
        if strip == REST_STRIP { &self.rest_panning } else { &self.pannings[strip] }
    }

    /// The present mixer settings.
    pub fn mixer_settings(&self) -> MixerSettings {
        let output = &self.output;
        let number = |param: &IntParam| param.value() as u16;
        let settings = |strip: usize| {
            let Strip { gain, pan, width, strength, solo, mute, .. } =
                read_strip(self.strip(strip), self.panning(strip));
            StripSettings { gain, pan, width, strength, solo, mute }
        };
        MixerSettings {
            selection: output.selection.value(),
            source: number(output.source_param()),
            component: number(output.component_param()),
            wet: output.wet.value(),
            strips: (0..STRIPS).map(settings).collect(),
        }
    }
}

fn read_strip(strip: &StripParams, panning: &PanningParams) -> Strip {
    Strip {
        gain: strip.gain.value(),
        pan: panning.pan.value(),
        width: panning.width.value(),
        strength: strip.strength.value(),
        solo: strip.solo.value(),
        mute: strip.mute.value(),
        has_bus: strip.bus.value(),
    }
}
