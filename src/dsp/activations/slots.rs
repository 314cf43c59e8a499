//! The atoms being updated, in the order in which the loops process them.

use std::ops::Range;

use crate::dsp::kernels::{self, BLOCK, Lanes, PackedRows};

/// Stands for no atom; the row and the activation are zero.
const PADDING: u32 = u32::MAX;

/// Atoms in groups that share a model (one per source, or one for all), every
/// group padded to a multiple of [`BLOCK`].
#[derive(Clone, Debug, Default)]
pub struct Slots {
    /// All slots, padding included.
    pub atoms: Vec<u32>,
    /// The slots of each group.
    pub groups: Vec<Range<usize>>,
    pub h: Vec<f32>,
    pub inverse_cost: Vec<f32>,
}

impl Slots {
    /// Room for `count` atoms in `groups` groups.
    pub fn with_capacity(count: usize, groups: usize) -> Self {
        let slots = count + groups * BLOCK;
        Self {
            atoms: Vec::with_capacity(slots),
            groups: Vec::with_capacity(groups),
            h: Vec::with_capacity(slots),
            inverse_cost: Vec::with_capacity(slots),
        }
    }

    /// Lays out `list` (ascending), whose atoms lie in `groups`, with activations of zero.
    pub fn lay_out(&mut self, list: &[u32], groups: &[Range<usize>], inverse_cost: &[f32]) {
        self.clear();
        for group in groups {
            let start = self.atoms.len();
            for &atom in within(list, group) {
                self.atoms.push(atom);
                self.inverse_cost.push(inverse_cost[atom as usize]);
            }
            let end = self.atoms.len().next_multiple_of(BLOCK);
            self.atoms.resize(end, PADDING);
            self.inverse_cost.resize(end, 0.0);
            self.groups.push(start..end);
        }
        self.h.resize(self.atoms.len(), 0.0);
    }

    pub fn clear(&mut self) {
        self.atoms.clear();
        self.groups.clear();
        self.h.clear();
        self.inverse_cost.clear();
    }

    /// `models += Σ h_i · row i`, groups × bands. `rows`: the rows of all slots, each of
    /// `size` groups of lanes.
    pub fn accumulate(&self, rows: &PackedRows, size: usize, models: &mut [Lanes]) {
        for (slots, model) in self.groups.iter().zip(models.chunks_exact_mut(size)) {
            kernels::accumulate(&rows[blocks(slots, size)], &self.h[slots.clone()], model);
        }
    }

    /// Slot and atom, without padding, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let atoms = self.atoms.iter().enumerate();
        atoms.filter(|(_, atom)| **atom != PADDING).map(|(slot, atom)| (slot, *atom as usize))
    }

    /// Whether exactly these atoms are laid out in this number of groups.
    pub fn holds(&self, list: &[u32], groups: usize) -> bool {
        self.groups.len() == groups
            && self.iter().map(|(_, atom)| atom).eq(list.iter().map(|&atom| atom as usize))
    }
}

/// The part of an ascending list that lies in `range`.
pub fn within<'a>(atoms: &'a [u32], range: &Range<usize>) -> &'a [u32] {
    let start = atoms.partition_point(|&atom| (atom as usize) < range.start);
    let end = atoms.partition_point(|&atom| (atom as usize) < range.end);
    &atoms[start..end]
}

/// The blocks that hold the rows of `slots`, each of `size` groups of lanes.
pub fn blocks(slots: &Range<usize>, size: usize) -> Range<usize> {
    slots.start / BLOCK * size..slots.end / BLOCK * size
}
