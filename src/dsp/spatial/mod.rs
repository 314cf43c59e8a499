//! How masks become the signal of a source in each channel. Each kind of filter is one file
//! here that implements [`SpatialFilter`], and one arm in [`SpatialKind`].

mod common_mask;
mod covariance;
mod movement;
mod sway;

use super::bands::Bands;
use super::kernels::{Aligned, LANES, Lanes, Planes, groups};
use common_mask::CommonMask;
use covariance::CovarianceFilter;

/// The mix for one bus and channel, before synthesis. Each filter uses the fields it needs.
pub struct BusSpectrum {
    /// Sum of the sources' images.
    pub image: Planes,
    /// Sums over the sources of mask times gain: for the channel's own spectrum, and for the
    /// other channel's.
    pub mask: Aligned<f32>,
    pub crossed_mask: Aligned<f32>,
    /// The same with each source's variance and covariance, for the solved channel itself and
    /// the other one.
    pub solved_masks: [Aligned<f32>; 2],
    /// Whether more than one term is added.
    pub several: bool,
    /// Whether anything was added to each of these.
    pub has_image: bool,
    pub has_mask: bool,
    pub has_crossed_mask: bool,
    /// A mask of ones, for images, which are complete spectra.
    ones: Aligned<f32>,
}

impl BusSpectrum {
    pub fn new(bins: usize) -> Self {
        let zeros = || Aligned::new(groups(bins));
        let mut ones = zeros();
        ones.fill([1.0; LANES]);
        Self {
            image: Planes::new(bins),
            mask: zeros(),
            crossed_mask: zeros(),
            solved_masks: [zeros(), zeros()],
            several: false,
            has_image: false,
            has_mask: false,
            has_crossed_mask: false,
            ones,
        }
    }

    /// Begins a mix of one term or of several: what was added before is replaced.
    pub fn begin(&mut self, several: bool) {
        self.several = several;
        (self.has_image, self.has_mask, self.has_crossed_mask) = (false, false, false);
    }

    /// Whether anything was added.
    pub fn has_sound(&self) -> bool {
        self.has_image || self.has_mask || self.has_crossed_mask
    }

    /// The image, and a mask that leaves it unchanged.
    fn whole_image(&self) -> (&Planes, &[Lanes]) {
        (&self.image, &self.ones)
    }
}

/// One term of a mix: a source as it is in channel `from`, times `gain`, added to channel `to`.
#[derive(Clone, Copy, Debug)]
pub struct Term<'a> {
    pub source: usize,
    pub mask: &'a [Lanes],
    pub from: usize,
    pub to: usize,
    pub gain: f32,
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

    /// Adds a term to the mix of its channel.
    fn add(&self, term: Term, out: &mut BusSpectrum);

    /// The spectrum and the mask whose product is the mix in `channel`, after all terms. `own` is
    /// the channel's spectrum, `other` that of the other channel.
    fn output<'a>(
        &self,
        channel: usize,
        own: &'a Planes,
        other: &Planes,
        mixed: &'a mut BusSpectrum,
    ) -> (&'a Planes, &'a [Lanes]);

    /// Discards everything learned.
    fn reset(&mut self);
}

/// The kinds of filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpatialKind {
    /// One mask per source for all channels.
    CommonMask,
    /// A filter per source from its position between two channels.
    #[default]
    Covariance,
}

impl SpatialKind {
    /// Constructed in advance, so that changing between them allocates nothing.
    const ALL: [Self; 2] = [Self::CommonMask, Self::Covariance];

    /// The kind that the setting "Spatial filter" selects.
    pub fn of_setting(on: bool) -> Self {
        if on { Self::Covariance } else { Self::CommonMask }
    }

    fn build(self, layout: &SpatialLayout) -> Box<dyn SpatialFilter> {
        match self {
            Self::Covariance if layout.channels == 2 => Box::new(CovarianceFilter::new(layout)),
            Self::CommonMask | Self::Covariance => Box::new(CommonMask),
        }
    }
}

/// What a filter is constructed for.
pub struct SpatialLayout<'a> {
    pub channels: usize,
    pub sources: usize,
    pub bins: usize,
    pub bands: &'a Bands,
    pub hop_s: f32,
}

/// A filter of each kind, and the selection between them.
pub struct Spatial {
    /// In the order of [`SpatialKind::ALL`].
    filters: [Box<dyn SpatialFilter>; SpatialKind::ALL.len()],
    /// The setting, and its value at the start of the current frame.
    wanted: SpatialKind,
    active: SpatialKind,
}

impl Spatial {
    pub fn new(layout: &SpatialLayout) -> Self {
        let filters = SpatialKind::ALL.map(|kind| kind.build(layout));
        Self { filters, wanted: SpatialKind::default(), active: SpatialKind::default() }
    }

    /// Takes effect with the next frame. The other filters keep what they have learned.
    pub fn select(&mut self, kind: SpatialKind) {
        self.wanted = kind;
    }

    /// Begins a frame.
    pub fn begin_frame(&mut self) {
        self.active = self.wanted;
    }

    /// The filter of the current frame.
    pub fn filter(&self) -> &dyn SpatialFilter {
        &*self.filters[self.active as usize]
    }

    pub fn filter_mut(&mut self) -> &mut dyn SpatialFilter {
        &mut *self.filters[self.active as usize]
    }

    /// Discards everything learned.
    pub fn reset(&mut self) {
        self.filters.iter_mut().for_each(|filter| filter.reset());
    }
}
