//! Named choices: the values of enumerated parameters.
//!
//! The identifiers are part of every saved project and must not change.

use nice_plug::prelude::Enum;
use serde::{Deserialize, Serialize};

use crate::frames::Mode;

/// What the main output plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputSelection {
    /// All sources and the rest, at the levels of their strips.
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
    #[name = "Everything else"]
    Rest,
    /// Input minus mix: what the strips remove.
    #[id = "delta"]
    #[name = "Removed"]
    Delta,
}

/// The input that is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RecordInput {
    #[id = "main"]
    #[name = "Main input"]
    Main,
    #[id = "sidechain"]
    #[name = "Side-chain"]
    SideChain,
}

/// What happens to existing clips when a recording ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ExistingClips {
    #[id = "append"]
    Append,
    #[id = "replace"]
    Replace,
}

/// How dictionaries are learned, with the command line's names.
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

/// How far components are transposed up and down.
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
    /// From a recorded mixture; without one, adapted if there is a single source or already a
    /// rest, because more instruments may be learned later.
    /// None with several sources at once, as on the command line.
    #[id = "auto"]
    #[name = "auto"]
    Auto,
    /// Adapted to the input, however many sources there are.
    #[id = "adapt"]
    #[name = "adapt"]
    Adapt,
    /// The sources are all there is.
    #[id = "none"]
    #[name = "none"]
    None,
}

/// Whether the work of a frame is spread over the following hop, so that all callbacks with
/// short blocks take about the same time, at the cost of one more hop of latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum EvenLoad {
    /// In `quality`, where a frame takes the most work and latency matters least.
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

    /// The choice at an index of [`EvenLoad::ALL`].
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
