//! A dictionary from spectra that were learned elsewhere.

use ndarray::Array2;

use super::{Dictionary, Invalid, Provenance, Source, sums};
use crate::divergence::Divergence;
use crate::frames::FrameSettings;

impl Dictionary {
    /// A dictionary of given spectra, `w` (bins × components), that belong to `sources`. Columns
    /// are scaled to sum 1. Components count as equally common; the engine tries no transposed
    /// copies and minimises the Kullback-Leibler divergence, unless these fields are changed.
    ///
    /// # Errors
    /// If `w` has entries that are negative or not finite, columns of zeros only or other bins
    /// than `frames`, or a component does not belong to exactly one source.
    pub fn from_spectra(
        mut w: Array2<f32>,
        sources: Vec<Source>,
        frames: FrameSettings,
    ) -> Result<Self, Invalid> {
        sums::scale(&mut w);
        let dictionary = Self {
            rarity: vec![0.0; w.ncols()],
            w,
            sources,
            frames,
            transpose: 0,
            divergence: Divergence::KullbackLeibler,
            provenance: Provenance { method: "given".to_string(), seed: 0 },
        };
        dictionary.check()?;
        Ok(dictionary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Mode;

    #[test]
    fn columns_sum_to_one_at_any_scale() {
        let frames =
            FrameSettings { sample_rate_hz: 8_000, fft_size: 64, hop: 16, mode: Mode::Live };
        let w = Array2::from_shape_fn((33, 2), |(bin, k)| (bin + k) as f32 * [1e-12, 1e12][k]);
        let sources = vec![Source::new("a", 0, vec![0]), Source::new("b", 1, vec![1])];
        let dictionary = Dictionary::from_spectra(w, sources.clone(), frames).unwrap();
        for (k, column) in dictionary.w.columns().into_iter().enumerate() {
            assert!((column.sum() - 1.0).abs() < 1e-5);
            // The spectra keep their shape.
            assert!((column[32] / column[16] - (32 + k) as f32 / (16 + k) as f32).abs() < 1e-5);
        }
        let of = |w| Dictionary::from_spectra(w, sources.clone(), frames);
        assert!(matches!(of(Array2::ones((32, 2))), Err(Invalid::Shape { .. })));
        assert!(matches!(of(Array2::ones((33, 3))), Err(Invalid::Owner { .. })));
        assert!(matches!(of(Array2::from_elem((33, 2), -1.0)), Err(Invalid::Entry { .. })));
        assert!(matches!(of(Array2::from_elem((33, 2), f32::NAN)), Err(Invalid::Entry { .. })));
        let negative = Array2::from_shape_fn((33, 2), |(_, k)| 1.0 - 2.0 * k as f32);
        assert!(matches!(of(negative), Err(Invalid::Entry { bin: 0, component: 1 })));
        assert!(matches!(of(Array2::zeros((33, 2))), Err(Invalid::Silent)));
    }
}
