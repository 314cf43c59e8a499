//! One filter per source and pair of channels, based on the source's position between the
//! channels, which is learned while running.
//!
//! Every source has a real 2×2 spatial covariance of trace 1. Images come from the
//! multichannel Wiener filter ŷ_s = v_s R_s (Σ v R)⁻¹ x (Duong, Vincent & Gribonval,
//! "Under-determined reverberant audio source separation using a full-rank spatial
//! covariance model", IEEE TASLP 2010, eq. 21). The full covariance matters: a pure pan
//! separates worse than one common mask in a room.

use super::movement::Movement;
use super::{BusSpectrum, SpatialFilter, SpatialLayout, Term};
use crate::dsp::bands::Bands;
pub use crate::dsp::kernels::Covariance;
use crate::dsp::kernels::{self, Aligned, Lanes, Planes, Solved};

/// Correlation between the channels that is assumed for a source until its own is known:
/// nearly the same signal in both.
const UNKNOWN_CORRELATION: f32 = 0.98;

/// Up to this ratio of the channels' powers, a source is assumed to be in the middle.
/// Beyond it (for example, when one channel is silent), it is assumed to have the balance
/// of the whole input.
const BALANCED: f32 = 4.0;

/// [`UNKNOWN_CORRELATION`] applies down to this correlation of the whole input; at -1
/// (channels of opposite sign), it is negated.
const CORRELATED: f32 = -0.2;

/// Time constant of the decaying peaks of the channels' powers. Long, so that a pause on
/// one side is ignored; a channel that starts counts immediately.
const BALANCE_MEMORY_S: f32 = 30.0;

/// If the ratio of the channels' powers differs by more than this from what the sources'
/// positions and their present levels predict, a channel has lost its signal (a cable, a mute
/// or a mono part before the plugin), or got it back: all sources have moved together.
const LOST: f32 = 1e-3;

/// How long a channel has to be without its signal, so that a source that is briefly alone on
/// one side is not taken for this. The return of the signal counts at once.
const LOST_FOR_S: f32 = 0.2;

/// Frames whose power is this far below the usual one tell nothing about positions.
const PAUSE: f32 = 1e-4;

/// Smallest and largest change of a channel's power relative to the other.
const GAIN_CHANGE_LIMITS: [f32; 2] = [1e-6, 1e6];

/// Diffuse part mixed into every covariance, to make their sum invertible.
const DIFFUSE: f32 = 0.02;

/// Added to both channels of every covariance in addition.
const REGULARISATION: f32 = 1e-4;

/// Lower limit for a channel's fraction of the power.
const MIN_PART: f32 = 1e-6;

/// Time constant of the running estimate.
const MEMORY_S: f32 = 3.0;

/// Weight of the input's position in the estimate, as a fraction of the recent level.
/// Small: at 0.5 it pulls every source so far to the middle that panned mixes lose 5 dB and
/// recorded ones 0.5 dB.
const PRIOR: f32 = 0.02;

/// Power of the left and the right channel.
type ChannelPowers = [f32; 2];

/// Running estimate of all sources' covariances.
#[derive(Clone, Debug)]
pub struct SpatialEstimate {
    memory: f32,
    sums: Vec<Covariance>,
    /// As learned, and as used where positions have changed.
    learned: Vec<Covariance>,
    covariances: Vec<Covariance>,
    movement: Movement,
    gains: Vec<[f32; 2]>,
    /// Running covariance of the whole input, and the covariance assumed for an unknown
    /// source: the balance of the input. This way a signal in only one channel, or much
    /// louder in one, is separated as well as one in the middle.
    input: Covariance,
    peaks: [f32; 2],
    balance_memory: f32,
    unknown: Covariance,
    /// Frames for which a channel has been without its signal, and the limit for them.
    frames_without: usize,
    lost_after_frames: usize,
    /// The channel that has lost its signal.
    lost: Option<usize>,
    /// Decaying peak of the mean trace of `sums`.
    level: f32,
    /// Bins in each band.
    widths: Aligned<f32>,
    /// LL, RR and LR of each band, and of the bins.
    band_power: [Aligned<f32>; 3],
    power: Aligned<f32>,
    /// Total weight of all models, and the weight of each band.
    total: Aligned<f32>,
    weights: Aligned<f32>,
}

