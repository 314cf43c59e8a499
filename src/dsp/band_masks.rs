//! Masks of a published frame, in bands, for pictures: the same formula as the engine's
//! masks, at the published resolution.

use super::kernels::{self, Aligned, LANES};
use super::masks;
use super::model::Model;
use super::strength;

/// Models and masks of the sources, one value per band.
#[derive(Default)]
pub struct BandMasks {
    bands: usize,
    /// Groups of lanes per source.
    size: usize,
    /// Sources × bands, padded.
    models: Aligned<f32>,
    masks: Aligned<f32>,
    sum: Aligned<f32>,
}

impl BandMasks {
    /// Allocates for the sources of `model`.
    pub fn new(model: &Model) -> Self {
        let bands = model.band_edges().len() - 1;
        let size = kernels::groups(bands);
        let all = model.sources() * size;
        Self {
            bands,
            size,
            models: Aligned::new(all),
            masks: Aligned::new(all),
            sum: Aligned::new(size),
        }
    }

    /// Computes both from the active atoms of a frame and their activations. `presence`:
    /// [`Separator::presence`](super::Separator::presence) at that frame. `strength`: that of a
    /// source, as for [`Separator::set_strength`](super::Separator::set_strength).
    pub fn update(
        &mut self,
        model: &Model,
        atoms: &[(u32, f32)],
        presence: &[f32],
        strength: impl Fn(usize) -> f32,
    ) {
        self.models.fill([0.0; LANES]);
        for &(atom, h) in atoms {
            let (_, source) = model.component_of_atom(atom as usize);
            let start = source * self.size * LANES;
            let row = &mut self.models.as_flattened_mut()[start..start + self.bands];
            model.add_atom(atom as usize, h, row);
        }
        self.masks.copy_from_slice(&self.models);
        for (source, models) in self.masks.chunks_exact_mut(self.size.max(1)).enumerate() {
            let presence = presence.get(source).unwrap_or(&1.0);
            kernels::scale(models, strength::weight(strength(source)) * presence);
        }
        let power = masks::Power { scale: 1.0, exponent: model.mask_exponent() };
        masks::from_models(&mut self.masks, power, model.rest(), &mut self.sum);
    }

    /// The part of each band that a source explains.
    pub fn model(&self, source: usize) -> &[f32] {
        self.of(&self.models, source)
    }

    /// The source's mask, 0 to 1.
    pub fn mask(&self, source: usize) -> &[f32] {
        self.of(&self.masks, source)
    }

    fn of<'a>(&self, values: &'a Aligned<f32>, source: usize) -> &'a [f32] {
        let start = source * self.size * LANES;
        &values.as_flattened()[start..start + self.bands]
    }
}
