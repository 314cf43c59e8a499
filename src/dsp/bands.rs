//! Pooling of bins to bands. Solving activations on a few hundred bands costs a fraction of
//! the time and separates as well. Masks have a finer resolution (`mask_bins.rs`).

use super::mask_bins::max_width;
use crate::frames::FrameSettings;

/// Up to this frequency, every bin is a band of its own.
const SINGLE_BINS_HZ: f64 = 1378.125;

/// Number of geometric groups above that.
const GROUPS: usize = 128;

/// Which bins form each band.
#[derive(Clone, Debug)]
pub struct Bands {
    /// Start of each band, and the end of the last.
    edges: Vec<usize>,
    /// Number of single-bin bands, which come first.
    singles: usize,
}

impl Bands {
    /// Single bins below `SINGLE_BINS_HZ`, then up to `GROUPS` groups whose width grows
    /// geometrically up to the last bin; each has at least one bin, and nearly all of them a
    /// whole number of the widest mask bins.
    pub fn new(frames: &FrameSettings) -> Self {
        let bins = frames.bins();
        let singles = ((SINGLE_BINS_HZ / frames.bin_hz(1)).round() as usize).clamp(1, bins);
        let mut edges: Vec<usize> = (0..=singles).collect();
        let ratio = bins as f64 / singles as f64;
        for group in 1..=GROUPS {
            let edge = singles as f64 * ratio.powf(group as f64 / GROUPS as f64);
            let start = edges[edges.len() - 1];
            let width = max_width(start);
            let mask_bins = ((edge - start as f64) / width as f64).round() as usize;
            let last = group == GROUPS;
            let edge = if last { bins } else { (start + mask_bins * width).min(bins) };
            if edge > start {
                edges.push(edge);
            }
        }
        Self { edges, singles }
    }

    /// As many bands with other edges. The single bins have to stay.
    pub fn with_edges(&self, edges: Vec<usize>) -> Self {
        Self { edges, singles: self.singles }
    }

    /// Number of bands.
    pub fn count(&self) -> usize {
        self.edges.len() - 1
    }

    /// Start of each band, and the end of the last.
    pub fn edges(&self) -> &[usize] {
        &self.edges
    }

    /// Number of bins in each band.
    pub fn widths(&self) -> impl Iterator<Item = usize> + '_ {
        self.edges.windows(2).map(|edge| edge[1] - edge[0])
    }

    /// Sums the bins of each band.
    pub fn pool(&self, bins: &[f32], bands: &mut [f32]) {
        let singles = self.singles.min(bands.len());
        let (single, wide) = bands.split_at_mut(singles);
        single.copy_from_slice(&bins[..singles]);
        for (band, edge) in wide.iter_mut().zip(self.edges[singles..].windows(2)) {
            // Four parallel sums: a single one would have to wait for each addition.
            let (fours, rest) = bins[edge[0]..edge[1]].as_chunks::<4>();
            let mut sums = [0.0; 4];
            for four in fours {
                sums.iter_mut().zip(four).for_each(|(sum, x)| *sum += x);
            }
            let [a, b, c, d] = sums;
            *band = (a + b) + (c + d) + rest.iter().sum::<f32>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Mode;

    #[test]
    fn every_bin_is_in_one_band() {
        for (mode, rate) in [(Mode::Quality, 44_100), (Mode::Live, 8_000), (Mode::Live, 192_000)] {
            let frames = FrameSettings::new(mode, rate);
            let bins = frames.bins();
            let bands = Bands::new(&frames);
            assert_eq!(bands.widths().sum::<usize>(), bins);
            assert!(bands.count() <= 256 + GROUPS);
            let mut pooled = vec![0.0; bands.count()];
            bands.pool(&vec![1.0; bins], &mut pooled);
            assert!(pooled.iter().zip(bands.widths()).all(|(sum, width)| *sum == width as f32));
        }
    }
}
