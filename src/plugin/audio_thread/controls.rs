//! The parameters that the audio thread goes by, read once a block.

use crate::plugin::choices::{CaptureFrom, CaptureHow, Heard};
use crate::plugin::project::SLOTS;

/// Strips with an output of their own: every slot's and the rest's.
pub const STRIPS: usize = SLOTS + 1;

/// Strip of the rest.
pub const REST_STRIP: usize = SLOTS;

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
