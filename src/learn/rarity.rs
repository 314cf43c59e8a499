//! How rare each component of a source is in the source's clips. What was hardly ever needed
//! there, such as the noise of a single attack, must not explain other instruments later.

use ndarray::{ArrayView2, Axis};

/// Components are common from this many times the mean activation on.
const COMMON: f64 = 2.0;

/// A component that was never needed.
const RAREST: f64 = 10.0;

/// Seconds of sound that show which components are rare. In less, most are needed once.
const ENOUGH_S: f64 = 12.0;

/// For each row of `h` (components × frames, columns of W with sum 1), `ln (2 m / a)`, with `a`
/// the sum of its activations and `m` the mean of these sums; 0 for common components, at most
/// 10, and less in proportion if there are less than 12 s of sound. 0 for all if the activations
/// are not known.
pub(super) fn rarity(h: ArrayView2<f32>, sound_s: f64) -> Vec<f32> {
    let sums: Vec<f64> =
        h.axis_iter(Axis(0)).map(|row| row.iter().map(|&x| f64::from(x)).sum()).collect();
    let mean = sums.iter().sum::<f64>() / sums.len().max(1) as f64;
    if mean <= 0.0 {
        return vec![0.0; sums.len()];
    }
    let scale = (sound_s / ENOUGH_S).min(1.0);
    let rarity = |sum: &f64| scale * (COMMON * mean / sum).ln().clamp(0.0, RAREST);
    sums.iter().map(|sum| rarity(sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn what_is_used_half_as_often_is_rarer_by_ln_2() {
        let h = array![[3.0, 1.0], [0.5, 0.5], [0.0, 0.0], [1.0, 2.0]];
        let mean = 8.0 / 4.0;
        let expected = [0.0, (2.0 * mean / 1.0f32).ln(), 10.0, (2.0 * mean / 3.0f32).ln()];
        for (sound_s, scale) in [(60.0, 1.0), (12.0, 1.0), (3.0, 0.25)] {
            for (found, expected) in rarity(h.view(), sound_s).iter().zip(expected) {
                assert!((found - scale * expected).abs() < 1e-6, "{found} {expected}");
            }
        }
        assert_eq!(rarity(ndarray::Array2::zeros((3, 0)).view(), 12.0), [0.0; 3]);
    }
}
