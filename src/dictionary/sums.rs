//! The promise that every column of W sums to 1, restored where only the scale differs.

use ndarray::Array2;

use super::error::Invalid;

/// Sums this close to 1 differ by rounding only, and such columns are left as they are.
const ROUNDING: f64 = 1e-3;

/// Sums that a scale explains: of samples that are integers of 16 bits, say, or of spectra
/// with a maximum of 1.
const SCALES: std::ops::RangeInclusive<f64> = 1e-6..=1e6;

/// Neighbouring bins of a spectrum are alike, because a window's spectrum is several bins
/// wide. If they are less alike, by this factor, than they would be with rows and columns
/// exchanged, then these are exchanged. The quotient was above 1.1 in a dozen learned
/// dictionaries of all modes, and below 0.4 with their entries in the wrong order, whether
/// the sums or the maxima of the columns were 1.
const LESS_ALIKE: f64 = 0.5;

/// Scales the columns of `w` (bins × components) to sum 1. Columns that do so already, to
/// within rounding, and columns of zeros are not changed.
///
/// # Errors
/// If the sums are off because the contents are damaged.
pub(super) fn restore(w: &mut Array2<f32>) -> Result<(), Invalid> {
    let sums = column_sums(w);
    if sums.iter().all(|&sum| is_good(sum)) {
        return Ok(());
    }
    let odd = sums.iter().position(|sum| *sum != 0.0 && !SCALES.contains(sum));
    if let Some(component) = odd {
        return Err(Invalid::Sum { component, sum: sums[component] as f32 });
    }
    if is_transposed(w) {
        return Err(Invalid::Order);
    }
    divide(w, &sums.iter().map(|&sum| if is_good(sum) { 1.0 } else { sum }).collect::<Vec<_>>());
    Ok(())
}

/// Scales the columns of `w` (bins × components) to sum 1, whatever their scale. Columns that do so
/// already, to within rounding, columns of zeros, and those that cannot be spectra stay as they are.
pub(super) fn scale(w: &mut Array2<f32>) {
    let sums = column_sums(w).into_iter();
    let stays = |sum: f64| is_good(sum) || !sum.is_finite() || sum < 0.0;
    divide(w, &sums.map(|sum| if stays(sum) { 1.0 } else { sum }).collect::<Vec<_>>());
}

fn divide(w: &mut Array2<f32>, sums: &[f64]) {
    for (mut column, &sum) in w.columns_mut().into_iter().zip(sums) {
        if sum != 1.0 {
            column.mapv_inplace(|x| (f64::from(x) / sum) as f32);
        }
    }
}

fn is_good(sum: f64) -> bool {
    sum == 0.0 || (sum - 1.0).abs() <= ROUNDING
}

fn column_sums(w: &Array2<f32>) -> Vec<f64> {
    let mut sums = vec![0.0; w.ncols()];
    for row in w.rows() {
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    sums
}

/// Whether the entries seem to be those of a matrix in column-major order, read in row-major
/// order.
fn is_transposed(w: &Array2<f32>) -> bool {
    let (bins, components) = w.dim();
    let Some(entries) = w.as_slice().filter(|_| components > 1) else { return false };
    let sums: Vec<f64> =
        entries.chunks(bins).map(|c| c.iter().map(|&x| f64::from(x)).sum()).collect();
    let mean = sums.iter().sum::<f64>() / components as f64;
    let equal_sums = sums.iter().all(|sum| (sum - mean).abs() <= ROUNDING * mean);
    let product = |a: f32, b: f32| f64::from(a) * f64::from(b);
    let rows: f64 = entries.iter().zip(&entries[components..]).map(|(&a, &b)| product(a, b)).sum();
    let within =
        |column: &[f32]| column.windows(2).map(|pair| product(pair[0], pair[1])).sum::<f64>();
    let columns: f64 = entries.chunks(bins).map(within).sum();
    equal_sums || rows < LESS_ALIKE * columns
}
