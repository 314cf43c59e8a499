//! Activations of one frame: which atoms explain it, and how loudly.
//!
//! Multiplicative updates with the dictionary fixed (Lee & Seung 2001; Févotte
//! & Idier, "Algorithms for nonnegative matrix factorization with the
//! β-divergence", Neural Computation 2011, eq. 4.1), in a fixed amount of work:
//! a few over-relaxed updates over all atoms, then many over the largest.
//!
//! With two channels every source has a gain in each (multichannel NMF with
//! known gains: Ozerov & Févotte 2010), and the channels' ratios are combined a
//! source before the back-projection, so that stereo costs about what mono does.

mod beta;
mod slots;

use std::ops::Range;

use super::atoms::Atoms;
use super::kernels::{self, BLOCK, Code, LANES, Lanes, Ratios, Step};
use slots::Slots;
pub use slots::within;

/// How the activations of a frame are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolverSettings {
    /// β of the divergence: 1 Kullback-Leibler, 2 Euclidean, 0 Itakura-Saito.
    pub beta: f32,
    /// Share of the last frame's activations that a frame starts from. The
    /// remainder is spread flat at the frame's level, so that a silent
    /// component can wake. 0 starts flat.
    pub warmth: f32,
    /// Updates over the scanned atoms before the largest are picked.
    pub scan_updates: usize,
    /// A frame scans the last active atoms and every `scan_stride`-th of the
    /// others, in rotation.
    pub scan_stride: usize,
    /// How many atoms are kept after the scan.
    pub active_atoms: usize,
    /// Updates over the atoms that were kept.
    pub active_updates: usize,
    /// Exponent on every update but the last; 1 to 2.
    pub relaxation: f32,
    /// Transposed copies are this much more expensive than originals.
    pub copy_penalty: f32,
}

/// Below this share of the frame's level an activation counts as nothing. Keeps
/// denormals out of the loops.
const H_FLOOR: f32 = 1e-9;

/// What is added to the model before a division, as a share of the frame's
/// level.
const MODEL_FLOOR: f32 = 1e-9;

/// Stands in for the sum of an atom that has nothing.
const SMALLEST_SUM: f32 = 1e-6;

/// Frames whose bands sum to less are silence.
const SILENCE: f32 = 1e-7;

/// Finds the activations of frame after frame. All memory is taken at the start.
///
/// With the gains of all sources their models are kept apart; with a single gain
/// all atoms share one model, which is all that one channel needs.
#[derive(Clone, Debug)]
pub struct Solver {
    settings: SolverSettings,
    /// Activations, all atoms; zero outside `active`.
    h: Vec<f32>,
    /// Atoms that are not zero, ascending.
    active: Vec<u32>,
    /// 1 + penalty of each atom, times the sum of its bands; and its inverse.
    cost: Vec<f32>,
    inverse_cost: Vec<f32>,
    /// Range of all atoms.
    all: Range<usize>,
    /// Position of the rotating scan, and for each position the sum of the rows
    /// of each source, turns × sources × bands.
    turn: usize,
    turn_rows: Vec<Lanes>,
    /// Atoms that are scanned, and the order by size in which they are picked.
    list: Vec<u32>,
    scanned: Slots,
    order: Vec<(f32, u32)>,
    /// Atoms that are kept, and their rows.
    kept: Slots,
    rows: Vec<Lanes>,
    /// Models of all groups, groups × bands: of the present activations, and
    /// those being summed. Ratios of the input to them.
    models: Vec<Lanes>,
    next_models: Vec<Lanes>,
    ratios: Vec<Lanes>,
    /// Model of a channel.
    model: Vec<Lanes>,
    /// Unless β = 1: what stands in the denominators.
    weights: Vec<Lanes>,
    /// A block of rows.
    scratch: Vec<Lanes>,
    /// A row of nothing.
    zeros: Vec<Code>,
}

