//! The inner loops. Every loop sums in the same fixed lanes whatever
//! instructions the machine has, so all paths give the same bits.

use multiversion::multiversion;

/// Partial sums kept side by side; a multiple of every vector width in use.
const LANES: usize = 32;

/// `Σ aᵢ bᵢ`.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (a_lanes, b_lanes) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f32 = a_lanes.remainder().iter().zip(b_lanes.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_lanes.zip(b_lanes) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0] + tail
}

/// For each row index in `rows`: `out[row] = matrix[row] · x`. `matrix` holds
/// rows of `x.len()` one after another.
#[multiversion(targets = "simd")]
pub fn dot_rows(matrix: &[f32], rows: &[u32], x: &[f32], out: &mut [f32]) {
    let size = x.len();
    for &row in rows {
        let row = row as usize;
        out[row] = dot(&matrix[row * size..(row + 1) * size], x);
    }
}

/// `y += Σ weights[row] · matrix[row]` over the row indices in `rows`.
#[multiversion(targets = "simd")]
pub fn add_rows(matrix: &[f32], rows: &[u32], weights: &[f32], y: &mut [f32]) {
    let size = y.len();
    let row_of = |row: u32| &matrix[row as usize * size..(row as usize + 1) * size];
    // Four rows at a time: y is read and written once for the four.
    let fours = rows.chunks_exact(4);
    let tail = fours.remainder();
    for four in fours {
        let [a, b, c, d] = [row_of(four[0]), row_of(four[1]), row_of(four[2]), row_of(four[3])];
        let w = [0, 1, 2, 3].map(|i| weights[four[i] as usize]);
        for ((((y, a), b), c), d) in y.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *y += (w[0] * a + w[1] * b) + (w[2] * c + w[3] * d);
        }
    }
    for &row in tail {
        let weight = weights[row as usize];
        for (y, a) in y.iter_mut().zip(row_of(row)) {
            *y += weight * a;
        }
    }
}

/// `out = x / (y + epsilon)`.
#[multiversion(targets = "simd")]
pub fn divide(x: &[f32], y: &[f32], epsilon: f32, out: &mut [f32]) {
    for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
        *out = x / (y + epsilon);
    }
}

/// `y += weight · x`.
#[multiversion(targets = "simd")]
pub fn add_scaled(x: &[f32], weight: f32, y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += weight * x;
    }
}

/// Raises every value to `exponent`. Multiples of a quarter between 1 and 2 go
/// through square roots, which are vectorised.
#[multiversion(targets = "simd")]
pub fn power(values: &mut [f32], exponent: f32) {
    if exponent == 1.0 {
    } else if exponent == 1.25 {
        values.iter_mut().for_each(|x| *x *= x.sqrt().sqrt());
    } else if exponent == 1.5 {
        values.iter_mut().for_each(|x| *x *= x.sqrt());
    } else if exponent == 1.75 {
        for x in values {
            let root = x.sqrt();
            *x *= root * root.sqrt();
        }
    } else if exponent == 2.0 {
        values.iter_mut().for_each(|x| *x *= *x);
    } else {
        values.iter_mut().for_each(|x| *x = x.powf(exponent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_agree_with_double_precision() {
        for size in [1, 5, 31, 32, 33, 257, 2049] {
            let value = |i: usize| ((i * 7919 % 1000) as f32 / 500.0 - 0.7).abs();
            let matrix: Vec<f32> = (0..7 * size).map(value).collect();
            let x: Vec<f32> = (0..size).map(|i| value(i + 13)).collect();
            let weights: Vec<f32> = (0..7).map(|i| value(i + 101)).collect();
            let rows = [0u32, 2, 3, 5, 6];
            let mut dots = [0.0; 7];
            dot_rows(&matrix, &rows, &x, &mut dots);
            let mut sum = vec![0.25f32; size];
            add_rows(&matrix, &rows, &weights, &mut sum);
            for &row in &rows {
                let exact: f64 = (0..size)
                    .map(|i| f64::from(matrix[row as usize * size + i]) * f64::from(x[i]))
                    .sum();
                assert!((f64::from(dots[row as usize]) - exact).abs() < 1e-5 * exact.max(1.0));
            }
            for i in 0..size {
                let exact: f64 = 0.25
                    + rows
                        .iter()
                        .map(|&row| {
                            f64::from(matrix[row as usize * size + i])
                                * f64::from(weights[row as usize])
                        })
                        .sum::<f64>();
                assert!((f64::from(sum[i]) - exact).abs() < 1e-5 * exact);
            }
        }
    }

    #[test]
    fn quarter_powers_are_powers() {
        for exponent in [1.0, 1.25, 1.5, 1.75, 2.0, 1.6] {
            let mut values = [0.0f32, 1e-6, 0.3, 1.0, 42.0];
            let exact = values.map(|x| f64::from(x).powf(f64::from(exponent)));
            power(&mut values, exponent);
            for (value, exact) in values.iter().zip(exact) {
                assert!((f64::from(*value) - exact).abs() <= 1e-6 * exact);
            }
        }
    }
}
