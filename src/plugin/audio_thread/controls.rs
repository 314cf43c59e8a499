//! The parameters that the audio thread uses, read once per block.

use crate::dsp::{ChannelGains, SpatialKind};
use crate::plugin::choices::{ExistingClips, OutputSelection, RecordInput};
use crate::plugin::project::MAX_INSTRUMENTS;

/// One per instrument, and the rest's.
pub const STRIPS: usize = MAX_INSTRUMENTS + 1;

/// Strip of the rest.
pub const REST_STRIP: usize = MAX_INSTRUMENTS;

/// Instruments that can have an output of their own, the first ones: hosts have at most 64
/// channels per track.
pub const INSTRUMENT_OUTPUTS: usize = 16;

/// Outputs besides the main one; the last is the rest's.
pub const STRIP_OUTPUTS: usize = INSTRUMENT_OUTPUTS + 1;

/// The strip that plays on an output, counted from 0 without the main output.
pub fn strip_of_output(output: usize) -> usize {
    if output < INSTRUMENT_OUTPUTS { output } else { REST_STRIP }
}

/// The strip's output, counted from 0 without the main output; `None` if it has none.
pub fn output_of_strip(strip: usize) -> Option<usize> {
    (0..STRIP_OUTPUTS).find(|output| strip_of_output(*output) == strip)
}

/// Parameters of a strip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strip {
    /// Linear.
    pub gain: f32,
    /// As for [`ChannelGains::panned`].
    pub pan: f32,
    pub width: f32,
    /// As for [`Separator::set_strength`](crate::dsp::Separator::set_strength).
    pub strength: f32,
    pub solo: bool,
    pub mute: bool,
    pub has_bus: bool,
}

/// The mixer, the output selection, and the settings for recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controls {
    pub selection: OutputSelection,
    /// Strip that [`OutputSelection::Source`] plays.
    pub source: usize,
    /// Component that [`OutputSelection::Component`] plays.
    pub component: usize,
    pub spatial: SpatialKind,
    /// Fraction of the separated sound; the remainder is the delayed input.
    pub wet: f32,
    pub bypassed: bool,
    /// Whether the bypassed input is turned down to the loudness of the output.
    pub matches_loudness: bool,
    /// Whether held MIDI notes solo and mute.
    pub midi_notes: bool,
    pub strips: [Strip; STRIPS],
    pub record: RecordControls,
}

impl Controls {
    /// Fraction of the separated sound that is played.
    pub fn played_wet(&self) -> f32 {
        if self.bypassed { 0.0 } else { self.wet }
    }

    /// Whether the output, if it is not bypassed, is the same with `other`.
    pub fn plays_like(&self, other: &Self) -> bool {
        let Self { bypassed, matches_loudness, record, .. } = *other;
        Self { bypassed, matches_loudness, record, ..*self } == *other
    }

    /// The gains of each strip on the main output. A muted strip is silent; if any strip is soloed,
    /// the others are silent too; what remains plays at its fader's gain.
    /// `has_source`: whether a strip plays anything; soloing an empty strip must not silence
    /// the others. Until something is `learned`, the output is the input. With one of `channels`,
    /// pan and width have no effect.
    pub fn main_gains(
        &self,
        has_source: impl Fn(usize) -> bool,
        learned: bool,
        channels: usize,
    ) -> [ChannelGains; STRIPS] {
        let any_solo = (0..STRIPS).any(|s| has_source(s) && self.strips[s].solo);
        std::array::from_fn(|s| {
            let strip = &self.strips[s];
            let silent = strip.mute || (any_solo && !strip.solo);
            let mixed = match channels {
                _ if silent => ChannelGains::SILENT,
                1 => ChannelGains::uniform(strip.gain),
                _ => ChannelGains::panned(strip.gain, strip.pan, strip.width),
            };
            let unchanged_if = |plays: bool| ChannelGains::uniform(f32::from(plays));
            match self.selection {
                OutputSelection::Delta if !learned => ChannelGains::SILENT,
                _ if !learned => unchanged_if(true),
                OutputSelection::Mix => mixed,
                OutputSelection::Source => unchanged_if(s == self.source),
                OutputSelection::Component => ChannelGains::SILENT,
                OutputSelection::Rest => unchanged_if(s == REST_STRIP),
                OutputSelection::Delta => mixed.removed(),
            }
        })
    }

    /// The component on the main output, if one is selected.
    pub fn main_component(&self, learned: bool) -> Option<usize> {
        (learned && self.selection == OutputSelection::Component).then_some(self.component)
    }
}

/// Settings for recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordControls {
    pub from: RecordInput,
    pub to: Option<usize>,
    pub how: ExistingClips,
    pub only_while_playing: bool,
}
