//! One mask per source for all channels.

use super::{BusSpectrum, SpatialFilter, Term};
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

    fn add(&self, term: Term, out: &mut BusSpectrum) {
        let (mask, has_mask) = if term.from == term.to {
            (&mut out.mask, &mut out.has_mask)
        } else {
            (&mut out.crossed_mask, &mut out.has_crossed_mask)
        };
        let first = !std::mem::replace(has_mask, true);
        kernels::add_mask(term.mask.as_flattened(), term.gain, first, mask.as_flattened_mut());
    }

    fn output<'a>(
        &self,
        _: usize,
        own: &'a Planes,
        other: &Planes,
        mixed: &'a mut BusSpectrum,
    ) -> (&'a Planes, &'a [Lanes]) {
        if !mixed.has_crossed_mask {
            return (own, &mixed.mask);
        }
        let BusSpectrum { image, mask, crossed_mask, .. } = mixed;
        let parts = [(&own.re, &other.re, &mut image.re), (&own.im, &other.im, &mut image.im)];
        for (own, other, out) in parts {
            let out = out.as_flattened_mut();
            kernels::multiply(other.as_flattened(), crossed_mask.as_flattened(), out);
            if mixed.has_mask {
                kernels::overlap(own.as_flattened(), mask.as_flattened(), 1.0, out);
            }
        }
        mixed.whole_image()
    }

    fn reset(&mut self) {}
}
