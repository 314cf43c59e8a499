//! The layout of the mixer's strips: all alike, as wide as the window allows.

use egui::{Vec2, vec2};

/// Around a strip's contents, its frame included, and between two strips.
pub const MARGIN: f32 = 6.0;
pub const GAP: f32 = 6.0;
const FRAME: f32 = 2.0 * (MARGIN + 1.0);

/// Widths of a strip's contents from which its fader can be horizontal, and from which
/// everything fits next to the fader.
const HORIZONTAL_WIDTH: f32 = 168.0;
const FLAT: f32 = 330.0;
/// Extra width for an output switch.
const OUTPUT: f32 = 70.0;

/// Narrower strips scroll; wider ones would look empty.
const MIN_WIDTH: f32 = 94.0;
const MAX_WIDTH: f32 = 560.0;

/// Height of a button, and in low windows.
const BUTTON: f32 = 26.0;
const LOW_BUTTON: f32 = 22.0;
const LOW: f32 = 690.0;

/// Growth of a vertical fader in windows higher than the initial one: as a fraction, up to a
/// maximum.
const HIGH: f32 = 760.0;
const GROWTH: f32 = 0.15;
const MAX_GROWTH: f32 = 40.0;

/// Between a strip's parts.
pub const SPACING: Vec2 = vec2(6.0, 5.0);

/// The arrangement of a strip's parts below its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StripLayout {
    /// Vertical meter and fader, everything else next to them.
    Upright,
    /// Horizontal fader above the switches.
    Horizontal,
    /// Everything in one row.
    Flat,
}

/// The size of every strip's contents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Form {
    pub kind: StripLayout,
    pub width: f32,
    /// Heights of a button, and of a vertical fader next to a column of buttons.
    pub button: f32,
    pub fader: f32,
    /// Whether strips have an output of their own.
    pub has_output: bool,
    /// Whether there is room for the strength.
    pub has_strength: bool,
    /// Whether there are two channels, and room for pan and width.
    pub has_panning: bool,
}

/// What the layout of the strips depends on besides the room.
#[derive(Clone, Copy, Debug)]
pub struct Outputs {
    /// Channels of each output.
    pub channels: usize,
    /// Whether strips have an output of their own.
    pub of_strips: bool,
}

impl Form {
    /// The layout for a number of strips in a given width and window size.
    pub fn of(room: f32, strips: usize, window: Vec2, outputs: Outputs) -> Self {
        let has_output = outputs.of_strips;
        let strips = strips.max(1) as f32;
        let width = ((room + GAP) / strips - GAP - FRAME).floor();
        let flat = if has_output { FLAT + OUTPUT } else { FLAT };
        let kind = match width {
            _ if width >= flat => StripLayout::Flat,
            _ if width >= HORIZONTAL_WIDTH => StripLayout::Horizontal,
            _ => StripLayout::Upright,
        };
        let button =
            if kind == StripLayout::Upright && window.y < LOW { LOW_BUTTON } else { BUTTON };
        let column = if has_output { 4.0 } else { 3.0 } * (button + SPACING.y) - SPACING.y;
        let fader = column + ((window.y - HIGH) * GROWTH).clamp(0.0, MAX_GROWTH);
        // In low windows, vertical faders leave too little for the pictures.
        let has_strength = kind != StripLayout::Upright || window.y >= LOW;
        let room_for_panning = match kind {
            StripLayout::Upright => window.y >= HIGH,
            StripLayout::Horizontal | StripLayout::Flat => window.y >= LOW,
        };
        Self {
            kind,
            width: width.clamp(MIN_WIDTH, MAX_WIDTH),
            button,
            fader,
            has_output,
            has_strength,
            has_panning: outputs.channels == 2 && room_for_panning,
        }
    }
}