impl SpatialEstimate {
    pub fn new(sources: usize, bins: usize, bands: &Bands, hop_s: f32) -> Self {
        let zeros = || Aligned::new(kernels::groups(bands.count()));
        let mut widths = zeros();
        for (to, width) in widths.as_flattened_mut().iter_mut().zip(bands.widths()) {
            *to = width as f32;
        }
        let mut estimate = Self {
            memory: (-hop_s / MEMORY_S).exp(),
            sums: vec![[0.0; 3]; sources],
            learned: vec![CENTRE; sources],
            covariances: vec![CENTRE; sources],
            movement: Movement::new(sources, bands.count(), hop_s),
            gains: vec![[0.0; 2]; sources],
            input: [0.0; 3],
            peaks: [0.0; 2],
            balance_memory: (-hop_s / BALANCE_MEMORY_S).exp(),
            unknown: CENTRE,
            frames_without: 0,
            lost_after_frames: (LOST_FOR_S / hop_s).ceil() as usize,
            lost: None,
            level: 0.0,
            widths,
            band_power: [zeros(), zeros(), zeros()],
            power: Aligned::new(kernels::groups(bins)),
            total: zeros(),
            weights: zeros(),
        };
        estimate.reset();
        estimate
    }

    pub fn reset(&mut self) {
        self.sums.fill([0.0; 3]);
        self.input = [0.0; 3];
        self.peaks = [0.0; 2];
        self.unknown = CENTRE;
        self.frames_without = 0;
        self.lost = None;
        self.movement.reset();
        self.level = 0.0;
        self.derive();
    }

    /// Magnitude gain of each source in each channel.
    pub fn gains(&self) -> &[[f32; 2]] {
        &self.gains
    }

