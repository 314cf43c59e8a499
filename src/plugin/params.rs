//! Everything that a host can turn, automate and show.
//!
//! The identifiers are part of every saved project: they stay as they are.

use std::sync::Arc;

use nice_plug::prelude::*;
use serde::{Deserialize, Serialize};

use super::hub::Hub;
use super::latency_text::{mode_from_text, mode_text};
use super::project::DEFAULT_NAME;
use super::state::ProjectField;
use super::triggers::Trigger;
use crate::dictionary::REST_NAME;
use crate::dsp::Mode;

/// Sources that an instance can hold, beside the rest.
pub const SLOTS: usize = 16;

/// Most components that can be told apart by number.
const COMPONENTS: i32 = 1024;

/// Loudest that a source can be turned, in dB. It can be turned down to nothing.
const LOUDEST_DB: f32 = 12.0;

/// What is heard on the main output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
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
pub enum CaptureFrom {
    #[id = "main"]
    #[name = "Main input"]
    Main,
    #[id = "sidechain"]
    #[name = "Side-chain"]
    SideChain,
}

/// What happens to the clips that are there when a capture ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CaptureHow {
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

#[derive(Params)]
pub struct PluginParams {
    #[persist = "project"]
    pub project: ProjectField,
    #[id = "bypass"]
    pub bypass: BoolParam,
    #[id = "mode"]
    mode: IntParam,
    #[id = "even_load"]
    pub even_load: EnumParam<EvenLoad>,
    #[nested(group = "Output")]
    pub output: OutputParams,
    #[nested(group = "Record")]
    pub capture: CaptureParams,
    #[nested(group = "Learn")]
    pub learn: LearnParams,
    #[nested(array, group = "Instrument")]
    pub strips: [StripParams; SLOTS],
    #[nested(id_prefix = "rest", group = "Rest")]
    pub rest: StripParams,
}

#[derive(Params)]
pub struct OutputParams {
    #[id = "heard"]
    pub heard: EnumParam<Heard>,
    #[id = "source"]
    source: IntParam,
    #[id = "component"]
    component: IntParam,
    #[id = "wet"]
    pub wet: FloatParam,
    #[id = "spatial"]
    pub spatial: BoolParam,
}

#[derive(Params)]
pub struct CaptureParams {
    #[id = "capture"]
    pub armed: BoolParam,
    #[id = "capture_from"]
    pub from: EnumParam<CaptureFrom>,
    #[id = "capture_to"]
    to: IntParam,
    #[id = "capture_how"]
    pub how: EnumParam<CaptureHow>,
    #[id = "capture_playing"]
    pub only_while_playing: BoolParam,
    #[id = "capture_clear"]
    pub clear: BoolParam,
    #[id = "keep_clips"]
    pub keep_clips: BoolParam,
}

#[derive(Params)]
pub struct LearnParams {
    #[id = "learn"]
    pub learn: BoolParam,
    #[id = "cancel"]
    pub cancel: BoolParam,
    #[id = "method"]
    pub method: EnumParam<MethodChoice>,
    #[id = "components"]
    pub components: IntParam,
    #[id = "divergence"]
    pub divergence: FloatParam,
    #[id = "iterations"]
    pub iterations: IntParam,
    #[id = "seed"]
    pub seed: IntParam,
    #[id = "transpose"]
    pub transpose: EnumParam<TransposeChoice>,
    #[id = "rest"]
    pub rest: EnumParam<RestChoice>,
    #[id = "adapt"]
    pub adapt: BoolParam,
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

/// A source's strip in the mixer.
#[derive(Params)]
pub struct StripParams {
    #[id = "gain"]
    pub gain: FloatParam,
    #[id = "solo"]
    pub solo: BoolParam,
    #[id = "mute"]
    pub mute: BoolParam,
    #[id = "bus"]
    pub bus: BoolParam,
}

impl PluginParams {
    pub fn new(hub: &Arc<Hub>) -> Self {
        Self {
            project: ProjectField::new(hub.clone()),
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            mode: mode_param(hub),
            even_load: even_load_param(hub),
            output: OutputParams::new(),
            capture: CaptureParams::new(hub),
            learn: LearnParams::new(hub),
            strips: std::array::from_fn(|slot| {
                StripParams::new(&format!("{DEFAULT_NAME} {}", slot + 1))
            }),
            rest: StripParams::new("Rest"),
        }
    }

