//! Harmonic-percussive separation by median filters: a baseline that knows nothing about
//! the sources.

use ndarray::{Array2, ArrayView2, Zip};
use rayon::prelude::*;

use super::EvalError;
use super::frames::MaskingFrames;
use super::stem::check_finite;

const MAX_KERNEL: usize = 9999;

/// Separates `mixture` into what is steady in time and what is steady in
/// frequency, `(harmonic, percussive)`, with the masks of [`hpss_masks`]. Each
/// is as long as the mixture, and they sum to it.
///
/// Frames are centred and zero-padded, with periodic root-Hann windows for analysis and
/// synthesis.
///
/// # Errors
/// If a sample is not finite, the kernel is even or above 9999, the frame size is not even
/// or not from 4 to 2^20 samples, or the hop is not from 1 to half of that.
pub fn hpss_separate(
    mixture: &[f32],
    fft_size: usize,
    hop: usize,
    kernel: usize,
) -> Result<(Vec<f32>, Vec<f32>), EvalError> {
    let frames = MaskingFrames::new(fft_size, hop, mixture.len())?;
    check_finite("the mixture", mixture)?;
    let spectra = frames.analyse(mixture);
    let (harmonic, percussive) = hpss_masks(spectra.mapv(|x| x.norm()).view(), kernel)?;
    let separate = |mask: &Array2<f32>| {
        frames.synthesise(Zip::from(&spectra).and(mask).map_collect(|x, m| x * m).view())
    };
    Ok((separate(&harmonic), separate(&percussive)))
}

/// Soft masks `(harmonic, percussive)` for magnitudes `v`, bins × frames (Fitzgerald,
/// "Harmonic/percussive separation using median filtering", 2010). With a the median of
/// `kernel` frames in time and b that of `kernel` bins in frequency, they are a² / (a² +
/// b²) and b² / (a² + b²), or one half each where both are zero. Ends are mirrored. Equal
/// to `librosa.decompose.hpss(mask=True)`, whose kernel is 31.
///
/// # Errors
/// If the kernel is even or above 9999.
pub fn hpss_masks(
    v: ArrayView2<f32>,
    kernel: usize,
) -> Result<(Array2<f32>, Array2<f32>), EvalError> {
    if kernel.is_multiple_of(2) || kernel > MAX_KERNEL {
        let actual = kernel.to_string();
        return Err(EvalError::Setting {
            what: "the kernel",
            expected: "odd and below 10000",
            actual,
        });
    }
    let steady_in_time = median_of_rows(v, kernel);
    let steady_in_frequency = median_of_rows(v.t(), kernel);
    let mask = |a: &f32, b: &f32| {
        let largest = a.max(*b);
        if largest < f32::MIN_POSITIVE {
            return 0.5;
        }
        let (a, b) = ((a / largest).powi(2), (b / largest).powi(2));
        a / (a + b)
    };
    let harmonic = Zip::from(&steady_in_time).and(steady_in_frequency.t()).map_collect(mask);
    let percussive = Zip::from(steady_in_frequency.t()).and(&steady_in_time).map_collect(mask);
    Ok((harmonic, percussive))
}

/// Running median along each row.
fn median_of_rows(v: ArrayView2<f32>, kernel: usize) -> Array2<f32> {
    let (rows, columns) = v.dim();
    let mut medians = Array2::zeros((rows, columns));
    if let Some(all) = medians.as_slice_mut().filter(|all| !all.is_empty()) {
        all.par_chunks_mut(columns).enumerate().for_each(|(row, out)| {
            let row: Vec<f32> = v.row(row).to_vec();
            median(&row, kernel, out);
        });
    }
    medians
}

/// Median of the `kernel` values around each value. Ends are mirrored, with the end value
/// itself repeated.
fn median(row: &[f32], kernel: usize, out: &mut [f32]) {
    let (len, half) = (row.len() as isize, (kernel / 2) as isize);
    let at = |n: isize| {
        let n = n.rem_euclid(2 * len);
        row[if n < len { n } else { 2 * len - 1 - n } as usize]
    };
    let place = |sorted: &[f32], x: f32| sorted.partition_point(|y| y.total_cmp(&x).is_lt());
    let mut sorted: Vec<f32> = (-half..=half).map(at).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    for (n, out) in (0..len).zip(out) {
        *out = sorted[kernel / 2];
        sorted.remove(place(&sorted, at(n - half)));
        let next = at(n + half + 1);
        sorted.insert(place(&sorted, next), next);
    }
}
