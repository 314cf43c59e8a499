//! Least squares over {h ≥ 0, Σh ≤ 1}, for one frame, on the Gram matrix.

/// The search stops when no entry moves by more than this.
const TOLERANCE: f64 = 1e-9;

const MOST_STEPS: usize = 1000;

/// Room to project in; one a thread.
pub(super) struct HullProjection {
    ahead: Vec<f64>,
    next: Vec<f64>,
}

impl HullProjection {
    pub fn new(components: usize) -> Self {
        Self { ahead: vec![0.0; components], next: vec![0.0; components] }
    }

    /// Minimises hᵀ G h - 2 bᵀ h over the h ≥ 0 with Σh ≤ 1: the point nearest
    /// to x in the hull of the columns of W and the origin, with `gram` G = WᵀW
    /// (row by row), `b` = Wᵀx. `step` is 1 / λ, λ at least the largest
    /// eigenvalue of G. `h` is where the search starts.
    ///
    /// Accelerated projected gradient (Nesterov 1983), started anew when the
    /// momentum points uphill (O'Donoghue & Candès 2015).
    pub fn solve(&mut self, gram: &[f64], b: &[f64], step: f64, h: &mut [f64]) {
        let count = b.len();
        let ahead = &mut self.ahead[..count];
        let next = &mut self.next[..count];
        ahead.copy_from_slice(h);
        let mut momentum: f64 = 1.0;
        for _ in 0..MOST_STEPS {
            next.iter_mut().zip(&*ahead).zip(b).for_each(|((n, y), b)| *n = y + step * b);
            for (k, y) in ahead.iter().enumerate().filter(|(_, y)| **y != 0.0) {
                let row = &gram[k * count..][..count];
                next.iter_mut().zip(row).for_each(|(n, g)| *n -= step * y * g);
            }
            project_on_capped_simplex(next);
            let moved = next.iter().zip(&*h).map(|(n, h)| (n - h).abs()).fold(0.0, f64::max);
            let uphill: f64 =
                ahead.iter().zip(&*next).zip(&*h).map(|((y, n), h)| (y - n) * (n - h)).sum();
            let following = (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) / 2.0;
            let mut weight = (momentum - 1.0) / following;
            momentum = following;
            if uphill > 0.0 {
                (weight, momentum) = (0.0, 1.0);
            }
            for ((y, n), h) in ahead.iter_mut().zip(&*next).zip(&mut *h) {
                *y = n + weight * (n - *h);
                *h = *n;
            }
            if moved <= TOLERANCE {
                break;
            }
        }
    }
}

/// The nearest point with entries ≥ 0 whose sum is at most 1 (Michelot, "A
/// finite algorithm for finding the projection of a point onto the canonical
/// simplex of Rⁿ", 1986).
fn project_on_capped_simplex(x: &mut [f64]) {
    x.iter_mut().for_each(|x| *x = x.max(0.0));
    let mut sum: f64 = x.iter().sum();
    let mut count = x.iter().filter(|x| **x > 0.0).count();
    if sum <= 1.0 {
        return;
    }
    loop {
        let shift = (sum - 1.0) / count as f64;
        let kept = x.iter().filter(|x| **x > shift);
        let (new_sum, new_count) = kept.fold((0.0, 0), |(sum, count), x| (sum + x, count + 1));
        if new_count == count {
            x.iter_mut().for_each(|x| *x = (*x - shift).max(0.0));
            return;
        }
        x.iter_mut().filter(|x| **x <= shift).for_each(|x| *x = 0.0);
        (sum, count) = (new_sum, new_count);
    }
}

/// At least the largest eigenvalue of a symmetric non-negative matrix: its
/// largest row sum (Perron and Frobenius), made tighter by scaling.
pub(super) fn eigenvalue_bound(gram: &[f64], count: usize) -> f64 {
    // For any positive x, max (G x)_k / x_k bounds the eigenvalue from above,
    // and power iteration moves x towards where it is equal.
    let mut x = vec![1.0; count];
    let mut bound = f64::INFINITY;
    for _ in 0..50 {
        let product: Vec<f64> = gram
            .chunks_exact(count)
            .map(|row| row.iter().zip(&x).map(|(g, x)| g * x).sum())
            .collect();
        let largest = product.iter().zip(&x).map(|(p, x)| p / x).fold(0.0, f64::max);
        bound = f64::min(bound, largest);
        let top = product.iter().copied().fold(0.0, f64::max);
        if top == 0.0 {
            return 0.0;
        }
        x.iter_mut().zip(&product).for_each(|(x, p)| *x = (p / top).max(1e-9));
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the definition: no feasible direction leads closer.
    #[test]
    fn capped_simplex_projection_is_the_nearest_point() {
        for x in [[0.2, 0.3, -1.0, 0.1], [2.0, 0.5, 1.9, -3.0], [0.4, 0.4, 0.4, 0.4]] {
            let mut p = x;
            project_on_capped_simplex(&mut p);
            let sum: f64 = p.iter().sum();
            assert!(p.iter().all(|p| *p >= 0.0) && sum <= 1.0 + 1e-12);
            // ⟨x - p, q - p⟩ ≤ 0 for every corner q of the set.
            let along =
                |q: [f64; 4]| -> f64 { (0..4).map(|i| (x[i] - p[i]) * (q[i] - p[i])).sum() };
            assert!(along([0.0; 4]) <= 1e-12);
            for i in 0..4 {
                let mut corner = [0.0; 4];
                corner[i] = 1.0;
                assert!(along(corner) <= 1e-12);
            }
        }
    }
}
