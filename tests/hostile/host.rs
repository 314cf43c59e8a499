//! What hosts of both formats have in common, without any of the checks of a good host.

use crate::clap::Clap;
use crate::memory::Side;
use crate::stream::{Reader, Writer};
use crate::vst3::Vst3;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Format {
    Clap,
    Vst3,
}

/// The plugin with one output, or the one with an output for each source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variant {
    Main,
    Multi,
}

/// What a case is run for.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    pub format: Format,
    pub variant: Variant,
    pub side: Side,
}

/// A learned source, in the mode with the shortest latency.
const STATE: &[u8] = include_bytes!("../fixtures/state-v1.json");

impl Subject {
    /// A new instance, not active, with a learned source.
    pub fn open(self) -> Box<dyn Host> {
        let host = self.open_empty();
        assert!(host.load(&self.state(), Reader::CORRECT));
        host
    }

    /// A new instance, not active.
    pub fn open_empty(self) -> Box<dyn Host> {
        match self.format {
            Format::Clap => Box::new(Clap::new(self)),
            Format::Vst3 => Box::new(Vst3::new(self)),
        }
    }

    /// A state in the format's form.
    pub fn state(self) -> Vec<u8> {
        match self.format {
            Format::Clap => [&(STATE.len() as u64).to_le_bytes(), STATE].concat(),
            Format::Vst3 => STATE.to_vec(),
        }
    }

    /// Output buses of the layout, all of them stereo.
    pub fn outputs(self) -> usize {
        if self.variant == Variant::Main { 1 } else { 18 }
    }
}

/// A bus as the host describes it to the plugin.
#[derive(Clone, Default)]
pub struct Bus {
    /// One pointer per channel; `None`: no list of pointers.
    pub channels: Option<Vec<*mut f32>>,
    /// The number of channels that the host claims there are; `None`: those it has.
    pub claimed: Option<u32>,
    /// One bit per channel whose samples are all the same, as the host claims.
    pub constant: u64,
    /// Whether the pointers are those of 64-bit samples. CLAP has a place of its own for them.
    pub wide: bool,
}

/// A change of a parameter, or what a host sends in its place.
#[derive(Clone, Debug)]
pub enum Event {
    /// In the format's own unit: VST3 normalized, CLAP with the number of steps.
    Value { id: u32, value: f64, time: i64 },
    /// The start or the end of a MIDI note.
    Note { on: bool, key: i16, time: i64 },
    /// CLAP: the bytes of an event.
    Raw(Vec<u8>),
    /// No event, although the list counts one.
    Null,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum EventList {
    #[default]
    Correct,
    /// No list.
    Null,
    /// A list without functions (CLAP), or with a negative number of events (VST3).
    Hollow,
}

/// A call of `process` as the host makes it.
#[derive(Clone, Default)]
pub struct Block {
    pub frames: i64,
    /// `None`: no list of buses.
    pub inputs: Option<Vec<Bus>>,
    pub outputs: Option<Vec<Bus>>,
    /// The number of buses that the host claims there are; `None`: those it has.
    pub claimed_inputs: Option<i64>,
    pub claimed_outputs: Option<i64>,
    pub events: Vec<Event>,
    pub event_list: EventList,
    /// VST3: whether the host says that its samples have 64 bits.
    pub wide: bool,
}

/// A host of one instance. All of it can be called at any time and from any thread, as a wrong
/// host does.
pub trait Host: Sync {
    fn activate(&self, sample_rate_hz: f64, max_block: u32) -> bool;
    fn deactivate(&self);
    /// Before the first block; also clears the plugin's audio.
    fn start(&self) -> bool;
    fn stop(&self);
    /// Clears the plugin's audio.
    fn reset(&self);
    /// Returns whether the plugin accepted the block.
    fn process(&self, block: &Block) -> bool;

    fn latency_samples(&self) -> u32;
    /// Identifiers of the parameters.
    fn parameters(&self) -> Vec<u32>;
    /// The identifier of the parameter at an index.
    fn parameter_at(&self, index: u32) -> Option<u32>;
    /// The largest value in the unit of [`Event::Value`].
    fn largest(&self, id: u32) -> f64;
    fn value(&self, id: u32) -> Option<f64>;
    /// Sets a parameter outside `process`.
    fn set(&self, id: u32, value: f64);
    /// The text for a value, of at most `capacity` units; `None` if it was refused.
    fn text(&self, id: u32, value: f64, capacity: usize) -> Option<String>;
    fn value_of(&self, id: u32, text: &str) -> Option<f64>;

    fn save(&self, writer: Writer) -> Option<Vec<u8>>;
    fn load(&self, bytes: &[u8], reader: Reader) -> bool;

    /// Does what the plugin asked for; on the main thread.
    fn answer(&self);
}
