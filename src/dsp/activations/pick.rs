//! The pick: which activations are worth further updates. The amount of work is fixed and
//! has hardly any data-dependent branches, so that all frames take equally long.

use super::Solver;
use super::slots::Slots;
use crate::dsp::kernels;

impl Solver {
    /// Keeps the `keep` largest of the scanned activations, in `list` and `h`.
    pub(super) fn pick_scanned(&mut self, keep: usize) {
        let slots = std::mem::take(&mut self.scanned);
        self.pick(&slots, keep);
        self.scanned = slots;
    }

    /// The same for the atoms that are already kept.
    pub(super) fn pick_kept(&mut self, keep: usize) {
        let slots = std::mem::take(&mut self.kept);
        self.pick(&slots, keep);
        self.kept = slots;
    }

    fn pick(&mut self, slots: &Slots, keep: usize) {
        for &atom in &self.active {
            self.h[atom as usize] = 0.0;
        }
        let keep = keep.min(self.h.len());
        self.picked.clear();
        self.picked.resize(keep + 1, 0);
        let count = largest(&slots.h, keep, &mut self.picked);
        self.list.clear();
        for &slot in &self.picked[..count] {
            let atom = slots.atoms[slot as usize];
            self.h[atom as usize] = slots.h[slot as usize];
            self.list.push(atom);
        }
        self.active.clone_from(&self.list);
    }
}

/// Writes the positions of the `keep` largest values above 0 to `positions`, ascending, and
/// returns their number. `positions` needs room for one more. Of equal values, the first
/// ones are kept.
fn largest(values: &[f32], keep: usize, positions: &mut [u32]) -> usize {
    let threshold = kernels::threshold(values, keep);
    let above = values.iter().filter(|value| value.to_bits() > threshold).count();
    let mut ties = if threshold > 0 { keep - above } else { 0 };
    let mut count = 0;
    for (position, value) in values.iter().enumerate() {
        let bits = value.to_bits();
        let tie = bits == threshold && ties > 0;
        ties -= usize::from(tie);
        // Always written; kept or overwritten by the next one.
        positions[count] = position as u32;
        count += usize::from(tie || bits > threshold);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with sorting.
    #[test]
    fn the_largest_are_found() {
        let values: Vec<f32> = (0..500).map(|i| (i * 7919 % 97) as f32 * 1e-3).collect();
        for keep in [0, 1, 5, 100, 493, 494, 499, 500] {
            let mut order: Vec<usize> = (0..values.len()).filter(|&i| values[i] > 0.0).collect();
            order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
            order.truncate(keep);
            order.sort_unstable();
            let mut positions = vec![0; keep + 1];
            let count = largest(&values, keep, &mut positions);
            assert!(positions[..count].iter().map(|&i| i as usize).eq(order), "{keep}");
        }
    }
}
