//! Activations of one frame: which atoms explain it, and at what level.
//!
//! Multiplicative updates with the dictionary fixed (Lee & Seung 2001; Févotte
//! & Idier, "Algorithms for nonnegative matrix factorization with the
//! β-divergence", Neural Computation 2011, eq. 4.1), in a fixed amount of work:
//! a few over-relaxed updates over all atoms, then many over the largest.
//!
//! With two channels, every source has a gain in each (multichannel NMF with known gains:
//! Ozerov & Févotte 2010). The channels' ratios are combined per source before the
//! back-projection, so that stereo costs about as much as mono.

mod beta;
mod pick;
mod scan;
mod slots;

use std::ops::Range;

use super::atoms::Atoms;
use super::kernels::{self, Aligned, BLOCK, LANES, Lanes, Ratios, Step};
pub use slots::within;
use slots::{Slots, blocks};

/// How the activations of a frame are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolverSettings {
    /// β of the divergence: 1 Kullback-Leibler, 2 Euclidean, 0 Itakura-Saito.
    pub beta: f32,
    /// Fraction of the last frame's activations that a frame starts from. The remainder is
    /// spread evenly at the frame's level, so that a silent component can become active. 0
    /// starts flat.
    pub warmth: f32,
    /// Updates over the scanned atoms before the largest are picked.
    pub scan_updates: usize,
    /// A frame scans the last active atoms and every `scan_stride`-th of the
    /// others, in rotation.
    pub scan_stride: usize,
    /// The rounds that follow the scan, in order.
    pub rounds: [Round; 2],
    /// Exponent on every update but the last; 1 to 2.
    pub relaxation: f32,
    /// How much more expensive transposed copies are than originals.
    pub copy_penalty: f32,
    /// How much more expensive components of rarity 1 are than common ones.
    pub rarity_penalty: f32,
}

/// Updates over the largest activations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round {
    /// Number of atoms kept, at most that of the previous round.
    pub atoms: usize,
    /// Number of updates over them; 0 skips the round.
    pub updates: usize,
}

impl Round {
    pub const NONE: Round = Round { atoms: 0, updates: 0 };
}

/// Activations below this fraction of the frame's level become 0, which keeps denormals out
/// of the loops.
const H_FLOOR: f32 = 1e-9;

/// Added to the model before a division, as a fraction of the frame's level.
const MODEL_FLOOR: f32 = 1e-9;

/// Replaces the sum of an atom that is all zeros.
const SMALLEST_SUM: f32 = 1e-6;

/// Atoms scanned per stage; a multiple of [`BLOCK`].
const SCAN_CHUNK: usize = 128;

/// Frames whose bands sum to less count as silence.
const SILENCE: f32 = 1e-7;

/// Finds the activations of successive frames. All memory is allocated at the start.
///
/// With one gain per source, the models of the sources are kept separate. With a single
/// gain, all atoms share one model, which is enough for one channel.
#[derive(Clone, Debug)]
pub struct Solver {
    settings: SolverSettings,
    /// Activations, all atoms; zero outside `active`.
    h: Vec<f32>,
    /// Atoms kept, ascending.
    active: Vec<u32>,
    /// (1 + penalty of each atom) times the sum of its bands; and the inverse of that.
    cost: Vec<f32>,
    cost_sum: f32,
    inverse_cost: Vec<f32>,
    /// Range of all atoms.
    all: Range<usize>,
    sources: usize,
    bands: usize,
    /// Stages of an update of the scanned atoms.
    scan_chunks: usize,
    /// Sum of the frame's bands; 0 for silence.
    level: f32,
    /// Position of the rotating scan, and for each position the sum of the rows of each
    /// source: turns × sources × bands.
    turn: usize,
    turn_rows: Aligned<f32>,
    /// Atoms scanned, and the slots picked from them.
    list: Vec<u32>,
    scanned: Slots,
    picked: Vec<u32>,
    /// Atoms kept, and their rows.
    kept: Slots,
    rows: Aligned<u32>,
    /// Sums of these rows; and ones, to compute them.
    row_sums: Vec<f32>,
    ones: Aligned<f32>,
    /// Models of all groups (groups × bands): those of the current activations, and those
    /// being summed. Also the ratios of the input to them.
    models: Aligned<f32>,
    next_models: Aligned<f32>,
    ratios: Aligned<f32>,
    /// Model of a channel.
    model: Aligned<f32>,
    /// Unless β = 1: the denominators.
    weights: Aligned<f32>,
    /// A block of rows.
    scratch: Aligned<u32>,
}