impl Solver {
    pub fn new(atoms: &Atoms, settings: SolverSettings) -> Self {
        let count = atoms.count();
        let sources = atoms.sources().len();
        let cost: Vec<f32> = (0..count)
            .map(|i| {
                let penalty = if atoms.semitones(i) == 0 { 0.0 } else { settings.copy_penalty };
                atoms.sum(i).max(SMALLEST_SUM) * (1.0 + penalty)
            })
            .collect();
        let kept = settings.active_atoms.min(count);
        let size = kernels::groups(atoms.bands());
        let zeros = |rows: usize| vec![[0.0; LANES]; rows * size];
        let groups = sources.max(1);
        Self {
            settings,
            h: vec![0.0; count],
            active: Vec::with_capacity(count),
            inverse_cost: cost.iter().map(|cost| 1.0 / cost).collect(),
            cost,
            all: 0..count,
            turn: 0,
            turn_rows: turn_rows(atoms, settings.scan_stride),
            list: Vec::with_capacity(count),
            scanned: Slots::with_capacity(count, groups),
            order: Vec::with_capacity(count),
            kept: Slots::with_capacity(kept, groups),
            rows: zeros(kept + groups * BLOCK),
            models: zeros(groups),
            next_models: zeros(groups),
            ratios: zeros(groups),
            model: zeros(1),
            weights: zeros(groups),
            scratch: zeros(BLOCK),
            zeros: vec![Code::default(); size],
        }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.h.fill(0.0);
        self.active.clear();
        self.kept.clear();
        self.models.fill([0.0; LANES]);
        self.turn = 0;
    }

    /// Activations of the last frame, all atoms.
    pub fn h(&self) -> &[f32] {
        &self.h
    }

    /// The atoms that explain the last frame, ascending.
    pub fn active(&self) -> &[u32] {
        &self.active
    }

    /// Models of the last frame, one for each gain that it was solved with.
    pub fn models(&self) -> &[Lanes] {
        &self.models
    }

    /// Solves one frame. `v`: magnitudes of each channel, pooled to bands and
    /// padded with zeros; `gains`: of each source in each channel, or one for all.
    pub fn solve(&mut self, atoms: &Atoms, v: &[&[Lanes]], gains: &[[f32; 2]]) {
        let level: f32 = v.iter().flat_map(|channel| channel.as_flattened()).sum();
        if level <= SILENCE || atoms.count() == 0 {
            self.reset();
            return;
        }
        let frame = Frame { atoms, v, gains, floor: MODEL_FLOOR * level };
        let gain = gains.iter().map(|gain| frame.gain(gain)).sum::<f32>() / gains.len() as f32;
        let together = [self.all.clone()];
        let groups = if gains.len() == 1 { &together[..] } else { atoms.sources() };
        if self.kept.groups.len() != groups.len() {
            self.list.clone_from(&self.active);
            self.gather(&frame, groups);
        }
        let flat = self.look_over(level / gain);
        if self.settings.scan_updates > 0 {
            self.scan(&frame, groups, flat);
        } else {
            self.order.clear();
            for &atom in &self.list {
                let h = &mut self.h[atom as usize];
                *h = self.settings.warmth * *h + flat;
                self.order.push((*h, atom));
            }
        }
        self.keep_largest();
        self.gather(&frame, groups);
        for left in (0..self.settings.active_updates).rev() {
            let exponent = if left == 0 { 1.0 } else { self.settings.relaxation };
            self.update(&frame, exponent);
        }
        self.finish(H_FLOOR * level);
    }

    /// Chooses the atoms to scan; says what each starts with on top of what is
    /// left of the last frame.
    fn look_over(&mut self, level: f32) -> f32 {
        let SolverSettings { warmth, scan_stride, .. } = self.settings;
        let mut cost = 0.0;
        self.list.clear();
        if scan_stride == 1 {
            self.list.extend(self.all.clone().map(|atom| atom as u32));
            return (1.0 - warmth) * level / self.cost.iter().sum::<f32>();
        }
        let mut turn = (self.turn..self.h.len()).step_by(scan_stride).map(|atom| atom as u32);
        let mut active = self.active.iter().copied().peekable();
        let mut next = turn.next();
        loop {
            let atom = match (active.peek(), next) {
                (None, None) => break,
                (Some(&active), Some(turn)) => active.min(turn),
                (active, turn) => turn.unwrap_or_else(|| *active.unwrap_or(&0)),
            };
            active.next_if_eq(&atom);
            if next == Some(atom) {
                next = turn.next();
            }
            self.list.push(atom);
            cost += self.cost[atom as usize];
        }
        (1.0 - warmth) * level / cost
    }

