//! The work of a frame, split into steps so that it can be spread over a hop.

use super::activations::Solver;
use super::model::Model;

/// Atoms added to the models of the sources per step. Not split by source, because one
/// source may have all of them.
pub const ROWS_PER_STEP: usize = 16;

/// A step of a frame's work.
#[derive(Clone, Copy, Debug)]
pub enum FrameStep {
    /// From samples to spectrum, for one channel.
    Transform(usize),
    /// From spectra to bands.
    PoolBands,
    /// A stage of the solver.
    Solve(usize),
    /// Adds some of the activations to the models of the sources.
    AddModels(usize),
    /// Makes the models of sources that do not sound smaller.
    Presence,
    /// From models to masks.
    Masks,
    /// Solves the spatial filter and updates the covariances from the frame.
    SolveSpatial,
    UpdateSpatial,
    /// Mixes a bus in a channel and transforms it back.
    MixBus(usize, usize),
    Synthesize(usize, usize),
}

/// What a bus plays in a channel.
#[derive(Clone, Copy, Debug)]
pub struct BusLoad {
    /// Sources, or sources from each channel, that are added together.
    pub terms: usize,
    /// Components played alone.
    pub picks: usize,
}

/// All steps of a frame, in order, and the next one to do.
#[derive(Clone, Debug)]
pub struct Schedule {
    steps: Vec<FrameStep>,
    /// Cost of each step without the spatial filter and with it.
    fixed_ns: [Vec<f32>; 2],
    /// Cumulative cost up to and including each step, and half the cost of the step.
    until_ns: Vec<f32>,
    half_ns: Vec<f32>,
    /// Cost of taking the next frame, which is done at once.
    taking_ns: f32,
    /// Cost of an inverse transform, and of the models for a component played alone.
    synthesis_ns: f32,
    pick_ns: f32,
    bins: f32,
    next: usize,
}

impl Schedule {
    /// Costs are those measured with AVX-512 on one processor; only their proportions matter.
    pub fn new(model: &Model, solver: &Solver, channels: usize, buses: usize) -> Self {
        let samples = model.frames.fft_size as f32;
        let bins = model.frames.bins() as f32;
        let sources = model.sources() as f32;
        let butterflies = samples * samples.log2();
        let adding_ns = |rows: usize| 0.07 * rows as f32 * bins;
        let of_step = |step: FrameStep, spatial: bool| match step {
            FrameStep::Transform(_) => 0.12 * butterflies,
            FrameStep::PoolBands => 0.35 * bins * channels as f32,
            FrameStep::Solve(stage) => solver.cost_ns(stage, spatial),
            FrameStep::AddModels(_) => adding_ns(ROWS_PER_STEP),
            FrameStep::Presence => 0.1 * bins * sources,
            FrameStep::Masks => 0.42 * bins * sources,
            FrameStep::SolveSpatial if spatial => (1.8 + 0.2 * sources) * bins,
            FrameStep::UpdateSpatial if spatial => (1.8 + 0.1 * sources) * bins,
            FrameStep::SolveSpatial | FrameStep::UpdateSpatial => 0.0,
            // Depends on what the bus plays.
            FrameStep::MixBus(..) | FrameStep::Synthesize(..) => 0.0,
        };
        let mut steps: Vec<_> = (0..channels).map(FrameStep::Transform).collect();
        steps.push(FrameStep::PoolBands);
        steps.extend((0..solver.stages()).map(FrameStep::Solve));
        let adding = solver.max_active().div_ceil(ROWS_PER_STEP);
        steps.extend((0..adding).map(FrameStep::AddModels));
        steps.extend([FrameStep::Presence, FrameStep::Masks]);
        if channels == 2 {
            steps.extend([FrameStep::SolveSpatial, FrameStep::UpdateSpatial]);
        }
        let outputs = (0..buses).flat_map(|bus| (0..channels).map(move |channel| (bus, channel)));
        steps.extend(outputs.flat_map(|(bus, channel)| {
            [FrameStep::MixBus(bus, channel), FrameStep::Synthesize(bus, channel)]
        }));
        let cleared = (buses * channels * model.frames.hop) as f32;
        Self {
            next: steps.len(),
            fixed_ns: [false, true]
                .map(|spatial| steps.iter().map(|step| of_step(*step, spatial)).collect()),
            until_ns: vec![0.0; steps.len()],
            half_ns: vec![0.0; steps.len()],
            steps,
            taking_ns: 0.3 * samples * channels as f32 + 0.05 * cleared,
            synthesis_ns: 0.075 * butterflies,
            pick_ns: adding_ns(solver.max_active()),
            bins,
        }
    }

    /// Begins a frame, with the spatial filter or without. `load`: what a bus plays in a channel.
    pub fn start(&mut self, spatial: bool, load: impl Fn(usize, usize) -> BusLoad) {
        self.next = 0;
        let mut until_ns = 0.0;
        for (i, step) in self.steps.iter().enumerate() {
            let cost_ns = match *step {
                FrameStep::MixBus(bus, channel) => self.mix_ns(load(bus, channel)),
                FrameStep::Synthesize(bus, channel) => match load(bus, channel).terms {
                    0 => 0.0,
                    1 => self.synthesis_ns,
                    _ => self.synthesis_ns + 0.25 * self.bins,
                },
                _ => self.fixed_ns[usize::from(spatial)][i],
            };
            until_ns += cost_ns;
            self.until_ns[i] = until_ns;
            self.half_ns[i] = 0.5 * cost_ns;
        }
    }

    fn mix_ns(&self, BusLoad { terms, picks }: BusLoad) -> f32 {
        let adding_ns = match terms {
            0 => 0.0,
            1 => 0.4 * self.bins,
            several => 0.13 * several as f32 * self.bins,
        };
        adding_ns + picks as f32 * self.pick_ns
    }

    /// Drops the remaining steps of the frame.
    pub fn abandon(&mut self) {
        self.next = self.steps.len();
    }

    /// The next step, if it belongs to the first `fraction` (0 to 1) of the work.
    pub fn next(&mut self, fraction: f32) -> Option<FrameStep> {
        let step = *self.steps.get(self.next)?;
        let middle_ns = self.until_ns[self.next] - self.half_ns[self.next];
        let total_ns = self.until_ns[self.steps.len() - 1] + self.taking_ns;
        // Rounds to the nearest step.
        if fraction < 1.0 && middle_ns > fraction * total_ns {
            return None;
        }
        self.next += 1;
        Some(step)
    }
}
