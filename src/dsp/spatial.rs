//! Where each source sits between two channels, learned while running, and the
//! filter that uses it.
//!
//! Every source has a real 2×2 spatial covariance of trace 1. Images come from
//! the multichannel Wiener filter ŷ_s = v_s R_s (Σ v R)⁻¹ x (Duong, Vincent &
//! Gribonval, "Under-determined reverberant audio source separation using a
//! full-rank spatial covariance model", IEEE TASLP 2010, eq. 21). The full
//! covariance matters: a pure pan falls below one common mask in a room.

use realfft::num_complex::Complex32;

use super::bands::Bands;

/// (LL, RR, LR) of a covariance.
pub type Covariance = [f32; 3];

/// What a source is taken for until something is known: in the middle and
/// nearly the same in both channels.
const UNKNOWN: Covariance = [0.5, 0.5, 0.49];

/// Diffuse part mixed into every covariance, so that their sum can be inverted.
const DIFFUSE: f32 = 0.02;

/// Added to both channels of every covariance on top.
const REGULARISATION: f32 = 1e-4;

/// Time constant of the running estimate.
const MEMORY_S: f32 = 3.0;

/// Weight of [`UNKNOWN`] in the estimate, as a share of the recent level. Small:
/// at 0.5 it pulls every source so far to the middle that panned mixes lose
/// 5 dB and recorded ones 0.5 dB.
const PRIOR: f32 = 0.02;

/// A source's share of a band counts to the power of 2 to this.
const DOMINANCE_SQUARINGS: usize = 4;

/// Running estimate of all sources' covariances.
#[derive(Clone, Debug)]
pub struct SpatialEstimate {
    memory: f32,
    sums: Vec<Covariance>,
    covariances: Vec<Covariance>,
    gains: Vec<[f32; 2]>,
    /// Decaying peak of the mean trace of `sums`.
    level: f32,
    /// Power of each band, `[LL, RR, LR]`.
    band_power: [Vec<f32>; 3],
    dominance: Vec<f32>,
}

impl SpatialEstimate {
    pub fn new(sources: usize, bands: usize, hop_s: f32) -> Self {
        let mut estimate = Self {
            memory: (-hop_s / MEMORY_S).exp(),
            sums: vec![[0.0; 3]; sources],
            covariances: vec![UNKNOWN; sources],
            gains: vec![[0.0; 2]; sources],
            level: 0.0,
            band_power: [vec![0.0; bands], vec![0.0; bands], vec![0.0; bands]],
            dominance: vec![0.0; bands],
        };
        estimate.reset();
        estimate
    }

    pub fn reset(&mut self) {
        self.sums.fill([0.0; 3]);
        self.level = 0.0;
        self.derive();
    }

    /// Magnitude gain of each source in each channel.
    pub fn gains(&self) -> &[[f32; 2]] {
        &self.gains
    }

    /// Takes in a frame. `models`: sources × bands, how much of each band each
    /// source explains. Bands that one source has nearly to itself tell most.
    pub fn observe(&mut self, spectra: [&[Complex32]; 2], models: &[f32], bands: &Bands) {
        self.measure(spectra, bands);
        let count = bands.count();
        let [left, right, cross] = &self.band_power;
        for (s, sums) in self.sums.iter_mut().enumerate() {
            sums.iter_mut().for_each(|sum| *sum *= self.memory);
            self.dominance.copy_from_slice(&models[s * count..(s + 1) * count]);
            for (band, width) in bands.widths().enumerate() {
                let total: f32 =
                    models.iter().skip(band).step_by(count).map(|&model| power_of(model)).sum();
                let power = left[band] + right[band];
                if !(total > 0.0 && power > 0.0) {
                    continue;
                }
                let dominance = dominance(power_of(self.dominance[band]) / total);
                let weight = dominance / (power * width as f32).sqrt();
                sums[0] += weight * left[band];
                sums[1] += weight * right[band];
                sums[2] += weight * cross[band];
            }
        }
        self.derive();
    }

    fn measure(&mut self, [left, right]: [&[Complex32]; 2], bands: &Bands) {
        let edges = bands.edges();
        for (band, edge) in edges.windows(2).enumerate() {
            let mut power = [0.0f32; 3];
            for (l, r) in left[edge[0]..edge[1]].iter().zip(&right[edge[0]..edge[1]]) {
                power[0] += l.norm_sqr();
                power[1] += r.norm_sqr();
                power[2] += l.re * r.re + l.im * r.im;
            }
            for (part, power) in self.band_power.iter_mut().zip(power) {
                part[band] = power;
            }
        }
    }