    /// Updates over the scanned atoms, from what is left of the last frame and
    /// `flat` each.
    fn scan(&mut self, frame: &Frame, groups: &[Range<usize>], flat: f32) {
        let SolverSettings { warmth, scan_stride, scan_updates, .. } = self.settings;
        let size = frame.size();
        // The model of the start, from models that are there already.
        let sources = frame.atoms.sources().len();
        let turn = &self.turn_rows[self.turn * sources * size..][..sources * size];
        if groups.len() == 1 {
            self.models.iter_mut().for_each(|model| scale(model, warmth));
            for rows in turn.chunks_exact(size) {
                add(&mut self.models, rows, flat);
            }
        } else {
            self.models.iter_mut().for_each(|model| scale(model, warmth));
            add(&mut self.models, turn, flat);
        }
        if scan_stride > 1 {
            for slot in 0..self.kept.h.len() {
                let atom = self.kept.atoms[slot] as usize;
                let elsewhere =
                    self.h.get(atom).is_some_and(|h| *h > 0.0) && atom % scan_stride != self.turn;
                self.kept.h[slot] = if elsewhere { flat } else { 0.0 };
            }
            for (g, slots) in self.kept.groups.iter().enumerate() {
                let rows = &self.rows[slots.start * size..slots.end * size];
                let model = &mut self.models[g * size..(g + 1) * size];
                kernels::accumulate(rows, &self.kept.h[slots.clone()], model);
            }
            self.scanned.lay_out(&self.list, groups, &self.inverse_cost);
        } else if self.scanned.groups.len() != groups.len() {
            self.scanned.lay_out(&self.list, groups, &self.inverse_cost);
        }
        self.turn = (self.turn + 1) % scan_stride;
        for slot in 0..self.scanned.h.len() {
            let h = self.h.get(self.scanned.atoms[slot] as usize);
            self.scanned.h[slot] = h.map_or(0.0, |h| warmth * h + flat);
        }
        for left in (0..scan_updates).rev() {
            self.update_scanned(frame, left == 0);
        }
        self.order.clear();
        self.order
            .extend(self.scanned.iter().map(|(slot, atom)| (self.scanned.h[slot], atom as u32)));
    }

    /// One update of the scanned atoms. The last needs no model after it.
    fn update_scanned(&mut self, frame: &Frame, last: bool) {
        let size = frame.size();
        if self.settings.beta != 1.0 {
            let mut slots = std::mem::take(&mut self.scanned);
            self.update_beta(frame, &mut slots, self.settings.relaxation);
            self.scanned = slots;
            return;
        }
        self.write_ratios(frame);
        self.next_models.fill([0.0; LANES]);
        for (g, slots) in self.scanned.groups.iter().enumerate() {
            let step = Step {
                inverse_cost: &self.scanned.inverse_cost[slots.clone()],
                scale: 1.0 / frame.gain(&frame.gains[g]),
                exponent: self.settings.relaxation,
            };
            let group = g * size..(g + 1) * size;
            kernels::update_coded(
                frame.atoms.pooled(),
                &self.scanned.atoms[slots.clone()],
                &self.zeros,
                &self.ratios[group.clone()],
                step,
                &mut self.scanned.h[slots.clone()],
                (!last).then_some(&mut self.next_models[group]),
            );
        }
        std::mem::swap(&mut self.models, &mut self.next_models);
    }

