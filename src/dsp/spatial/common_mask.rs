//! One mask per source for all channels.

use super::{BusSpectrum, SpatialFilter};
use crate::dsp::bands::Bands;
use crate::dsp::kernels::{self, Lanes, Planes};

pub struct CommonMask;

impl SpatialFilter for CommonMask {
    fn observations(&self) -> usize {
        1
    }

    /// Two channels are combined by power, so that nothing cancels out.
    fn magnitudes(&self, spectra: &[&Planes], _: usize, out: &mut [Lanes]) {
        match spectra {
            [left, right] => Planes::mean_magnitudes([left, right], out),
            spectra => spectra[0].magnitudes(out),
        }
    }

    fn gains(&self) -> &[[f32; 2]] {
        &[[1.0; 2]]
    }

    fn prepare(&mut self, _: &[&Planes], _: &[Lanes]) {}

    fn observe(&mut self, _: &[&Planes], _: &[Lanes], _: &Bands) {}

    fn uses_common_mask(&self) -> bool {
        true
    }

    fn add(
        &self,
        _: usize,
        _: usize,
        mask: &[Lanes],
        gain: f32,
        first: bool,
        out: &mut BusSpectrum,
    ) {
        kernels::add_mask(mask.as_flattened(), gain, first, out.mask.as_flattened_mut());
    }

    fn output<'a>(&'a self, own: &'a Planes, mixed: &'a BusSpectrum) -> (&'a Planes, &'a [Lanes]) {
        (own, &mixed.mask)
    }

    fn reset(&mut self) {}
}
