//! A separator that is ready to sound, and which of its sources belong to which
//! strips. Built and freed away from the audio thread, only run on it.

use std::sync::Arc;

use super::controls::{Controls, REST_STRIP, STRIPS, Strip};
use crate::dsp::{FrameSettings, Mode, Model, Separator};
use crate::plugin::choices::OutputSelection;
use crate::plugin::project::Project;

/// The main output is bus 0; then the strips' own, the rest's last.
pub const MAIN_BUS: usize = 0;
pub const FIRST_STRIP_BUS: usize = 1;

/// What the host runs the plugin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessSetup {
    pub sample_rate_hz: u32,
    pub channels: usize,
    /// 1, or 1 and the strips' own.
    pub buses: usize,
}

/// One separator and its place on the stage.
pub struct Engine {
    separator: Separator,
    setup: ProcessSetup,
    frames: FrameSettings,
    /// The dictionary's source on each strip.
    sources: [Option<usize>; STRIPS],
    /// Whether there is anything to tell apart.
    learned: bool,
    /// What its frames are marked with.
    id: u32,
}

impl Engine {
    /// An engine for what the project has learned, and what had to be done to
    /// make the dictionary fit. With `spread` its work is spread over short blocks.
    pub fn new(
        project: &Project,
        mode: Mode,
        spread: bool,
        setup: ProcessSetup,
    ) -> (Box<Self>, Option<String>) {
        let frames = FrameSettings::new(mode, setup.sample_rate_hz);
        let (dictionary, note) = project.engine_dictionary(frames);
        let mut sources = [None; STRIPS];
        for (strip, instrument) in sources.iter_mut().zip(&project.instruments) {
            *strip = instrument.source;
        }
        sources[REST_STRIP] = dictionary.rest();
        let model = Arc::new(Model::new(&dictionary));
        let separator = Separator::new(model, setup.channels, setup.buses);
        let engine = Self {
            separator: if spread { separator.spread() } else { separator },
            setup,
            frames,
            sources,
            learned: project.dictionary.is_some(),
            id: 0,
        };
        (Box::new(engine), note)
    }

    /// What its frames are marked with.
    pub fn id(&self) -> u32 {
        self.id
    }

    pub fn set_id(&mut self, id: u32) {
        self.id = id;
    }

    pub fn model(&self) -> &Arc<Model> {
        self.separator.model()
    }

    /// The strip of each of the dictionary's sources.
    pub fn strips(&self) -> Vec<Option<usize>> {
        (0..self.model().sources())
            .map(|source| self.sources.iter().position(|other| *other == Some(source)))
            .collect()
    }

    pub fn setup(&self) -> ProcessSetup {
        self.setup
    }

    pub fn mode(&self) -> Mode {
        self.frames.mode
    }

    pub fn latency_samples(&self) -> usize {
        self.separator.latency_samples()
    }

    /// Samples that must go in before what comes out is as if they always had.
    pub fn warm_up_samples(&self) -> usize {
        self.latency_samples() + self.frames.fft_size
    }

    /// Sets what every bus plays; it is reached in a glide.
    pub fn set_controls(&mut self, controls: &Controls) {
        self.separator.set_spatial(controls.spatial);
        self.set_main(controls);
        if self.setup.buses > 1 {
            for (strip, source) in self.sources.iter().enumerate() {
                let bus = self.separator.bus_mut(FIRST_STRIP_BUS + strip);
                bus.in_use = source.is_some() && controls.strips[strip].has_bus;
                if let Some(source) = source {
                    bus.set_gain(*source, 1.0);
                }
            }
        }
    }

    fn set_main(&mut self, controls: &Controls) {
        let component = (controls.heard == OutputSelection::Component && self.learned)
            .then_some((controls.component, 1.0));
        // A strip without a source is not seen, and its solo would silence all others.
        let any_solo = (0..STRIPS).any(|s| self.sources[s].is_some() && controls.strips[s].solo);
        for strip in 0..STRIPS {
            let Some(source) = self.sources[strip] else { continue };
            let mixed = mixed_gain(&controls.strips[strip], any_solo);
            let gain = match controls.heard {
                // Until something is learned the input is all that there is to hear.
                _ if !self.learned => f32::from(controls.heard != OutputSelection::Delta),
                OutputSelection::Mix => mixed,
                OutputSelection::Source => f32::from(strip == controls.source),
                OutputSelection::Component => 0.0,
                OutputSelection::Rest => f32::from(strip == REST_STRIP),
                OutputSelection::Delta => 1.0 - mixed,
            };
            self.separator.bus_mut(MAIN_BUS).set_gain(source, gain);
        }
        self.separator.bus_mut(MAIN_BUS).set_component(component);
    }

    /// Ends all glides: for an engine that has not sounded yet.
    pub fn settle(&mut self) {
        (0..self.setup.buses).for_each(|bus| self.separator.bus_mut(bus).settle());
    }

    /// Whether the output of a strip has anything on it.
    pub fn strip_sounds(&self, strip: usize) -> bool {
        self.sources[strip].is_some()
    }

    /// Forgets what was heard; the next sample is number `start` of the song.
    pub fn reset_at(&mut self, start: i64) {
        self.separator.reset_at(start);
    }

    /// Separates a block; `output` as for [`Separator::process`].
    pub fn process(&mut self, input: &[&[f32]], output: &mut [&mut [f32]]) {
        self.separator.process(input, output);
    }

    /// Frames so far.
    pub fn frames(&self) -> u64 {
        self.separator.frames()
    }

    /// Bands of the last frame's input, as for [`Separator::input_bands`].
    pub fn input_bands(&self) -> [&[f32]; 2] {
        self.separator.input_bands()
    }

    /// Atoms that explain the last frame.
    pub fn active(&self) -> &[u32] {
        self.separator.active()
    }

    /// Activations of the last frame.
    pub fn h(&self) -> &[f32] {
        self.separator.h()
    }
}

/// Gain of a strip in the mix. Mute wins over solo.
fn mixed_gain(strip: &Strip, any_solo: bool) -> f32 {
    if strip.mute || (any_solo && !strip.solo) { 0.0 } else { strip.gain }
}