    /// Leaves the largest activations in `list`, ascending, and in `h`.
    fn keep_largest(&mut self) {
        let keep = self.settings.active_atoms;
        if self.order.len() > keep {
            // Ties are broken by index: the pick must not depend on the sort.
            self.order.select_nth_unstable_by(keep, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            self.order.truncate(keep);
            self.order.sort_unstable_by_key(|(_, atom)| *atom);
        }
        for &atom in &self.active {
            self.h[atom as usize] = 0.0;
        }
        self.list.clear();
        for &(h, atom) in &self.order {
            self.h[atom as usize] = h;
            self.list.push(atom);
        }
    }

    /// Lays out the atoms of `list`, with their rows, activations and models.
    fn gather(&mut self, frame: &Frame, groups: &[Range<usize>]) {
        let size = frame.size();
        if !self.kept.holds(&self.list, groups.len()) {
            self.kept.lay_out(&self.list, groups, &self.inverse_cost);
            let rows = &mut self.rows[..self.kept.atoms.len() * size];
            kernels::decode_rows(frame.atoms.pooled(), &self.kept.atoms, rows);
        }
        for slot in 0..self.kept.h.len() {
            let h = self.h.get(self.kept.atoms[slot] as usize);
            self.kept.h[slot] = h.copied().unwrap_or(0.0);
        }
        self.models.fill([0.0; LANES]);
        for (g, slots) in self.kept.groups.iter().enumerate() {
            let rows = &self.rows[slots.start * size..slots.end * size];
            let model = &mut self.models[g * size..(g + 1) * size];
            kernels::accumulate(rows, &self.kept.h[slots.clone()], model);
        }
    }

    /// One update of the kept atoms.
    fn update(&mut self, frame: &Frame, exponent: f32) {
        let size = frame.size();
        if self.settings.beta != 1.0 {
            let mut slots = std::mem::take(&mut self.kept);
            self.update_beta(frame, &mut slots, exponent);
            self.kept = slots;
            return;
        }
        self.write_ratios(frame);
        self.next_models.fill([0.0; LANES]);
        for (g, slots) in self.kept.groups.iter().enumerate() {
            let step = Step {
                inverse_cost: &self.kept.inverse_cost[slots.clone()],
                scale: 1.0 / frame.gain(&frame.gains[g]),
                exponent,
            };
            let group = g * size..(g + 1) * size;
            kernels::update(
                &self.rows[slots.start * size..slots.end * size],
                &self.ratios[group.clone()],
                step,
                &mut self.kept.h[slots.clone()],
                &mut self.next_models[group],
            );
        }
        std::mem::swap(&mut self.models, &mut self.next_models);
    }

    fn write_ratios(&mut self, frame: &Frame) {
        let used = ..frame.gains.len() * frame.size();
        let Frame { v, gains, floor, .. } = *frame;
        Ratios { models: &self.models[used], v, gains, floor }
            .write(&mut self.ratios[used], &mut self.model);
    }

    /// Writes the kept activations back; what is below `floor` is nothing.
    fn finish(&mut self, floor: f32) {
        self.active.clear();
        for (slot, atom) in self.kept.iter() {
            let h = self.kept.h[slot];
            self.h[atom] = if h >= floor { h } else { 0.0 };
            if h >= floor {
                self.active.push(atom as u32);
            }
        }
    }
}

/// What the updates of a frame have in common.
struct Frame<'a> {
    atoms: &'a Atoms,
    v: &'a [&'a [Lanes]],
    gains: &'a [[f32; 2]],
    /// Added to models before a division.
    floor: f32,
}

impl Frame<'_> {
    /// Groups of lanes in a row.
    fn size(&self) -> usize {
        kernels::groups(self.atoms.bands())
    }

    /// Sum of a gain over the channels.
    fn gain(&self, gain: &[f32; 2]) -> f32 {
        gain[..self.v.len()].iter().sum()
    }
}

/// For every position of the rotating scan: the sum of the rows of each source
/// that it looks at.
fn turn_rows(atoms: &Atoms, stride: usize) -> Vec<Lanes> {
    let size = kernels::groups(atoms.bands());
    let mut sums = Vec::new();
    for turn in 0..stride {
        for source in atoms.sources() {
            let list: Vec<u32> = source
                .clone()
                .filter(|atom| atom % stride == turn)
                .map(|atom| atom as u32)
                .collect();
            let start = sums.len();
            sums.resize(start + size, [0.0; LANES]);
            kernels::add_coded_rows(
                atoms.pooled(),
                &list,
                &vec![1.0; list.len()],
                &mut sums[start..],
            );
        }
    }
    sums
}

fn scale(lanes: &mut Lanes, by: f32) {
    lanes.iter_mut().for_each(|x| *x *= by);
}

fn add(to: &mut [Lanes], rows: &[Lanes], gain: f32) {
    for (to, x) in to.as_flattened_mut().iter_mut().zip(rows.as_flattened()) {
        *to += gain * x;
    }
}

#[cfg(test)]
mod tests;
