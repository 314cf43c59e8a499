//! How masks become the signal of a source in each channel. Each kind of filter is one file
//! here that implements [`SpatialFilter`], and one arm in [`Spatial`].

mod common_mask;
mod covariance;

use super::bands::Bands;
use super::kernels::{Aligned, Lanes, Planes, groups};
use common_mask::CommonMask;
use covariance::CovarianceFilter;

/// The mix for one bus and channel, before synthesis. Each filter uses the fields it needs.
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
    /// Number of magnitude spectra that the activations are solved on.
    fn observations(&self) -> usize;

    /// Writes the magnitudes of one of the observations.
    fn magnitudes(&self, spectra: &[&Planes], observation: usize, out: &mut [Lanes]);

    /// Gain of each source in each observation, or a single one for all sources.
    fn gains(&self) -> &[[f32; 2]];

    /// Prepares the frame for [`SpatialFilter::add`].
    fn prepare(&mut self, spectra: &[&Planes], masks: &[Lanes]);

    /// Updates what is learned while running, from one frame. `models`: sources × bands.
    fn observe(&mut self, spectra: &[&Planes], models: &[Lanes], bands: &Bands);

    /// Whether a source is simply its mask times each channel.
    fn uses_common_mask(&self) -> bool;

    /// Adds a source to a bus in a channel; the `first` replaces the previous content.
    fn add(
        &self,
        source: usize,
        channel: usize,
        mask: &[Lanes],
        gain: f32,
        first: bool,
        out: &mut BusSpectrum,
    );

    /// The spectrum and the mask whose product is the mix; `own` is the channel's spectrum.
    fn output<'a>(&'a self, own: &'a Planes, mixed: &'a BusSpectrum) -> (&'a Planes, &'a [Lanes]);

    /// Discards everything learned.
    fn reset(&mut self);
}

/// The filters of a separator and the selection between them.
pub struct Spatial {
    common: CommonMask,
    /// Only in stereo.
    covariance: Option<CovarianceFilter>,
    /// The setting, and its value at the start of the current frame.
    wanted: bool,
    active: bool,
}

impl Spatial {
    pub fn new(channels: usize, sources: usize, bins: usize, bands: &Bands, hop_s: f32) -> Self {
        let filter = || CovarianceFilter::new(sources, bins, bands, hop_s);
        let covariance = (channels == 2).then(filter);
        Self { common: CommonMask, covariance, wanted: true, active: true }
    }

    /// Takes effect with the next frame. The other filter keeps what it has learned.
    pub fn set_enabled(&mut self, enabled: bool) {
        self.wanted = enabled;
    }

    /// Begins a frame.
    pub fn begin_frame(&mut self) {
        self.active = self.wanted;
    }

    /// The filter of the current frame.
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

    /// Discards everything learned.
    pub fn reset(&mut self) {
        if let Some(covariance) = &mut self.covariance {
            covariance.reset();
        }
    }
}
