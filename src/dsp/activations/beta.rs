//! Updates for divergences other than Kullback-Leibler, whose denominators also depend on
//! the model. Rarely used, so simple rather than fast.

use super::slots::Slots;
use super::{Frame, SMALLEST_SUM, Solver};
use crate::dsp::kernels::{self, BLOCK, LANES};

impl Solver {
    /// One update of `slots`, and the models after it.
    pub(super) fn update_beta(&mut self, frame: &Frame, slots: &mut Slots, exponent: f32) {
        self.write_ratios_beta(frame);
        self.next_models.fill([0.0; LANES]);
        let beta = self.settings.beta;
        let exponent = if beta < 1.0 { exponent / (2.0 - beta) } else { exponent };
        let size = frame.size();
        for g in 0..slots.groups.len() {
            let group = g * size..(g + 1) * size;
            for start in slots.groups[g].clone().step_by(BLOCK) {
                let block = start..start + BLOCK;
                let list = &slots.atoms[block.clone()];
                let rows = self.scratch.as_chunks_mut().0;
                kernels::pack_rows(frame.atoms.pooled(), list, rows);
                let rows = &*rows;
                let (mut up, mut down) = ([0.0; BLOCK], [0.0; BLOCK]);
                kernels::dot_packed(rows, &self.ratios[group.clone()], &mut up);
                kernels::dot_packed(rows, &self.weights[group.clone()], &mut down);
                let h = &mut slots.h[block];
                for (i, h) in h.iter_mut().enumerate() {
                    let Some(cost) = self.cost.get(list[i] as usize) else { continue };
                    // Its packed row is not exactly zero.
                    if frame.atoms.sum(list[i] as usize) == 0.0 {
                        *h = 0.0;
                        continue;
                    }
                    let penalty = cost / frame.atoms.sum(list[i] as usize).max(SMALLEST_SUM);
                    let step = up[i] / (down[i] * penalty).max(f32::MIN_POSITIVE);
                    *h *= if exponent == 1.0 { step } else { step.powf(exponent) };
                }
                kernels::accumulate(rows, h, &mut self.next_models[group.clone()]);
            }
        }
        std::mem::swap(&mut self.models, &mut self.next_models);
    }

    /// `weights = Σ_c g_c x_c^(β-1)` and `ratios = Σ_c g_c v_c x_c^(β-2)`, where x is the
    /// model of a channel.
    fn write_ratios_beta(&mut self, frame: &Frame) {
        let beta = self.settings.beta;
        let bands = LANES * frame.size();
        let models = self.models.as_flattened();
        let (ratios, weights) = (self.ratios.as_flattened_mut(), self.weights.as_flattened_mut());
        ratios.fill(0.0);
        weights.fill(0.0);
        for band in 0..bands {
            for (c, v) in frame.v.iter().enumerate() {
                let gains = frame.gains.iter().enumerate();
                let model = gains.clone().map(|(g, gain)| gain[c] * models[g * bands + band]);
                let model = model.sum::<f32>() + frame.floor;
                let weight = model.powf(beta - 1.0);
                let ratio = v.as_flattened()[band] * weight / model;
                for (g, gain) in gains {
                    ratios[g * bands + band] += gain[c] * ratio;
                    weights[g * bands + band] += gain[c] * weight;
                }
            }
        }
    }
}
