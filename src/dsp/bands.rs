//! Pooling of bins to bands: activations are solved on about 256 bands at a
//! seventh of the cost, which separates as well (masks stay at full
//! resolution).

/// Lowest bins that keep a band of their own.
const SINGLE_BINS: usize = 128;

/// Geometric groups above them.
const GROUPS: usize = 128;

/// Which bins make a band.
#[derive(Clone, Debug)]
pub struct Bands {
    /// Start of each band, and the end of the last.
    edges: Vec<usize>,
}

impl Bands {
    /// Single bins below `SINGLE_BINS`, then up to `GROUPS` groups that widen
    /// geometrically to `bins`; each has one bin at least.
    pub fn new(bins: usize) -> Self {
        let singles = SINGLE_BINS.min(bins);
        let mut edges: Vec<usize> = (0..=singles).collect();
        let ratio = bins as f64 / singles as f64;
        for group in 1..=GROUPS {
            let edge = singles as f64 * ratio.powf(group as f64 / GROUPS as f64);
            let edge = (edge.round() as usize).min(bins);
            if edge > edges[edges.len() - 1] {
                edges.push(edge);
            }
        }
        Self { edges }
    }

    /// One band a bin.
    pub fn single(bins: usize) -> Self {
        Self { edges: (0..=bins).collect() }
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
        for (band, edge) in bands.iter_mut().zip(self.edges.windows(2)) {
            *band = bins[edge[0]..edge[1]].iter().sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bin_is_in_one_band() {
        for bins in [129, 257, 513, 1025, 2049, 4097, 8193] {
            let bands = Bands::new(bins);
            assert_eq!(bands.widths().sum::<usize>(), bins);
            assert!(bands.count() <= SINGLE_BINS + GROUPS);
            let mut pooled = vec![0.0; bands.count()];
            bands.pool(&vec![1.0; bins], &mut pooled);
            assert!(pooled.iter().zip(bands.widths()).all(|(sum, width)| *sum == width as f32));
        }
    }
}