    /// Updates the estimate with a frame. `models`: sources × bands, the part of each band
    /// that each source explains. Bands dominated by a single source weigh most.
    pub fn observe(&mut self, spectra: [&Planes; 2], models: &[Lanes], bands: &Bands) {
        let size = self.total.len();
        let [left, right] = spectra;
        let pairs = [[left; 2], [right; 2], spectra];
        for (to, [a, b]) in self.band_power.iter_mut().zip(pairs) {
            Planes::products(a, b, &mut self.power);
            bands.pool(self.power.as_flattened(), to.as_flattened_mut());
        }
        let powers = self.band_power.each_ref().map(|power| kernels::sum(power));
        for (sum, power) in self.input.iter_mut().zip(powers) {
            *sum = *sum * self.memory + power;
        }
        self.movement.observe_input(powers);
        let [left, right, _] = self.band_power.each_ref().map(|power| power.as_flattened());
        self.movement.observe_bands([left, right]);
        for (peak, power) in self.peaks.iter_mut().zip(powers) {
            *peak = (*peak * self.balance_memory).max(power);
        }
        self.follow_lost_channel([powers[0], powers[1]], models);
        self.unknown = unknown(self.input, self.peaks);
        self.total.fill(Lanes::default());
        let total = self.total.as_flattened_mut();
        models.chunks_exact(size).for_each(|x| kernels::add_powers(x.as_flattened(), total));
        let [left, right, _] = self.band_power.each_ref().map(|power| power.as_flattened());
        for (s, (model, sums)) in models.chunks_exact(size).zip(&mut self.sums).enumerate() {
            kernels::dominance(
                model.as_flattened(),
                self.total.as_flattened(),
                [left, right],
                self.widths.as_flattened(),
                self.weights.as_flattened_mut(),
            );
            let powers = self.band_power.each_ref().map(|power| &power[..]);
            let parts = kernels::products_with(powers, &self.weights);
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum = *sum * self.memory + part;
            }
            self.movement.observe(s, parts);
        }
        if let Some(left) = self.movement.compare(&self.learned) {
            self.scale_channel(0, left);
        }
        self.derive();
    }

    /// Detects that one channel has lost its signal or got it back, and applies that to
    /// everything that was learned. Without this, all sources would be expected in a silent
    /// channel until their positions are learned again.
    fn follow_lost_channel(&mut self, powers: ChannelPowers, models: &[Lanes]) {
        if powers[0] + powers[1] <= PAUSE * self.level.max(f32::MIN_POSITIVE) {
            return;
        }
        let size = self.total.len();
        let mut predicted = [0.0; 2];
        for (model, covariance) in models.chunks_exact(size).zip(&self.learned) {
            let bands = model.as_flattened().iter().zip(self.widths.as_flattened());
            let power: f32 = bands.map(|(x, width)| x * x * width).sum();
            predicted[0] += power * covariance[0];
            predicted[1] += power * covariance[1];
        }
        // The power of the channel that is below the prediction, relative to it.
        let below = |channel: usize| {
            let other = 1 - channel;
            let least = MIN_PART * powers[other];
            let prediction = predicted[channel] * powers[other];
            (powers[channel] + least) * predicted[other] / prediction.max(f32::MIN_POSITIVE)
        };
        let weak = usize::from(powers[1] < powers[0]);
        if self.lost.is_some_and(|lost| below(1 - lost) < LOST) {
            // The lost channel is back.
            let Some(lost) = self.lost.take() else { return };
            self.scale_channel(lost, 1.0 / below(1 - lost));
        } else if self.lost.is_none() && below(weak) < LOST {
            self.frames_without += 1;
            if self.frames_without >= self.lost_after_frames {
                self.frames_without = 0;
                self.lost = Some(weak);
                self.scale_channel(weak, below(weak));
            }
        } else {
            self.frames_without = 0;
        }
    }

    /// Scales the power of a channel in everything that was learned, without making anything
    /// louder.
    fn scale_channel(&mut self, channel: usize, power_gain: f32) {
        let [least, most] = GAIN_CHANGE_LIMITS;
        let gain = power_gain.clamp(least, most);
        let (own, other) = if gain < 1.0 { (gain, 1.0) } else { (1.0, 1.0 / gain) };
        let [left, right] = if channel == 0 { [own, other] } else { [other, own] };
        for sum in self.sums.iter_mut().chain([&mut self.input]) {
            *sum = [sum[0] * left, sum[1] * right, sum[2] * (left * right).sqrt()];
        }
        self.peaks = [self.peaks[0] * left, self.peaks[1] * right];
    }

    fn derive(&mut self) {
        let traces: f32 = self.sums.iter().map(|sum| sum[0] + sum[1]).sum();
        let mean_trace = traces / self.sums.len().max(1) as f32;
        self.level = (self.level * self.memory).max(mean_trace).max(1e-12);
        let prior = PRIOR * self.level;
        let input = self.movement.recent_input().unwrap_or(self.unknown);
        for (s, sum) in self.sums.iter().enumerate() {
            let part = |i: usize| sum[i] + prior * self.unknown[i];
            let trace = part(0) + part(1);
            let learned = [part(0) / trace, part(1) / trace, part(2) / trace];
            // With the same covariance, sources are told apart by their masks alone.
            let doubt = self.movement.doubt(s);
            let used = [0, 1, 2].map(|i| learned[i] * (1.0 - doubt) + input[i] * doubt);
            self.learned[s] = learned;
            self.covariances[s] = used;
            self.gains[s] = [used[0].sqrt(), used[1].sqrt()];
        }
    }

    /// The covariance that the filter uses for a source.
    pub fn regularised(&self, source: usize) -> Covariance {
        let [a, b, c] = self.covariances[source];
        let keep = 1.0 - DIFFUSE;
        let add = DIFFUSE + 2.0 * REGULARISATION;
        let [left, right, _] = self.unknown;
        [keep * a + add * left, keep * b + add * right, keep * c]
    }
}

/// A source in the middle.
const CENTRE: Covariance = [0.5, 0.5, 0.5 * UNKNOWN_CORRELATION];

