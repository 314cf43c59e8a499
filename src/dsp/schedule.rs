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

/// All steps of a frame, in order, and the next one to do.
#[derive(Clone, Debug)]
pub struct Schedule {
    steps: Vec<FrameStep>,
    /// Cost of each step, and the cumulative cost up to and including it.
    costs_ns: Vec<f32>,
    until_ns: Vec<f32>,
    /// Cost of taking the next frame, which is done at once.
    taking_ns: f32,
    /// Of the signal that a bus plays in a channel.
    synthesis_ns: f32,
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
        let mut costs = Vec::new();
        costs.extend(
            (0..channels).map(|channel| (FrameStep::Transform(channel), 0.12 * butterflies)),
        );
        costs.push((FrameStep::PoolBands, 0.35 * bins * channels as f32));
        costs.extend(
            (0..solver.stages()).map(|stage| (FrameStep::Solve(stage), solver.cost_ns(stage))),
        );
        let steps = solver.max_active().div_ceil(ROWS_PER_STEP);
        let adding = 0.07 * ROWS_PER_STEP as f32 * bins;
        costs.extend((0..steps).map(|step| (FrameStep::AddModels(step), adding)));
        costs.push((FrameStep::Presence, 0.1 * bins * sources));
        costs.push((FrameStep::Masks, 0.42 * bins * sources));
        if channels == 2 {
            costs.push((FrameStep::SolveSpatial, (1.8 + 0.2 * sources) * bins));
            costs.push((FrameStep::UpdateSpatial, (1.8 + 0.1 * sources) * bins));
        }
        for bus in 0..buses {
            for channel in 0..channels {
                costs.push((FrameStep::MixBus(bus, channel), 0.0));
                costs.push((FrameStep::Synthesize(bus, channel), 0.0));
            }
        }
        let (steps, costs_ns): (Vec<_>, Vec<_>) = costs.into_iter().unzip();
        let cleared = (buses * channels * model.frames.hop) as f32;
        Self {
            next: steps.len(),
            until_ns: costs_ns.clone(),
            steps,
            costs_ns,
            taking_ns: 0.3 * samples * channels as f32 + 0.05 * cleared,
            synthesis_ns: 0.075 * butterflies,
            bins,
        }
    }

    /// Begins a frame. `terms`: the number of terms whose sum a bus plays in a channel.
    pub fn start(&mut self, terms: impl Fn(usize, usize) -> usize) {
        self.next = 0;
        let mut until_ns = 0.0;
        for (i, step) in self.steps.iter().enumerate() {
            self.costs_ns[i] = match *step {
                FrameStep::MixBus(bus, channel) => match terms(bus, channel) {
                    0 => 0.0,
                    1 => 0.4 * self.bins,
                    several => (0.25 + 0.13 * several as f32) * self.bins,
                },
                FrameStep::Synthesize(bus, channel) if terms(bus, channel) == 0 => 0.0,
                FrameStep::Synthesize(..) => self.synthesis_ns,
                _ => self.costs_ns[i],
            };
            until_ns += self.costs_ns[i];
            self.until_ns[i] = until_ns;
        }
    }

    /// Drops the remaining steps of the frame.
    pub fn abandon(&mut self) {
        self.next = self.steps.len();
    }

    /// The next step, if it belongs to the first `fraction` (0 to 1) of the work.
    pub fn next(&mut self, fraction: f32) -> Option<FrameStep> {
        let step = *self.steps.get(self.next)?;
        let middle_ns = self.until_ns[self.next] - 0.5 * self.costs_ns[self.next];
        let total_ns = self.until_ns[self.steps.len() - 1] + self.taking_ns;
        // Rounds to the nearest step.
        if fraction < 1.0 && middle_ns > fraction * total_ns {
            return None;
        }
        self.next += 1;
        Some(step)
    }
}
