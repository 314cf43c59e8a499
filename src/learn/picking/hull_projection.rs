//! The point of a convex hull nearest to one frame, from the Gram matrix.

use ndarray::Array2;

use crate::learn::least_squares::active_set::ActiveSet;

/// Scratch memory for projections, one per thread.
pub(super) struct HullProjection {
    active: ActiveSet,
    /// Gram matrix of the corners relative to the frame, and the target products.
    gram: Array2<f64>,
    targets: Vec<f64>,
    /// Weights of the corners; the origin's comes first.
    fractions: Vec<f64>,
}

impl HullProjection {
    pub fn new(components: usize) -> Self {
        let corners = components + 1;
        Self {
            active: ActiveSet::new(corners),
            gram: Array2::zeros((corners, corners)),
            targets: vec![0.0; corners],
            fractions: vec![0.0; corners],
        }
    }

    /// Minimises ‖x - W h‖² over h ≥ 0 with Σh ≤ 1: the point nearest to x in the hull of
    /// the columns of W and the origin, with `gram` G = WᵀW (row by row), `b` = Wᵀx and
    /// `square` = ‖x‖². The search starts at `h`. Returns the minimum of ‖x - W h‖².
    ///
    /// With a_k = w_k - x and a_0 = -x, the aim is the shortest Σ s_k a_k with s ≥ 0 and Σs
    /// = 1. It is a multiple of the s ≥ 0 that minimises ‖A s‖² + c (1 - Σs)², for any c >
    /// 0 (Lawson & Hanson, "Solving Least Squares Problems", 1974, section 23.4), which is
    /// non-negative least squares.
    pub fn solve(&mut self, gram: &[f64], b: &[f64], square: f64, h: &mut [f64]) -> f64 {
        // All products with the origin are 0.
        let with_origin = |k: usize| if k == 0 { 0.0 } else { b[k - 1] };
        let count = b.len();
        for (j, mut row) in self.gram.rows_mut().into_iter().enumerate() {
            // ⟨a_j, a_k⟩ = ⟨w_j, w_k⟩ - b_j - b_k + ‖x‖², and c = ‖x‖².
            let level = 2.0 * square - with_origin(j);
            row[0] = level;
            let row = row.iter_mut().skip(1).zip(b);
            if j == 0 {
                row.for_each(|(out, b)| *out = level - b);
            } else {
                let products = &gram[(j - 1) * count..j * count];
                row.zip(products).for_each(|((out, b), product)| *out = product + level - b);
            }
        }
        self.targets.fill(square);
        self.fractions[0] = 1.0 - h.iter().sum::<f64>();
        self.fractions[1..].copy_from_slice(h);
        self.active.solve(self.gram.view(), &self.targets, &mut self.fractions);
        let sum: f64 = self.fractions.iter().sum();
        h.iter_mut().zip(&self.fractions[1..]).for_each(|(h, fraction)| *h = fraction / sum);
        distance(gram, b, h, square)
    }
}

/// ‖x - W h‖² from G = WᵀW (row by row), b = Wᵀx and ‖x‖².
pub(super) fn distance(gram: &[f64], b: &[f64], h: &[f64], square: f64) -> f64 {
    let mut distance = square;
    // If nothing is picked, there are no rows.
    for ((row, h_k), b) in gram.chunks_exact(h.len().max(1)).zip(h).zip(b) {
        if *h_k != 0.0 {
            let product: f64 = row.iter().zip(h).map(|(g, h)| g * h).sum();
            distance += h_k * (product - 2.0 * b);
        }
    }
    distance.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};

    /// Checks against the definition: the distance does not fall towards any corner.
    #[test]
    fn the_nearest_point_of_the_hull_is_found() {
        let w = array![[1.0, 0.0, 0.3, 0.5, 0.2], [0.0, 1.0, 0.4, 0.5, 0.1]];
        let gram: Vec<f64> = w.t().dot(&w).iter().copied().collect();
        // Outside: beyond the corners, next to the origin and between; inside; and a corner
        // itself.
        for x in [[2.0, 1.0], [0.1, 0.05], [0.6, 0.7], [0.9, -0.5], [0.3, 0.4], [1.0, 0.0]] {
            let x = Array1::from(x.to_vec());
            let b = w.t().dot(&x).to_vec();
            let mut h = [0.0, 0.2, 0.0, 0.8, 0.0];
            let distance = HullProjection::new(5).solve(&gram, &b, x.dot(&x), &mut h);
            assert!(h.iter().all(|h| *h >= 0.0) && h.iter().sum::<f64>() <= 1.0 + 1e-12);
            let point = w.dot(&Array1::from(h.to_vec()));
            let beyond = &x - &point;
            assert!((beyond.dot(&beyond) - distance).abs() < 1e-12);
            for corner in w.columns().into_iter().chain([array![0.0, 0.0].view()]) {
                let along = beyond.dot(&(&corner - &point));
                assert!(along < 1e-9, "{x}: {along} towards {corner}");
            }
        }
    }
}
