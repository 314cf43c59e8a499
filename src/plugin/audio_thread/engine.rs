//! A separator that is ready to play, with the strips of its sources. Built and freed away
//! from the audio thread, which only runs it.

use std::sync::Arc;

use super::controls::{Controls, REST_STRIP, STRIP_OUTPUTS, STRIPS, strip_of_output};
use crate::dsp::{Model, Separator};
use crate::frames::{FrameSettings, Mode};
use crate::plugin::project::Project;

/// The main output is bus 0; the strips' own outputs follow, the rest's last.
pub const MAIN_BUS: usize = 0;
pub const FIRST_STRIP_BUS: usize = 1;

/// The host's setup for the plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessSetup {
    pub sample_rate_hz: u32,
    pub channels: usize,
    /// Number of buses: 1, or 1 plus [`STRIP_OUTPUTS`].
    pub buses: usize,
}

/// A separator and the strips of its sources.
pub struct Engine {
    separator: Separator,
    setup: ProcessSetup,
    frames: FrameSettings,
    /// The dictionary's source on each strip.
    sources: [Option<usize>; STRIPS],
    /// Whether anything was learned.
    learned: bool,
    /// The identifier that its frames are marked with.
    id: u32,
}

impl Engine {
    /// An engine for what the project has learned, and the changes made to fit the
    /// dictionary. With `spread`, its work is spread over short blocks. Calls `go_on` often;
    /// returns `None` if it returns false.
    pub fn new(
        project: &Project,
        mode: Mode,
        spread: bool,
        setup: ProcessSetup,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<(Box<Self>, Option<String>)> {
        let frames = FrameSettings::new(mode, setup.sample_rate_hz);
        let (mut dictionary, note) = project.engine_dictionary(frames);
        // For the input's offset (DC), which belongs to no instrument.
        dictionary.add_empty_rest();
        let mut sources = [None; STRIPS];
        for (strip, instrument) in sources.iter_mut().zip(&project.instruments) {
            *strip = instrument.source;
        }
        sources[REST_STRIP] = dictionary.rest();
        let model = Arc::new(Model::new_while(&dictionary, go_on)?);
        let separator = Separator::new(model, setup.channels, setup.buses);
        let engine = Self {
            separator: if spread { separator.spread() } else { separator },
            setup,
            frames,
            sources,
            learned: project.dictionary.is_some(),
            id: 0,
        };
        Some((Box::new(engine), note))
    }

    /// The identifier that its frames are marked with.
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

    /// Samples to feed in before the output no longer depends on the missing past.
    pub fn warm_up_samples(&self) -> usize {
        self.latency_samples() + self.frames.fft_size
    }

    /// Sets what every bus plays, with a glide.
    pub fn set_controls(&mut self, controls: &Controls) {
        self.separator.set_spatial(controls.spatial);
        for (source, strip) in self.sources.iter().zip(&controls.strips) {
            if let Some(source) = source {
                self.separator.set_strength(*source, strip.strength);
            }
        }
        self.set_main(controls);
        if self.setup.buses > 1 {
            for output in 0..STRIP_OUTPUTS {
                let strip = strip_of_output(output);
                let source = self.sources[strip];
                let bus = self.separator.bus_mut(FIRST_STRIP_BUS + output);
                bus.in_use = source.is_some() && controls.strips[strip].has_bus;
                if let Some(source) = source {
                    bus.set_gain(source, 1.0);
                }
            }
        }
    }

    fn set_main(&mut self, controls: &Controls) {
        let has_source = |strip: usize| self.sources[strip].is_some();
        let gains = controls.main_gains(has_source, self.learned, self.setup.channels);
        let bus = self.separator.bus_mut(MAIN_BUS);
        for (source, gains) in self.sources.iter().zip(gains) {
            if let Some(source) = source {
                bus.set_gains(*source, gains);
            }
        }
        bus.set_component(controls.main_component(self.learned).map(|component| (component, 1.0)));
    }

    /// Ends all glides, for an engine that has not been played yet.
    pub fn settle(&mut self) {
        (0..self.setup.buses).for_each(|bus| self.separator.bus_mut(bus).settle());
    }

    /// Resets; the next sample is number `start` of the song.
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

    /// The weights of the sources in the last frame, as for [`Separator::presence`].
    pub fn presence(&self) -> &[f32] {
        self.separator.presence()
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