    fn derive(&mut self) {
        let traces: f32 = self.sums.iter().map(|sum| sum[0] + sum[1]).sum();
        let mean_trace = traces / self.sums.len().max(1) as f32;
        self.level = (self.level * self.memory).max(mean_trace).max(1e-12);
        let prior = PRIOR * self.level;
        for ((covariance, gain), sum) in
            self.covariances.iter_mut().zip(&mut self.gains).zip(&self.sums)
        {
            let part = |i: usize| sum[i] + prior * UNKNOWN[i];
            let trace = part(0) + part(1);
            *covariance = [part(0) / trace, part(1) / trace, part(2) / trace];
            *gain = [covariance[0].sqrt(), covariance[1].sqrt()];
        }
    }

    /// The covariance that the filter uses for a source.
    pub fn regularised(&self, source: usize) -> Covariance {
        let [a, b, c] = self.covariances[source];
        let keep = 1.0 - DIFFUSE;
        let add = DIFFUSE / 2.0 + REGULARISATION;
        [keep * a + add, keep * b + add, keep * c]
    }
}

/// How much a band counts for a source that has `share` of it: steep, because
/// the others' spill pulls every estimate towards the middle.
fn dominance(share: f32) -> f32 {
    let mut power = share;
    for _ in 0..DOMINANCE_SQUARINGS {
        power *= power;
    }
    power
}

/// What a magnitude counts for against others: v = V^1.5.
fn power_of(model: f32) -> f32 {
    model * model.sqrt()
}

/// The filter of one frame: from shares and covariances to the images of the
/// sources in both channels.
pub struct SpatialFilter {
    /// R_x⁻¹ x, both channels.
    solved: [Vec<Complex32>; 2],
    /// x - Σ ŷ_s before correction: rounding, given back to the sources by share.
    error: [Vec<Complex32>; 2],
    covariances: Vec<Covariance>,
}

impl SpatialFilter {
    pub fn new(sources: usize, bins: usize) -> Self {
        let zeros = || [vec![Complex32::default(); bins], vec![Complex32::default(); bins]];
        Self { solved: zeros(), error: zeros(), covariances: vec![UNKNOWN; sources] }
    }

    /// Solves the frame. `shares`: sources × bins, summing to 1 in every bin.
    pub fn prepare(
        &mut self,
        spectra: [&[Complex32]; 2],
        shares: &[f32],
        estimate: &SpatialEstimate,
    ) {
        let bins = spectra[0].len();
        for (s, covariance) in self.covariances.iter_mut().enumerate() {
            *covariance = estimate.regularised(s);
        }
        for bin in 0..bins {
            let mut sum = [0.0f32; 3];
            for (s, covariance) in self.covariances.iter().enumerate() {
                let share = shares[s * bins + bin];
                for (sum, part) in sum.iter_mut().zip(covariance) {
                    *sum += share * part;
                }
            }
            let [a, b, c] = sum;
            let inverse = 1.0 / (a * b - c * c);
            let (left, right) = (spectra[0][bin], spectra[1][bin]);
            let solved = [(left * b - right * c) * inverse, (right * a - left * c) * inverse];
            let mut error = [left, right];
            for (s, covariance) in self.covariances.iter().enumerate() {
                let image = image(covariance, shares[s * bins + bin], solved);
                error[0] -= image[0];
                error[1] -= image[1];
            }
            for channel in 0..2 {
                self.solved[channel][bin] = solved[channel];
                self.error[channel][bin] = error[channel];
            }
        }
    }

    /// `out += gain · ŷ_s` in one channel; `shares` are the source's.
    pub fn add_image(
        &self,
        source: usize,
        channel: usize,
        shares: &[f32],
        gain: impl Fn(usize) -> f32,
        out: &mut [Complex32],
    ) {
        let covariance = &self.covariances[source];
        for (bin, out) in out.iter_mut().enumerate() {
            let solved = [self.solved[0][bin], self.solved[1][bin]];
            let image = image(covariance, shares[bin], solved)[channel];
            *out += (image + self.error[channel][bin] * shares[bin]) * gain(bin);
        }
    }
}

#[inline(always)]
fn image([a, b, c]: &Covariance, share: f32, solved: [Complex32; 2]) -> [Complex32; 2] {
    [(solved[0] * *a + solved[1] * *c) * share, (solved[0] * *c + solved[1] * *b) * share]
}