    /// For the window, which sets it.
    pub fn mode_param(&self) -> &IntParam {
        &self.mode
    }
}

/// A trigger: going from off to on does something, once.
fn trigger(hub: &Arc<Hub>, name: &str, what: Trigger) -> BoolParam {
    let hub = hub.clone();
    BoolParam::new(name, false)
        .with_callback(Arc::new(move |on| hub.triggers.turned(what, on)))
        .non_automatable()
}

fn even_load_param(hub: &Arc<Hub>) -> EnumParam<EvenLoad> {
    let hub = hub.clone();
    EnumParam::new("Even load", EvenLoad::Auto)
        .with_callback(Arc::new(move |even| hub.ask_for_even_load(even)))
        .non_automatable()
}

fn mode_param(hub: &Arc<Hub>) -> IntParam {
    let telling = hub.clone();
    let asking = hub.clone();
    IntParam::new("Mode", 0, IntRange::Linear { min: 0, max: Mode::ALL.len() as i32 - 1 })
        .with_callback(Arc::new(move |mode| asking.ask_for_mode(mode.max(0) as usize)))
        .with_value_to_string(Arc::new(move |mode| {
            let mode = Mode::ALL[mode.clamp(0, 2) as usize];
            mode_text(mode, telling.status.sample_rate_hz(), telling.spreads(mode))
        }))
        .with_string_to_value(Arc::new(|text| {
            mode_from_text(text).and_then(|mode| {
                Mode::ALL.iter().position(|other| *other == mode).map(|index| index as i32)
            })
        }))
        .non_automatable()
}

/// A number that stands for a source; 0, where the range has it, for `zero`.
fn slot_param(name: &str, default: i32, zero: Option<&'static str>) -> IntParam {
    let range = IntRange::Linear { min: i32::from(zero.is_none()), max: SLOTS as i32 };
    IntParam::new(name, default, range)
        .with_value_to_string(Arc::new(move |slot| match zero {
            Some(zero) if slot == 0 => zero.to_string(),
            _ => format!("{DEFAULT_NAME} {slot}"),
        }))
        .with_string_to_value(Arc::new(move |text| match zero {
            Some(zero) if text.trim().eq_ignore_ascii_case(zero) => Some(0),
            _ => text.trim().trim_start_matches(DEFAULT_NAME).trim().parse().ok(),
        }))
}

impl OutputParams {
    fn new() -> Self {
        Self {
            heard: EnumParam::new("Heard", Heard::Mix),
            source: slot_param("Heard instrument", 1, None),
            component: IntParam::new(
                "Heard component",
                1,
                IntRange::Linear { min: 1, max: COMPONENTS },
            ),
            wet: FloatParam::new("Dry/wet", 1.0, FloatRange::Linear { min: 0.0, max: 1.0 })
                .with_unit(" %")
                .with_value_to_string(formatters::v2s_f32_percentage(0))
                .with_string_to_value(formatters::s2v_f32_percentage()),
            spatial: BoolParam::new("Use stereo places", true),
        }
    }

    /// The slot that [`Heard::Source`] plays.
    pub fn source(&self) -> usize {
        self.source.value().max(1) as usize - 1
    }

    /// The component of the dictionary that [`Heard::Component`] plays.
    pub fn component(&self) -> usize {
        self.component.value().max(1) as usize - 1
    }

    /// For the window, which sets it: 1 is the first.
    pub fn source_param(&self) -> &IntParam {
        &self.source
    }

