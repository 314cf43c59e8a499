//! The resolution of masks: single bins at low frequencies, groups of neighbouring bins above.
//!
//! A mask needs no finer resolution than what it tells apart: partials that are a given fraction
//! of their frequency apart. With coarser masks at high frequencies, the spectra of all atoms take
//! less memory (half of it in `quality` at 44.1 kHz), and the masks less time.

use std::ops::Range;

use super::bands::Bands;

/// A mask bin is at most this fraction of its frequency wide, or a single bin.
const WIDTH: f64 = 0.0022;

/// The largest number of bins in a mask bin.
const MAX_BINS: usize = 8;

/// The largest number of bins (a power of two) that a mask bin may have from this bin on.
pub fn max_width(bin: usize) -> usize {
    let mut width = 1;
    while width < MAX_BINS && (2 * width) as f64 <= bin as f64 * WIDTH {
        width *= 2;
    }
    width
}

/// Which bins form each mask bin.
#[derive(Clone, Debug)]
pub struct MaskBins {
    /// Ranges of bins whose mask bins have the same number of bins.
    regions: Vec<Region>,
    count: usize,
    /// The bands, in mask bins.
    bands: Bands,
    /// Bins in a mask bin of each band.
    widths: Vec<f32>,
}

#[derive(Clone, Debug)]
struct Region {
    bins: Range<usize>,
    mask_bins: Range<usize>,
    /// Bins in each mask bin.
    width: usize,
}

impl MaskBins {
    /// Mask bins never cross the edge of a band.
    pub fn new(bands: &Bands) -> Self {
        let mut regions: Vec<Region> = Vec::new();
        let mut edges = vec![0];
        let mut widths = Vec::new();
        let mut count = 0;
        for edge in bands.edges().windows(2) {
            let bins = edge[0]..edge[1];
            let mut width = max_width(bins.start);
            while bins.len() % width != 0 {
                width /= 2;
            }
            let mask_bins = count..count + bins.len() / width;
            count = mask_bins.end;
            edges.push(count);
            widths.push(width as f32);
            match regions.last_mut() {
                Some(last) if last.width == width => {
                    (last.bins.end, last.mask_bins.end) = (bins.end, mask_bins.end);
                }
                _ => regions.push(Region { bins, mask_bins, width }),
            }
        }
        Self { regions, count, bands: bands.with_edges(edges), widths }
    }

    /// Number of mask bins.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The mean over the bins of each mask bin.
    pub fn average(&self, bins: &[f32], out: &mut [f32]) {
        for Region { bins: from, mask_bins, width } in &self.regions {
            let groups = bins[from.clone()].chunks_exact(*width);
            for (out, group) in out[mask_bins.clone()].iter_mut().zip(groups) {
                *out = group.iter().sum::<f32>() / *width as f32;
            }
        }
    }

    /// Gives every bin the value of its mask bin.
    pub fn expand(&self, mask_bins: &[f32], out: &mut [f32]) {
        for Region { bins, mask_bins: from, width } in &self.regions {
            let (from, out) = (&mask_bins[from.clone()], &mut out[bins.clone()]);
            match width {
                1 => out.copy_from_slice(from),
                2 => repeat::<2>(from, out),
                4 => repeat::<4>(from, out),
                8 => repeat::<8>(from, out),
                _ => {
                    out.chunks_exact_mut(*width).zip(from).for_each(|(out, x)| out.fill(*x));
                }
            }
        }
    }

    /// Sums the bins of each band, given the mean of each mask bin.
    pub fn pool(&self, mask_bins: &[f32], bands: &mut [f32]) {
        self.bands.pool(mask_bins, bands);
        bands.iter_mut().zip(&self.widths).for_each(|(band, width)| *band *= width);
    }
}

fn repeat<const TIMES: usize>(from: &[f32], out: &mut [f32]) {
    for (out, x) in out.as_chunks_mut::<TIMES>().0.iter_mut().zip(from) {
        *out = [*x; TIMES];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::{FrameSettings, Mode};

    #[test]
    fn values_of_mask_bins_stand_for_their_bins() {
        for (mode, rate) in [(Mode::Quality, 44_100), (Mode::Live, 8_000), (Mode::Live, 192_000)] {
            let frames = FrameSettings::new(mode, rate);
            let bands = Bands::new(&frames);
            let mask_bins = MaskBins::new(&bands);
            let bins: Vec<f32> =
                (0..frames.bins()).map(|bin| 1.0 + (bin * 7 % 11) as f32).collect();
            let (mut means, mut expanded) = (vec![0.0; mask_bins.count()], vec![0.0; bins.len()]);
            mask_bins.average(&bins, &mut means);
            mask_bins.expand(&means, &mut expanded);
            // Every band keeps its sum.
            for sums in [&bins, &expanded].map(|of| {
                let mut sums = vec![0.0; bands.count()];
                bands.pool(of, &mut sums);
                sums
            }) {
                let mut pooled = vec![0.0; bands.count()];
                mask_bins.pool(&means, &mut pooled);
                for (found, exact) in pooled.iter().zip(&sums) {
                    assert!((found / exact - 1.0).abs() < 1e-5, "{found}, not {exact}");
                }
            }
            // No mask bin is wider than it may be, and only few are narrower.
            let mut end = 0;
            for region in &mask_bins.regions {
                assert!(region.width <= max_width(region.bins.start));
                assert_eq!(region.bins.start, std::mem::replace(&mut end, region.bins.end));
            }
            assert_eq!(end, bins.len());
            let ideal: f64 = (0..bins.len()).map(|bin| 1.0 / max_width(bin) as f64).sum();
            assert!((mask_bins.count() as f64) < 1.15 * ideal, "{} {ideal}", mask_bins.count());
        }
    }
}