/// The covariance (of trace 1) assumed for an unknown source, from the running covariance
/// of the whole input and the peaks of its channels' powers.
fn unknown([left, right, both]: Covariance, [left_peak, right_peak]: [f32; 2]) -> Covariance {
    let (weak, strong) = (left_peak.min(right_peak), left_peak.max(right_peak));
    if strong <= f32::MIN_POSITIVE {
        return CENTRE;
    }
    let ratio = (weak / strong * BALANCED).min(1.0);
    let weak_part = (ratio / (1.0 + ratio)).max(MIN_PART);
    let left_part = if left_peak < right_peak { weak_part } else { 1.0 - weak_part };
    let correlation = both / (left.sqrt() * right.sqrt()).max(f32::MIN_POSITIVE);
    let below = ((CORRELATED - correlation) / (CORRELATED + 1.0)).clamp(0.0, 1.0);
    let scale = (left_part * (1.0 - left_part)).sqrt();
    [left_part, 1.0 - left_part, scale * UNKNOWN_CORRELATION * (1.0 - 2.0 * below)]
}

/// The filter of both channels.
pub struct CovarianceFilter {
    estimate: SpatialEstimate,
    solved: Solved,
    covariances: Vec<Covariance>,
}

impl CovarianceFilter {
    pub fn new(layout: &SpatialLayout) -> Self {
        let &SpatialLayout { sources, bins, bands, hop_s, .. } = layout;
        Self {
            estimate: SpatialEstimate::new(sources, bins, bands, hop_s),
            solved: Solved::new(bins),
            covariances: vec![CENTRE; sources],
        }
    }
}

impl SpatialFilter for CovarianceFilter {
    fn observations(&self) -> usize {
        2
    }

    fn magnitudes(&self, spectra: &[&Planes], observation: usize, out: &mut [Lanes]) {
        spectra[observation].magnitudes(out);
    }

    fn gains(&self) -> &[[f32; 2]] {
        self.estimate.gains()
    }

    fn prepare(&mut self, spectra: &[&Planes], masks: &[Lanes]) {
        let [left, right] = spectra else { return };
        for (s, covariance) in self.covariances.iter_mut().enumerate() {
            *covariance = self.estimate.regularised(s);
        }
        self.solved.solve([left, right], masks, &self.covariances);
    }

    fn observe(&mut self, spectra: &[&Planes], models: &[Lanes], bands: &Bands) {
        if let [left, right] = spectra {
            self.estimate.observe([left, right], models, bands);
        }
    }

    fn uses_common_mask(&self) -> bool {
        false
    }

    fn add(&self, term: Term, out: &mut BusSpectrum) {
        let Term { source, mask, from, to, gain } = term;
        let covariance = self.covariances[source];
        if !out.several {
            out.has_image = true;
            self.solved.image(from, covariance, mask, gain, &mut out.image);
            return;
        }
        let first = !out.has_mask && !out.has_crossed_mask;
        let (of_solved, of_error, has_mask) = if from == to {
            ([covariance[to], covariance[2]], &mut out.mask, &mut out.has_mask)
        } else {
            ([covariance[2], covariance[from]], &mut out.crossed_mask, &mut out.has_crossed_mask)
        };
        if !std::mem::replace(has_mask, true) && !first {
            of_error.fill(Lanes::default());
        }
        let [own, other] = out.solved_masks.each_mut().map(|sum| sum.as_flattened_mut());
        let sums = [own, other, of_error.as_flattened_mut()];
        let gains = [gain * of_solved[0], gain * of_solved[1], gain];
        kernels::add_to_sums(mask.as_flattened(), gains, first, sums);
    }

    fn output<'a>(
        &self,
        channel: usize,
        _: &'a Planes,
        _: &Planes,
        mixed: &'a mut BusSpectrum,
    ) -> (&'a Planes, &'a [Lanes]) {
        if mixed.several {
            let BusSpectrum { image, mask, crossed_mask, solved_masks, .. } = mixed;
            let of_error = [
                mixed.has_mask.then_some(&mask[..]),
                mixed.has_crossed_mask.then_some(&crossed_mask[..]),
            ];
            let [own, other] = solved_masks.each_ref().map(|mask| &mask[..]);
            self.solved.sum_of_images(channel, [own, other], of_error, image);
        }
        mixed.whole_image()
    }

    fn reset(&mut self) {
        self.estimate.reset();
    }
}