    /// For the window, which sets it: 1 is the first.
    pub fn component_param(&self) -> &IntParam {
        &self.component
    }
}

impl CaptureParams {
    fn new(hub: &Arc<Hub>) -> Self {
        Self {
            armed: trigger(hub, "Record", Trigger::Capture),
            from: EnumParam::new("Record from", CaptureFrom::Main).non_automatable(),
            to: slot_param("Record to", 1, Some("Whole song")).non_automatable(),
            how: EnumParam::new("Another recording", CaptureHow::Append).non_automatable(),
            only_while_playing: BoolParam::new("Record only while the host plays", false)
                .non_automatable(),
            clear: trigger(hub, "Clear the recordings", Trigger::Clear),
            keep_clips: keep_clips_param(hub),
        }
    }

    /// The slot that is captured for; none for the mixture.
    pub fn to(&self) -> Option<usize> {
        (self.to.value() as usize).checked_sub(1)
    }

    /// For the window, which sets it: 0 is the mixture, 1 the first slot.
    pub fn to_param(&self) -> &IntParam {
        &self.to
    }
}

fn keep_clips_param(hub: &Arc<Hub>) -> BoolParam {
    let hub = hub.clone();
    BoolParam::new("Keep recordings in the project", true)
        .with_callback(Arc::new(move |keep| hub.keep_clips(keep)))
        .non_automatable()
}

impl LearnParams {
    fn new(hub: &Arc<Hub>) -> Self {
        Self {
            learn: trigger(hub, "Learn", Trigger::Learn),
            cancel: trigger(hub, "Cancel learning", Trigger::Cancel),
            method: EnumParam::new("Method", MethodChoice::Nmf).non_automatable(),
            components: IntParam::new("Components", 0, IntRange::Linear { min: 0, max: 128 })
                .with_value_to_string(Arc::new(|count| match count {
                    0 => "auto".to_string(),
                    count => count.to_string(),
                }))
                .with_string_to_value(Arc::new(|text| match text.trim() {
                    "auto" => Some(0),
                    text => text.parse().ok(),
                }))
                .non_automatable(),
            divergence: FloatParam::new(
                "Divergence",
                1.0,
                FloatRange::Linear { min: 0.0, max: 2.0 },
            )
            .with_step_size(0.05)
            .with_value_to_string(Arc::new(divergence_text))
            .with_string_to_value(Arc::new(divergence_from_text))
            .non_automatable(),
            iterations: IntParam::new("Iterations", 25, IntRange::Linear { min: 1, max: 1000 })
                .non_automatable(),
            seed: IntParam::new("Seed", 0, IntRange::Linear { min: 0, max: 9999 })
                .non_automatable(),
            transpose: EnumParam::new("Transpose", TransposeChoice::Twelve).non_automatable(),
            rest: EnumParam::new(REST_TITLE, RestChoice::Auto).non_automatable(),
            adapt: trigger(hub, "Adapt the rest anew", Trigger::Adapt),
        }
    }
}

/// Name of the parameter that says where the rest comes from.
const REST_TITLE: &str = "Rest";

fn divergence_text(beta: f32) -> String {
    crate::learn::Divergence::from_beta(beta)
        .map_or_else(|| format!("{beta:.2}"), |divergence| divergence.to_string())
}

fn divergence_from_text(text: &str) -> Option<f32> {
    let divergence: crate::learn::Divergence = text.trim().parse().ok()?;
    Some(divergence.beta())
}

impl StripParams {
    fn new(name: &str) -> Self {
        debug_assert!(!name.eq(REST_NAME), "shown names are capitalised");
        let loudest = util::db_to_gain(LOUDEST_DB);
        let range = FloatRange::Skewed {
            min: 0.0,
            max: loudest,
            factor: FloatRange::gain_skew_factor(-60.0, LOUDEST_DB),
        };
        Self {
            gain: FloatParam::new(format!("{name} gain"), 1.0, range)
                .with_unit(" dB")
                .with_value_to_string(formatters::v2s_f32_gain_to_db(1))
                .with_string_to_value(formatters::s2v_f32_gain_to_db()),
            solo: BoolParam::new(format!("{name} solo"), false),
            mute: BoolParam::new(format!("{name} mute"), false),
            bus: BoolParam::new(format!("{name} own output"), true).non_automatable(),
        }
    }
}
