//! The parameters that the audio thread goes by, read once a block.

use super::engine::{REST_STRIP, STRIPS};
use super::params::{CaptureFrom, CaptureHow, Heard, PluginParams, StripParams};

/// Parameters of a strip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strip {
    /// Linear.
    pub gain: f32,
    pub solo: bool,
    pub mute: bool,
    pub has_bus: bool,
}

/// What is to be heard, and from where is to be captured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controls {
    pub heard: Heard,
    /// Strip that [`Heard::Source`] plays.
    pub source: usize,
    /// Component that [`Heard::Component`] plays.
    pub component: usize,
    pub spatial: bool,
    /// Share of the separated sound; the remainder is the delayed input. 0 when
    /// bypassed.
    pub wet: f32,
    pub strips: [Strip; STRIPS],
    pub capture: CaptureControls,
}

/// How a capture goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaptureControls {
    pub from: CaptureFrom,
    pub to: Option<usize>,
    pub how: CaptureHow,
    pub only_while_playing: bool,
}

impl Controls {
    pub fn read(params: &PluginParams) -> Self {
        let output = &params.output;
        Self {
            heard: output.heard.value(),
            source: output.source(),
            component: output.component(),
            spatial: output.spatial.value(),
            wet: if params.bypass.value() { 0.0 } else { output.wet.value() },
            strips: std::array::from_fn(|strip| {
                read_strip(if strip == REST_STRIP { &params.rest } else { &params.strips[strip] })
            }),
            capture: CaptureControls {
                from: params.capture.from.value(),
                to: params.capture.to(),
                how: params.capture.how.value(),
                only_while_playing: params.capture.only_while_playing.value(),
            },
        }
    }
}

fn read_strip(strip: &StripParams) -> Strip {
    Strip {
        gain: strip.gain.value(),
        solo: strip.solo.value(),
        mute: strip.mute.value(),
        has_bus: strip.bus.value(),
    }
}