impl Solver {
    pub fn new(atoms: &Atoms, mut settings: SolverSettings) -> Self {
        // Outside, the approximation of the power has a pole.
        settings.relaxation = settings.relaxation.clamp(1.0, 2.0);
        let count = atoms.count();
        let sources = atoms.sources().len();
        let cost = |(source, i)| {
            let of_copy = if atoms.semitones(i) == 0 { 0.0 } else { settings.copy_penalty };
            let of_rarity = settings.rarity_penalty * atoms.rarity(i);
            atoms.sum(i).max(SMALLEST_SUM) * (1.0 + of_copy + of_rarity + atoms.penalty(source))
        };
        let by_source = atoms.sources().iter().enumerate();
        let cost: Vec<f32> =
            by_source.flat_map(|(s, range)| range.clone().map(move |i| (s, i))).map(cost).collect();
        let kept = max_atoms(&settings).min(count);
        let size = kernels::groups(atoms.bands());
        let zeros = |rows: usize| Aligned::new(rows * size);
        let groups = sources.max(1);
        let mut ones = zeros(1);
        ones.fill([1.0; LANES]);
        Self {
            settings,
            h: vec![0.0; count],
            active: Vec::with_capacity(count),
            inverse_cost: cost.iter().map(|cost| 1.0 / cost).collect(),
            cost_sum: cost.iter().sum(),
            cost,
            all: 0..count,
            sources,
            bands: atoms.bands(),
            scan_chunks: (count.div_ceil(settings.scan_stride) + kept + groups * BLOCK)
                .div_ceil(SCAN_CHUNK),
            level: 0.0,
            turn: 0,
            turn_rows: scan::turn_rows(atoms, settings.scan_stride),
            list: Vec::with_capacity(count),
            scanned: Slots::with_capacity(count, groups),
            picked: Vec::with_capacity(kept + 1),
            kept: Slots::with_capacity(kept, groups),
            rows: Aligned::new((kept + (1 + groups) * BLOCK) / 2 * size),
            row_sums: Vec::with_capacity(kept + (1 + groups) * BLOCK),
            ones,
            models: zeros(groups),
            next_models: zeros(groups),
            ratios: zeros(groups),
            model: zeros(1),
            weights: zeros(groups),
            scratch: Aligned::new(BLOCK / 2 * size),
        }
    }

