//! The parameters that the audio thread goes by, read once a block.

use crate::plugin::choices::{ExistingClips, OutputSelection, RecordInput};
use crate::plugin::project::MAX_INSTRUMENTS;

/// Strips with an output of their own: every instrument's and the rest's.
pub const STRIPS: usize = MAX_INSTRUMENTS + 1;

/// Strip of the rest.
pub const REST_STRIP: usize = MAX_INSTRUMENTS;

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
    pub heard: OutputSelection,
    /// Strip that [`OutputSelection::Source`] plays.
    pub source: usize,
    /// Component that [`OutputSelection::Component`] plays.
    pub component: usize,
    pub spatial: bool,
    /// Share of the separated sound; the remainder is the delayed input. 0 when
    /// bypassed.
    pub wet: f32,
    pub strips: [Strip; STRIPS],
    pub record: RecordControls,
}

/// How a capture goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordControls {
    pub from: RecordInput,
    pub to: Option<usize>,
    pub how: ExistingClips,
    pub only_while_playing: bool,
}
