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

use super::atoms::Atoms;
use super::kernels;

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
#[derive(Clone, Debug)]
pub struct Solver {
    settings: SolverSettings,
    /// Activations, all atoms; zero outside `active`.
    h: Vec<f32>,
    /// Atoms that may be non-zero, ascending.
    active: Vec<u32>,
    /// Atoms under the present update, ascending.
    scanned: Vec<u32>,
    /// Order of the scanned atoms by size, for the pick.
    order: Vec<u32>,
    /// Position of the rotating scan.
    turn: usize,
    /// 1 + penalty of each atom, times the sum of its bands.
    cost: Vec<f32>,
    /// Numerators and (unless β = 1) denominators, an atom.
    numerators: Vec<f32>,
    denominators: Vec<f32>,
    /// Source models, sources × bands.
    source_models: Vec<f32>,
    /// Model of each channel, and the ratio of the input to it.
    models: [Vec<f32>; 2],
    ratios: [Vec<f32>; 2],
    weights: [Vec<f32>; 2],
    /// A source's ratio and weight, combined over channels.
    source_ratio: Vec<f32>,
    source_weight: Vec<f32>,
    /// A gain of 1 for every source.
    mono_gains: Vec<[f32; 2]>,
}

impl Solver {
    pub fn new(atoms: &Atoms, settings: SolverSettings) -> Self {
        let count = atoms.count();
        let bands = atoms.bands();
        let cost = (0..count)
            .map(|i| {
                let penalty = if atoms.semitones(i) == 0 { 0.0 } else { settings.copy_penalty };
                atoms.sum(i).max(SMALLEST_SUM) * (1.0 + penalty)
            })
            .collect();
        Self {
            settings,
            h: vec![0.0; count],
            active: Vec::with_capacity(count),
            scanned: Vec::with_capacity(count),
            order: Vec::with_capacity(count),
            turn: 0,
            cost,
            numerators: vec![0.0; count],
            denominators: vec![0.0; count],
            source_models: vec![0.0; atoms.sources().len() * bands],
            models: [vec![0.0; bands], vec![0.0; bands]],
            ratios: [vec![0.0; bands], vec![0.0; bands]],
            weights: [vec![0.0; bands], vec![0.0; bands]],
            source_ratio: vec![0.0; bands],
            source_weight: vec![0.0; bands],
            mono_gains: vec![[1.0; 2]; atoms.sources().len()],
        }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.h.fill(0.0);
        self.source_models.fill(0.0);
        self.active.clear();
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

    /// Models of all sources for the last stereo frame, sources × bands.
    pub fn source_models(&self) -> &[f32] {
        &self.source_models
    }

    /// [`Solver::solve`] for one channel.
    pub fn solve_mono(&mut self, atoms: &Atoms, v: &[f32]) {
        // Taken out and put back: the solver owns the gains that it borrows.
        let gains = std::mem::take(&mut self.mono_gains);
        self.solve(atoms, &[v], &gains);
        self.mono_gains = gains;
    }

    /// Solves one frame. `v`: magnitudes of each channel, pooled to bands;
    /// `gains`: of each source in each channel (all 1 with one channel).
    pub fn solve(&mut self, atoms: &Atoms, v: &[&[f32]], gains: &[[f32; 2]]) {
        let level: f32 = v.iter().map(|channel| channel.iter().sum::<f32>()).sum();
        if level <= SILENCE || atoms.count() == 0 {
            self.reset();
            return;
        }
        let gain_sum: f32 = gains.iter().map(|gain| gain[..v.len()].iter().sum::<f32>()).sum();
        let gain = gain_sum / gains.len() as f32;
        self.start(atoms, level / gain);
        let settings = self.settings;
        for _ in 0..settings.scan_updates {
            self.update(atoms, v, gains, level, settings.relaxation);
        }
        self.keep_largest();
        for left in (0..settings.active_updates).rev() {
            let exponent = if left == 0 { 1.0 } else { settings.relaxation };
            self.update(atoms, v, gains, level, exponent);
        }
        let floor = H_FLOOR * level;
        for &atom in &self.scanned {
            let h = &mut self.h[atom as usize];
            if *h < floor {
                *h = 0.0;
            }
        }
        let h = &self.h;
        self.active.clear();
        self.active.extend(self.scanned.iter().filter(|&&atom| h[atom as usize] > 0.0));
    }

    /// Chooses the atoms to scan and their first activations.
    fn start(&mut self, atoms: &Atoms, level: f32) {
        let SolverSettings { warmth, scan_stride, .. } = self.settings;
        self.scanned.clear();
        let mut kept = self.active.iter().copied().peekable();
        for atom in 0..atoms.count() as u32 {
            let was_active = kept.next_if_eq(&atom).is_some();
            if was_active || atom as usize % scan_stride == self.turn {
                self.scanned.push(atom);
            }
        }
        self.turn = (self.turn + 1) % scan_stride;
        let cost: f32 = self.scanned.iter().map(|&atom| self.cost[atom as usize]).sum();
        let flat = (1.0 - warmth) * level / cost;
        for &atom in &self.scanned {
            let h = &mut self.h[atom as usize];
            *h = warmth * *h + flat;
        }
    }

    /// Keeps the largest activations and sets the others to zero.
    fn keep_largest(&mut self) {
        let keep = self.settings.active_atoms;
        if self.scanned.len() <= keep {
            return;
        }
        self.order.clear();
        self.order.extend_from_slice(&self.scanned);
        let h = &mut self.h;
        // Ties are broken by index: the pick must not depend on the sort.
        self.order.select_nth_unstable_by(keep, |&a, &b| {
            h[b as usize].total_cmp(&h[a as usize]).then(a.cmp(&b))
        });
        for &atom in &self.order[keep..] {
            h[atom as usize] = 0.0;
        }
        self.scanned.clear();
        self.scanned.extend_from_slice(&self.order[..keep]);
        self.scanned.sort_unstable();
    }

    /// One multiplicative update of the scanned atoms.
    fn update(
        &mut self,
        atoms: &Atoms,
        v: &[&[f32]],
        gains: &[[f32; 2]],
        level: f32,
        exponent: f32,
    ) {
        self.model(atoms, gains, v.len());
        let beta = self.settings.beta;
        let floor = MODEL_FLOOR * level;
        for channel in 0..v.len() {
            let (model, ratio) = (&self.models[channel], &mut self.ratios[channel]);
            if beta == 1.0 {
                kernels::divide(v[channel], model, floor, ratio);
            } else {
                let weight = &mut self.weights[channel];
                for (((weight, ratio), v), model) in
                    weight.iter_mut().zip(ratio).zip(v[channel]).zip(model)
                {
                    let model = model + floor;
                    *weight = model.powf(beta - 1.0);
                    *ratio = v * *weight / model;
                }
            }
        }
        self.back_project(atoms, gains, v.len());
        let exponent = if beta < 1.0 { exponent / (2.0 - beta) } else { exponent };
        for &atom in &self.scanned {
            let atom = atom as usize;
            let step = self.numerators[atom] / self.denominators[atom];
            self.h[atom] *= if exponent == 1.0 { step } else { step.powf(exponent) };
        }
    }

    /// Models of all channels from the scanned atoms.
    fn model(&mut self, atoms: &Atoms, gains: &[[f32; 2]], channels: usize) {
        let bands = atoms.bands();
        self.models.iter_mut().for_each(|model| model.fill(0.0));
        if channels == 1 {
            kernels::add_rows(atoms.pooled(), &self.scanned, &self.h, &mut self.models[0]);
            return;
        }
        self.source_models.fill(0.0);
        for (s, range) in atoms.sources().iter().enumerate() {
            let rows = within(&self.scanned, range);
            let source = &mut self.source_models[s * bands..(s + 1) * bands];
            kernels::add_rows(atoms.pooled(), rows, &self.h, source);
            for (model, gain) in self.models.iter_mut().zip(gains[s]) {
                kernels::add_scaled(source, gain, model);
            }
        }
    }

    /// Numerators and denominators of the scanned atoms.
    fn back_project(&mut self, atoms: &Atoms, gains: &[[f32; 2]], channels: usize) {
        let divergence_is_kl = self.settings.beta == 1.0;
        for (s, range) in atoms.sources().iter().enumerate() {
            let rows = within(&self.scanned, range);
            let combine = |parts: &[Vec<f32>; 2], sum: &mut [f32]| {
                sum.fill(0.0);
                for (part, gain) in parts.iter().zip(gains[s]).take(channels) {
                    kernels::add_scaled(part, gain, sum);
                }
            };
            combine(&self.ratios, &mut self.source_ratio);
            kernels::dot_rows(atoms.pooled(), rows, &self.source_ratio, &mut self.numerators);
            if divergence_is_kl {
                let gain: f32 = gains[s][..channels].iter().sum();
                for &atom in rows {
                    self.denominators[atom as usize] = self.cost[atom as usize] * gain;
                }
            } else {
                combine(&self.weights, &mut self.source_weight);
                kernels::dot_rows(
                    atoms.pooled(),
                    rows,
                    &self.source_weight,
                    &mut self.denominators,
                );
                for &atom in rows {
                    let atom = atom as usize;
                    let penalty = self.cost[atom] / atoms.sum(atom).max(SMALLEST_SUM);
                    self.denominators[atom] =
                        (self.denominators[atom] * penalty).max(f32::MIN_POSITIVE);
                }
            }
        }
    }
}

/// The part of an ascending list that lies in `range`.
pub fn within<'a>(atoms: &'a [u32], range: &std::ops::Range<usize>) -> &'a [u32] {
    let start = atoms.partition_point(|&atom| (atom as usize) < range.start);
    let end = atoms.partition_point(|&atom| (atom as usize) < range.end);
    &atoms[start..end]
}

#[cfg(test)]
mod tests;
