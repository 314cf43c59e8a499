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
    /// Each step with the cumulative cost up to and including it.
    steps: Vec<(FrameStep, f32)>,
    /// Cost of all steps, plus that of taking the next frame.
    total: f32,
    next: usize,
}

impl Schedule {
    /// Costs are roughly instruction counts; only their proportions matter.
    pub fn new(model: &Model, solver: &Solver, channels: usize, buses: usize) -> Self {
        let samples = model.frames.fft_size as f32;
        let bins = model.frames.bins() as f32;
        let sources = model.sources();
        let mut costs = Vec::new();
        costs.extend((0..channels).map(|channel| (FrameStep::Transform(channel), 9.5 * samples)));
        costs.push((FrameStep::PoolBands, 5.0 * bins * channels as f32));
        costs.extend(
            (0..solver.stages()).map(|stage| (FrameStep::Solve(stage), solver.cost(stage))),
        );
        let steps = solver.max_active().div_ceil(ROWS_PER_STEP);
        let adding = 0.7 * ROWS_PER_STEP as f32 * bins;
        costs.extend((0..steps).map(|step| (FrameStep::AddModels(step), adding)));
        costs.push((FrameStep::Presence, 1.5 * bins * sources as f32));
        costs.push((FrameStep::Masks, 2.0 * bins * sources as f32));
        if channels == 2 {
            costs.push((FrameStep::SolveSpatial, (5.0 + 4.0 * sources as f32) * bins));
            costs.push((FrameStep::UpdateSpatial, 14.0 * bins));
        }
        for bus in 0..buses {
            for channel in 0..channels {
                let mix = (2.0 + 1.5 * sources as f32) * bins;
                costs.push((FrameStep::MixBus(bus, channel), mix));
                costs.push((FrameStep::Synthesize(bus, channel), 9.0 * samples));
            }
        }
        let mut sum = 0.0;
        let mut with_sum = |(work, cost): (FrameStep, f32)| {
            sum += cost;
            (work, sum)
        };
        let steps: Vec<_> = costs.into_iter().map(&mut with_sum).collect();
        let taking = (5 * channels + 2 * channels * buses) as f32 * samples;
        Self { next: steps.len(), total: sum + taking, steps }
    }

    /// Begins a frame.
    pub fn start(&mut self) {
        self.next = 0;
    }

    /// Drops the remaining steps of the frame.
    pub fn abandon(&mut self) {
        self.next = self.steps.len();
    }

    /// The next step, if it belongs to the first `fraction` (0 to 1) of the work.
    pub fn next(&mut self, fraction: f32) -> Option<FrameStep> {
        let (work, after) = *self.steps.get(self.next)?;
        let before = if self.next == 0 { 0.0 } else { self.steps[self.next - 1].1 };
        // Rounds to the nearest step.
        if fraction < 1.0 && 0.5 * (before + after) > fraction * self.total {
            return None;
        }
        self.next += 1;
        Some(work)
    }
}
