//! What can be chosen by a name: the values of the parameters that have such.
//!
//! The identifiers are part of every saved project: they stay as they are.

use nice_plug::prelude::Enum;
use serde::{Deserialize, Serialize};

use crate::dsp::Mode;

/// What is heard on the main output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputSelection {
    /// All sources and the rest, as loud as their strips say.
    #[id = "mix"]
    Mix,
    /// One source alone.
    #[id = "source"]
    #[name = "Instrument"]
    Source,
    /// One component alone.
    #[id = "component"]
    Component,
    /// What no source explains.
    #[id = "rest"]
    Rest,
    /// Input minus mix: what the strips take away.
    #[id = "delta"]
    Delta,
}

/// Where a capture listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RecordInput {
    #[id = "main"]
    #[name = "Main input"]
    Main,
    #[id = "sidechain"]
    #[name = "Side-chain"]
    SideChain,
}

/// What happens to the clips that are there when a capture ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ExistingClips {
    #[id = "append"]
    Append,
    #[id = "replace"]
    Replace,
}

/// How dictionaries are learned, by the command line's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MethodChoice {
    #[id = "nmf"]
    #[name = "nmf"]
    Nmf,
    #[id = "snpa"]
    #[name = "snpa"]
    Snpa,
    #[id = "greedy"]
    #[name = "greedy"]
    Greedy,
    #[id = "greedy2"]
    #[name = "greedy2"]
    Greedy2,
}

/// How far components are looked for above and below their pitch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TransposeChoice {
    #[id = "0"]
    #[name = "0 semitones"]
    None,
    #[id = "6"]
    #[name = "6 semitones"]
    Six,
    #[id = "12"]
    #[name = "12 semitones"]
    Twelve,
}

/// Where the rest comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RestChoice {
    /// From a captured mixture; else adapted with a single source, or where there is
    /// a rest already: who teaches one instrument after another has not said that
    /// these are all. None with several at once, as the command line has it.
    #[id = "auto"]
    #[name = "auto"]
    Auto,
    /// Adapted to what plays, however many sources there are.
    #[id = "adapt"]
    #[name = "adapt"]
    Adapt,
    /// The sources are all there is.
    #[id = "none"]
    #[name = "none"]
    None,
}

/// Whether the work of a frame is spread over the hop that follows it, so that
/// all callbacks of short blocks take about as long, for a hop more of latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum EvenLoad {
    /// In `quality`, where a frame is most work and latency matters least.
    #[id = "auto"]
    #[name = "auto"]
    Auto,
    #[id = "always"]
    #[name = "always"]
    Always,
    #[id = "never"]
    #[name = "never"]
    Never,
}

impl EvenLoad {
    const ALL: [Self; 3] = [Self::Auto, Self::Always, Self::Never];

    /// By its place in [`EvenLoad::ALL`].
    pub fn at(index: usize) -> Self {
        Self::ALL[index.min(Self::ALL.len() - 1)]
    }

    pub fn spreads(self, mode: Mode) -> bool {
        match self {
            Self::Auto => mode == Mode::Quality,
            Self::Always => true,
            Self::Never => false,
        }
    }
}
