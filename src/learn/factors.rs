//! The result of a factorisation V ≈ W H, and operations on it.

use ndarray::{Array2, ArrayView2, Axis};

/// V ≈ W H.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// Bins × components.
    pub w: Array2<f32>,
    /// Components × frames.
    pub h: Array2<f32>,
    /// For methods that pick frames: their indices, 0-based, in the order of the
    /// components.
    pub columns: Option<Vec<usize>>,
    /// The divergence before the first iteration and after each one.
    pub objective: Vec<f64>,
}

impl Factors {
    /// Sorts the components by the frequency at which their spectra peak, lowest first.
    pub fn sort_by_peak(&mut self) {
        let order = peak_order(self.w.view());
        self.w = self.w.select(Axis(1), &order);
        self.h = self.h.select(Axis(0), &order);
        if let Some(columns) = &mut self.columns {
            *columns = order.iter().map(|&k| columns[k]).collect();
        }
    }
}

/// The order of the columns of `w` (bins × components) by the bin in which each is largest.
/// The sort is stable.
pub fn peak_order(w: ArrayView2<f32>) -> Vec<usize> {
    let peak = |k: usize| {
        let column = w.column(k);
        (0..w.nrows()).fold(0, |best, bin| if column[bin] > column[best] { bin } else { best })
    };
    let mut order: Vec<usize> = (0..w.ncols()).collect();
    order.sort_by_key(|&k| peak(k));
    order
}

/// Scales the columns of `w` from `first` on to sum 1 and the rows of `h` inversely, so
/// that the product does not change. Columns of zeros are left alone.
pub(super) fn normalise(w: &mut Array2<f32>, h: &mut Array2<f32>, first: usize) {
    let columns = w.columns_mut().into_iter().zip(h.rows_mut()).skip(first);
    for (mut spectrum, mut activation) in columns {
        let sum: f64 = spectrum.iter().map(|&x| f64::from(x)).sum();
        if sum > 0.0 {
            spectrum.mapv_inplace(|x| (f64::from(x) / sum) as f32);
            activation.mapv_inplace(|x| (f64::from(x) * sum) as f32);
        }
    }
}
