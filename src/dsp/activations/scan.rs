//! The scan: a few updates over many atoms, to see which could explain the frame.

use std::ops::Range;

use super::{Frame, SCAN_CHUNK, Solver, SolverSettings};
use crate::dsp::atoms::Atoms;
use crate::dsp::kernels::{self, Aligned, LANES, Step};

impl Solver {
    /// Chooses the atoms to scan. Returns the value that is added to each atom's activation
    /// from the last frame.
    pub(super) fn choose_scanned(&mut self, level: f32) -> f32 {
        let SolverSettings { warmth, scan_stride, .. } = self.settings;
        let mut cost = 0.0;
        self.list.clear();
        if scan_stride == 1 {
            self.list.extend(self.all.clone().map(|atom| atom as u32));
            return (1.0 - warmth) * level / self.cost_sum;
        }
        let mut active = self.active.iter().copied().peekable();
        let mut choose = |atom: u32| {
            self.list.push(atom);
            cost += self.cost[atom as usize];
        };
        // Both lists ascend; active atoms are merged in, each once.
        for atom in (self.turn..self.h.len()).step_by(scan_stride).map(|atom| atom as u32) {
            while let Some(before) = active.next_if(|active| *active < atom) {
                choose(before);
            }
            active.next_if_eq(&atom);
            choose(atom);
        }
        active.for_each(choose);
        (1.0 - warmth) * level / cost
    }

    /// Starts the scanned atoms from what remains of the last frame, plus `flat` each.
    pub(super) fn start_scan(&mut self, frame: &Frame, groups: &[Range<usize>], flat: f32) {
        let SolverSettings { warmth, scan_stride, .. } = self.settings;
        let size = frame.size();
        // The initial model, from existing models.
        let sources = frame.atoms.sources().len();
        let turn = &self.turn_rows[self.turn * sources * size..][..sources * size];
        let used = groups.len() * size;
        kernels::scale(&mut self.models[..used], warmth);
        turn.chunks_exact(used).for_each(|rows| kernels::add(rows, flat, &mut self.models));
        if scan_stride > 1 {
            for slot in 0..self.kept.h.len() {
                let atom = self.kept.atoms[slot] as usize;
                let elsewhere =
                    self.h.get(atom).is_some_and(|h| *h > 0.0) && atom % scan_stride != self.turn;
                self.kept.h[slot] = if elsewhere { flat } else { 0.0 };
            }
            self.kept.accumulate(self.rows.as_chunks().0, size, &mut self.models);
        }
        self.lay_out_scan(groups, flat);
    }

    /// Lays out the scanned atoms, each with what remains of the last frame plus `flat`.
    pub(super) fn lay_out_scan(&mut self, groups: &[Range<usize>], flat: f32) {
        let SolverSettings { warmth, scan_stride, .. } = self.settings;
        if scan_stride > 1 || self.scanned.groups.len() != groups.len() {
            self.scanned.lay_out(&self.list, groups, &self.inverse_cost);
        }
        self.turn = (self.turn + 1) % scan_stride;
        for slot in 0..self.scanned.h.len() {
            let h = self.h.get(self.scanned.atoms[slot] as usize);
            self.scanned.h[slot] = h.map_or(0.0, |h| warmth * h + flat);
        }
    }

    /// One chunk of an update of the scanned atoms, counted across all updates. No model is
    /// needed after the last update.
    pub(super) fn update_scanned(&mut self, frame: &Frame, chunk: usize) {
        let size = frame.size();
        let last = chunk / self.scan_chunks + 1 == self.settings.scan_updates;
        let chunk = chunk % self.scan_chunks;
        if self.settings.beta != 1.0 {
            if chunk > 0 {
                return;
            }
            let mut slots = std::mem::take(&mut self.scanned);
            self.update_beta(frame, &mut slots, self.settings.relaxation);
            self.scanned = slots;
            return;
        }
        if chunk == 0 {
            self.write_ratios(frame);
            let used = ..self.scanned.groups.len() * size;
            kernels::scale(&mut self.ratios[used], kernels::LIFT);
            self.next_models[..self.scanned.groups.len() * size].fill([0.0; LANES]);
        }
        let chunk_slots = chunk * SCAN_CHUNK..(chunk + 1) * SCAN_CHUNK;
        for (g, slots) in self.scanned.groups.iter().enumerate() {
            let slots = slots.start.max(chunk_slots.start)..slots.end.min(chunk_slots.end);
            if slots.is_empty() {
                continue;
            }
            let step = Step {
                inverse_cost: &self.scanned.inverse_cost[slots.clone()],
                scale: 1.0 / frame.gain(&frame.gains[g]),
                exponent: self.settings.relaxation,
            };
            let group = g * size..(g + 1) * size;
            kernels::update_coded(
                frame.atoms.pooled(),
                &self.scanned.atoms[slots.clone()],
                &self.ratios[group.clone()],
                step,
                &mut self.scanned.h[slots.clone()],
                (!last).then_some(&mut self.next_models[group]),
            );
        }
        if chunk + 1 == self.scan_chunks {
            std::mem::swap(&mut self.models, &mut self.next_models);
        }
    }
}

/// For every position of the rotating scan: the sum of the rows of each source that are
/// scanned there.
pub fn turn_rows(atoms: &Atoms, stride: usize) -> Aligned<f32> {
    let size = kernels::groups(atoms.bands());
    let mut sums = Aligned::new(stride * atoms.sources().len() * size);
    let mut rows = sums.chunks_exact_mut(size);
    for turn in 0..stride {
        for (source, sum) in atoms.sources().iter().zip(&mut rows) {
            let list: Vec<u32> = source
                .clone()
                .filter(|atom| atom % stride == turn)
                .map(|atom| atom as u32)
                .collect();
            let ones = vec![1.0; list.len()];
            kernels::add_coded_rows(atoms.pooled(), &list, &ones, sum);
            kernels::scale(sum, kernels::LIFT);
        }
    }
    sums
}
