//! How masks become the signal of a source in each channel. A kind of filter is one file
//! here that implements [`SpatialFilter`], and one arm in [`Spatial`].

mod common_mask;
mod covariance;

use super::bands::Bands;
use super::kernels::{Aligned, Lanes, Planes, groups};
use common_mask::CommonMask;
use covariance::CovarianceFilter;

/// What is mixed for one bus and channel, before synthesis. Each filter uses what it needs.
pub struct BusSpectrum {
    /// Sum of the sources' images.
    pub image: Planes,
    /// Sum of the sources' masks.
    pub mask: Aligned<f32>,
}

impl BusSpectrum {
    pub fn new(bins: usize) -> Self {
        Self { image: Planes::new(bins), mask: Aligned::new(groups(bins)) }
    }
}

/// One way to use the masks in one or two channels. `spectra`: one per channel; `masks`:
/// sources × bins, summing to 1 in every bin.
pub trait SpatialFilter: Send {
    /// Magnitude spectra that the activations are solved on.
    fn observations(&self) -> usize;

    /// Writes the magnitudes of one of the observations.
    fn magnitudes(&self, spectra: &[&Planes], observation: usize, out: &mut [Lanes]);

    /// Gain of each source in each observation, or of all sources alike.
    fn gains(&self) -> &[[f32; 2]];

    /// Prepares the frame for [`SpatialFilter::add`].
    fn prepare(&mut self, spectra: &[&Planes], masks: &[Lanes]);

    /// Learns from the frame. `models`: sources × bands.
    fn observe(&mut self, spectra: &[&Planes], models: &[Lanes], bands: &Bands);

    /// Whether a source is its mask times each channel, and nothing else.
    fn uses_common_mask(&self) -> bool;

    /// Adds a source to a bus in a channel, or replaces what is there if it is the `first`.
    fn add(
        &self,
        source: usize,
        channel: usize,
        mask: &[Lanes],
        gain: f32,
        first: bool,
        out: &mut BusSpectrum,
    );

    /// The spectrum and the mask whose product is what was mixed; `own` is the channel's.
    fn output<'a>(&'a self, own: &'a Planes, mixed: &'a BusSpectrum) -> (&'a Planes, &'a [Lanes]);

    /// Forgets what was learned.
    fn reset(&mut self);
}

/// The filters of a separator, and which of them is in use.
pub struct Spatial {
    common: CommonMask,
    /// Only in stereo.
    covariance: Option<CovarianceFilter>,
    /// As set, and as it was when the present frame began.
    wanted: bool,
    active: bool,
}

impl Spatial {
    pub fn new(channels: usize, sources: usize, bins: usize, bands: &Bands, hop_s: f32) -> Self {
        let filter = || CovarianceFilter::new(sources, bins, bands, hop_s);
        let covariance = (channels == 2).then(filter);
        Self { common: CommonMask, covariance, wanted: true, active: true }
    }

    /// Takes effect with the next frame. What the other filter has learned is kept.
    pub fn set_enabled(&mut self, enabled: bool) {
        self.wanted = enabled;
    }

    /// A frame begins.
    pub fn begin_frame(&mut self) {
        self.active = self.wanted;
    }

    /// The filter of the present frame.
    pub fn filter(&self) -> &dyn SpatialFilter {
        match &self.covariance {
            Some(covariance) if self.active => covariance,
            _ => &self.common,
        }
    }

    pub fn filter_mut(&mut self) -> &mut dyn SpatialFilter {
        match &mut self.covariance {
            Some(covariance) if self.active => covariance,
            _ => &mut self.common,
        }
    }

    /// Forgets what was learned.
    pub fn reset(&mut self) {
        if let Some(covariance) = &mut self.covariance {
            covariance.reset();
        }
    }
}