    /// Clears the state.
    pub fn reset(&mut self) {
        self.h.fill(0.0);
        self.active.clear();
        self.kept.clear();
        self.models.fill([0.0; LANES]);
        self.level = 0.0;
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

    /// Models of the last frame, one per gain that it was solved with.
    pub fn models(&self) -> &[Lanes] {
        &self.models
    }

    /// Solves one frame. `v`: magnitudes of each channel, pooled to bands and padded with
    /// zeros; `gains`: one per source and channel, or a single one for all sources.
    #[cfg(test)]
    pub fn solve(&mut self, atoms: &Atoms, v: &[&[Lanes]], gains: &[[f32; 2]]) {
        (0..self.stages()).for_each(|stage| self.run_stage(stage, atoms, v, gains));
    }

    /// The number of stages of a frame. They are run in order with the same arguments.
    pub fn stages(&self) -> usize {
        let rounds = self.settings.rounds.iter().filter(|round| round.updates > 0);
        1 + self.scan_stages() + rounds.map(|round| 2 + round.updates).sum::<usize>()
    }

    fn scan_stages(&self) -> usize {
        self.settings.scan_updates * self.scan_chunks
    }

    /// The largest possible number of active atoms.
    pub fn max_active(&self) -> usize {
        let rounds = self.settings.rounds.iter().filter(|round| round.updates > 0);
        rounds.map(|round| round.atoms).min().unwrap_or(0).min(self.h.len())
    }

    fn stage(&self, index: usize) -> Stage {
        if index == 0 {
            return Stage::Start;
        }
        let mut left = index - 1;
        if left < self.scan_stages() {
            return Stage::Scan(left);
        }
        left -= self.scan_stages();
        let mut rounds = self.settings.rounds.iter().filter(|round| round.updates > 0).peekable();
        let mut first = true;
        while let Some(&round) = rounds.next() {
            match left {
                0 => return Stage::Pick { round, first },
                1 => return Stage::Gather(round),
                _ if left < 2 + round.updates => {
                    let last = rounds.peek().is_none() && left == 1 + round.updates;
                    return Stage::Update { round, last };
                }
                _ => left -= 2 + round.updates,
            }
            first = false;
        }
        unreachable!("no stage {index}")
    }

    /// Approximate cost of a stage, with one gain per source or a single one.
    pub fn cost_ns(&self, stage: usize, of_each_source: bool) -> f32 {
        let lanes = kernels::groups(self.bands) as f32;
        let scanned = (self.h.len() / self.settings.scan_stride) as f32;
        let kept = |round: Round| round.atoms.min(self.h.len()) as f32;
        match self.stage(stage) {
            Stage::Start => 3000.0 + 6.0 * scanned,
            Stage::Scan(chunk) => {
                let last = chunk / self.scan_chunks + 1 == self.settings.scan_updates;
                let chunk = SCAN_CHUNK as f32 * lanes;
                if last { 0.8 * chunk } else { 1.2 * chunk }
            }
            Stage::Pick { first: true, .. } => 1200.0 + 2.0 * scanned,
            Stage::Pick { round, .. } => 6.0 * kept(round),
            Stage::Gather(round) => 1.5 * kept(round) * lanes,
            Stage::Update { round, .. } => {
                // Every group is padded by half a block on average.
                let groups = if of_each_source { self.sources } else { 1 };
                let slots = kept(round) + (BLOCK / 2 * groups) as f32;
                slots * (0.65 * lanes + 6.0)
            }
        }
    }

    /// Runs one of the [`Solver::stages`] of a frame; see there for the arguments.
    pub fn run_stage(&mut self, stage: usize, atoms: &Atoms, v: &[&[Lanes]], gains: &[[f32; 2]]) {
        if stage == 0 {
            self.level = v.iter().map(|channel| kernels::sum(channel)).sum();
            if self.level <= SILENCE || atoms.count() == 0 {
                self.reset();
            }
        }
        if self.level == 0.0 {
            return;
        }
        let frame = Frame { atoms, v, gains, floor: MODEL_FLOOR * self.level };
        let together = [self.all.clone()];
        let groups = if gains.len() == 1 { &together[..] } else { atoms.sources() };
        match self.stage(stage) {
            Stage::Start => self.start(&frame, groups),
            Stage::Scan(chunk) => self.update_scanned(&frame, chunk),
            Stage::Pick { round, first: true } => self.pick_scanned(round.atoms),
            Stage::Pick { round, first: false } => self.pick_kept(round.atoms),
            Stage::Gather(_) => self.gather(&frame, groups),
            Stage::Update { last, .. } => {
                self.update(&frame, if last { 1.0 } else { self.settings.relaxation });
                if last {
                    self.finish(H_FLOOR * self.level);
                }
            }
        }
    }

    /// Sets the initial activations and their models.
    fn start(&mut self, frame: &Frame, groups: &[Range<usize>]) {
        if self.kept.groups.len() != groups.len() {
            self.list.clone_from(&self.active);
            self.gather(frame, groups);
        }
        let gains = frame.gains;
        let gain = gains.iter().map(|gain| frame.gain(gain)).sum::<f32>() / gains.len() as f32;
        let flat = self.choose_scanned(self.level / gain);
        if self.settings.scan_updates > 0 {
            self.start_scan(frame, groups, flat);
        } else {
            // All scanned atoms are kept, so they are laid out directly.
            self.lay_out_scan(groups, flat);
        }
    }

    /// Lays out the atoms of `list`, with their rows, activations and models.
    fn gather(&mut self, frame: &Frame, groups: &[Range<usize>]) {
        let size = frame.size();
        if !self.kept.holds(&self.list, groups.len()) {
            self.kept.lay_out(&self.list, groups, &self.inverse_cost);
            let rows = self.rows.as_chunks_mut().0;
            kernels::pack_rows(frame.atoms.pooled(), &self.kept.atoms, rows);
            // The costs have to be those of the rows as they are packed: a difference of a thousandth
            // would grow with every update.
            self.row_sums.resize(self.kept.atoms.len(), 0.0);
            kernels::dot_packed(rows, &self.ones, &mut self.row_sums);
            for slot in 0..self.kept.atoms.len() {
                let atom = self.kept.atoms[slot] as usize;
                if atom < frame.atoms.count() {
                    let exact = frame.atoms.sum(atom).max(SMALLEST_SUM);
                    self.kept.inverse_cost[slot] *= exact / self.row_sums[slot].max(SMALLEST_SUM);
                }
            }
        }
        for slot in 0..self.kept.h.len() {
            let h = self.h.get(self.kept.atoms[slot] as usize);
            self.kept.h[slot] = h.copied().unwrap_or(0.0);
        }
        self.models.fill([0.0; LANES]);
        self.kept.accumulate(self.rows.as_chunks().0, size, &mut self.models);
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
        let used = ..self.kept.groups.len() * size;
        self.next_models[used].fill([0.0; LANES]);
        for (g, slots) in self.kept.groups.iter().enumerate() {
            let step = Step {
                inverse_cost: &self.kept.inverse_cost[slots.clone()],
                scale: 1.0 / frame.gain(&frame.gains[g]),
                exponent,
            };
            let group = g * size..(g + 1) * size;
            kernels::update(
                &self.rows.as_chunks().0[blocks(slots, size)],
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

    /// Writes the kept activations back; values below `floor` become 0.
    fn finish(&mut self, floor: f32) {
        for (slot, atom) in self.kept.iter() {
            self.h[atom] = self.kept.h[slot];
        }
        let h = &mut self.h;
        self.active.retain(|&atom| {
            let keep = h[atom as usize] >= floor;
            if !keep {
                h[atom as usize] = 0.0;
            }
            keep
        });
    }
}

/// Atoms in the largest round.
fn max_atoms(settings: &SolverSettings) -> usize {
    settings.rounds.iter().map(|round| round.atoms).max().unwrap_or(0)
}

/// A step of the solution of a frame.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Start,
    /// A chunk of an update of the scanned atoms, counted across all updates.
    Scan(usize),
    /// Picks the atoms that a round keeps; the `first` pick is from the scanned ones.
    Pick {
        round: Round,
        first: bool,
    },
    Gather(Round),
    /// An update; `last` marks the final one of the frame.
    Update {
        round: Round,
        last: bool,
    },
}

/// Values shared by all updates of a frame.
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

#[cfg(test)]
mod tests;
