//! Preprocessing of a spectrogram before learning.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, concatenate};

use super::error::{FactorizeError, check_shape};

/// Frames this much below the loudest count as silent, in dB.
pub const SILENCE_DB: f32 = -60.0;

/// Magnitudes this far below a frame's mean, in standard deviations, are set to 0.
pub const THRESHOLD_DEVIATIONS: f32 = 1.156;

/// Indices of the frames of `v` (bins × frames) whose level (root of the sum of squared
/// magnitudes) is at least `silence_db` relative to the loudest frame. Frames of zeros
/// never are. `v.select(Axis(1), &kept)` drops the others.
pub fn audible_frames(v: ArrayView2<f32>, silence_db: f32) -> Vec<usize> {
    let mut energies = vec![0.0_f64; v.ncols()];
    for row in v.rows() {
        energies.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x).powi(2));
    }
    audible(&energies, silence_db)
}

/// [`audible_frames`] of frames with these sums of squared magnitudes.
pub(super) fn audible(energies: &[f64], silence_db: f32) -> Vec<usize> {
    let loudest = energies.iter().copied().fold(0.0, f64::max);
    let least = loudest * 10_f64.powf(f64::from(silence_db) / 10.0);
    (0..energies.len()).filter(|&t| energies[t] > 0.0 && energies[t] >= least).collect()
}

/// Sets to 0, in each frame of `v` (bins × frames), the magnitudes below mean -
/// `deviations` · standard deviation of that frame.
pub fn threshold_frames(mut v: ArrayViewMut2<f32>, deviations: f32) {
    for mut frame in v.columns_mut() {
        let count = frame.len().max(1) as f64;
        let mean = frame.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let variance = frame.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
        let least = mean - f64::from(deviations) * variance.sqrt();
        frame.mapv_inplace(|x| if f64::from(x) < least { 0.0 } else { x });
    }
}

/// Where a column came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnOrigin {
    Mixture { frame: usize },
    Solo { clip: usize, frame: usize },
}

/// The frames of the mixture followed by those of the solo clips (each bins × frames), as
/// candidates for methods that pick columns, and the origin of each column.
pub fn append_solos(
    mixture: ArrayView2<f32>,
    solos: &[ArrayView2<f32>],
) -> Result<(Array2<f32>, Vec<ColumnOrigin>), FactorizeError> {
    let mut origins: Vec<ColumnOrigin> =
        (0..mixture.ncols()).map(|frame| ColumnOrigin::Mixture { frame }).collect();
    let mut views = vec![mixture];
    for (clip, solo) in solos.iter().enumerate() {
        check_shape("a solo clip's spectrogram", *solo, (mixture.nrows(), solo.ncols()))?;
        origins.extend((0..solo.ncols()).map(|frame| ColumnOrigin::Solo { clip, frame }));
        views.push(*solo);
    }
    let all = concatenate(Axis(1), &views).expect("equally many bins");
    Ok((all, origins))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, aview2};

    #[test]
    fn silence_is_relative_to_the_loudest_frame() {
        // 0 dB, digital silence, just above and just below -60 dB.
        let v = array![[30.0, 0.0, 0.0501, 0.0], [40.0, 0.0, 0.0, 0.0499]];
        assert_eq!(audible_frames(v.view(), -60.0), [0, 2]);
        assert_eq!(audible_frames(aview2(&[[0.0, 0.0]]), -60.0), [0; 0]);
    }

    /// Mean 8, population standard deviation 4 in both frames.
    #[test]
    fn threshold_is_the_mean_less_some_deviations_of_each_frame() {
        let mut v = array![[0.0, 12.0], [10.0, 12.0], [10.0, 4.0], [10.0, 4.0], [10.0, 8.0]];
        v[[4, 1]] = 8.0;
        let before = v.clone();
        threshold_frames(v.view_mut(), 1.156);
        assert_eq!(v, before);
        v[[0, 0]] = 0.5;
        threshold_frames(v.view_mut(), 1.156);
        assert_eq!(v.column(0), array![0.0, 10.0, 10.0, 10.0, 10.0]);
    }

    #[test]
    fn appended_columns_know_where_they_came_from() {
        let (all, origins) =
            append_solos(aview2(&[[1.0, 2.0]]), &[aview2(&[[3.0]]), aview2(&[[4.0, 5.0]])])
                .unwrap();
        assert_eq!(all, array![[1.0, 2.0, 3.0, 4.0, 5.0]]);
        assert_eq!(origins[1], ColumnOrigin::Mixture { frame: 1 });
        assert_eq!(origins[4], ColumnOrigin::Solo { clip: 1, frame: 1 });
        let other = append_solos(aview2(&[[1.0]]), &[aview2(&[[3.0], [4.0]])]).unwrap_err();
        assert!(other.to_string().contains("2 × 1, expected 1 × 1"), "{other}");
    }
}
