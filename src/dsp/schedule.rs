//! The work of a frame in steps, so that it can be spread over a hop.

use super::activations::Solver;
use super::model::Model;

/// Atoms that are added to the models of the sources in a step: not those of one
/// source, which may have them all.
pub const ROWS_A_STEP: usize = 16;

/// A step of a frame's work.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Samples of a channel to a spectrum.
    Transform(usize),
    /// Spectra to bands.
    PoolBands,
    /// A stage of the solver.
    Solve(usize),
    /// Some activations to the models of the sources.
    AddModels(usize),
    /// Models to masks.
    Masks,
    /// The spatial filter, and what it learns from the frame.
    SolveSpatial,
    UpdateSpatial,
    /// What a bus plays in a channel, and its transform.
    MixBus(usize, usize),
    Synthesize(usize, usize),
}

/// All steps of a frame, in order, and the next one to do.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Each with what it and all before it cost.
    steps: Vec<(Work, f32)>,
    /// What all steps cost, and taking the next frame after them.
    total: f32,
    next: usize,
}

impl Schedule {
    /// Costs are about instructions; only their proportions count.
    pub fn new(model: &Model, solver: &Solver, channels: usize, buses: usize) -> Self {
        let samples = model.frames.fft_size as f32;
        let bins = model.frames.bins() as f32;
        let sources = model.sources();
        let mut costs = Vec::new();
        costs.extend((0..channels).map(|channel| (Work::Transform(channel), 8.0 * samples)));
        costs.push((Work::PoolBands, 5.0 * bins * channels as f32));
        costs.extend((0..solver.stages()).map(|stage| (Work::Solve(stage), solver.cost(stage))));
        let steps = solver.most_active().div_ceil(ROWS_A_STEP);
        let adding = 0.7 * ROWS_A_STEP as f32 * bins;
        costs.extend((0..steps).map(|step| (Work::AddModels(step), adding)));
        costs.push((Work::Masks, 2.0 * bins * sources as f32));
        if channels == 2 {
            costs.push((Work::SolveSpatial, (5.0 + 4.0 * sources as f32) * bins));
            costs.push((Work::UpdateSpatial, 14.0 * bins));
        }
        for bus in 0..buses {
            for channel in 0..channels {
                let mix = (2.0 + 1.5 * sources as f32) * bins;
                costs.push((Work::MixBus(bus, channel), mix));
                costs.push((Work::Synthesize(bus, channel), 9.0 * samples));
            }
        }
        let mut sum = 0.0;
        let mut with_sum = |(work, cost): (Work, f32)| {
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

    /// Leaves the frame as it is.
    pub fn abandon(&mut self) {
        self.next = self.steps.len();
    }

    /// The next step, if it belongs to the first `share` (a fraction from 0 to 1) of the work.
    pub fn next(&mut self, share: f32) -> Option<Work> {
        let (work, after) = *self.steps.get(self.next)?;
        let before = if self.next == 0 { 0.0 } else { self.steps[self.next - 1].1 };
        // To the nearest step.
        if share < 1.0 && 0.5 * (before + after) > share * self.total {
            return None;
        }
        self.next += 1;
        Some(work)
    }
}
