//! Non-negative least squares for one frame, from the Gram matrix.
//!
//! Lawson & Hanson, "Solving Least Squares Problems", 1974, chapter 23, in the form of Bro
//! & de Jong, "A fast non-negativity-constrained least squares algorithm", Journal of
//! Chemometrics 11, 1997: the system is solved exactly for the columns in use, columns that
//! would become negative leave, and the column with the steepest gradient enters, until
//! none has a positive gradient.

use ndarray::ArrayView2;

/// A column is left out if its part orthogonal to the other columns in use is shorter than
/// this fraction of it (squared).
const DEPENDENT: f64 = 1e-11;

/// A slope ⟨w_k, v - W h⟩ below this fraction of ‖w_k‖ ‖v‖ counts as 0.
const TOLERANCE: f64 = 1e-10;

/// Approximate work of one solution, in multiplications.
pub fn cost(components: usize) -> usize {
    // Measured: a few of the columns are in use, and each is entered several times.
    400 * components * components
}

/// Scratch memory for the solver, one per thread.
pub struct ActiveSet {
    /// Columns in use, in the order of the rows of `factor`.
    used: Vec<usize>,
    barred: Vec<bool>,
    /// Cholesky factor of the Gram matrix of the columns in use, row by row.
    factor: Vec<f64>,
    solution: Vec<f64>,
    components: usize,
}

impl ActiveSet {
    pub fn new(components: usize) -> Self {
        Self {
            used: Vec::with_capacity(components),
            barred: vec![false; components],
            factor: vec![0.0; components * components],
            solution: vec![0.0; components],
            components,
        }
    }

    /// Minimises hᵀ G h - 2 bᵀ h over h ≥ 0, with `gram` G = WᵀW and `b` = Wᵀv. The search
    /// starts at `h`.
    pub fn solve(&mut self, gram: ArrayView2<f64>, b: &[f64], h: &mut [f64]) {
        self.used.clear();
        self.barred.fill(false);
        for (k, h) in h.iter_mut().enumerate() {
            if *h > 0.0 && !self.enter(gram, k) {
                *h = 0.0;
            }
        }
        self.settle(gram, b, h);
        let level = (0..b.len()).map(|k| slope(gram, k, b[k])).fold(0.0, f64::max);
        // In exact arithmetic this always ends; rounding could make it cycle.
        for _ in 0..10 * self.components {
            let Some(k) = self.steepest(gram, b, h, TOLERANCE * level) else { break };
            let entered = self.enter(gram, k);
            if entered {
                self.settle(gram, b, h);
            }
            if entered && h[k] > 0.0 {
                self.barred.fill(false);
            } else {
                self.barred[k] = true;
            }
        }
    }

    /// The unused column along which the distance falls fastest.
    fn steepest(&self, gram: ArrayView2<f64>, b: &[f64], h: &[f64], least: f64) -> Option<usize> {
        let mut best = None;
        let mut best_slope = least;
        for k in 0..b.len() {
            if self.barred[k] || self.used.contains(&k) {
                continue;
            }
            let explained: f64 = self.used.iter().map(|&j| gram[[k, j]] * h[j]).sum();
            let slope = slope(gram, k, b[k] - explained);
            if slope > best_slope {
                (best, best_slope) = (Some(k), slope);
            }
        }
        best
    }

    /// Appends column `k` to the columns in use, unless they already span it.
    fn enter(&mut self, gram: ArrayView2<f64>, k: usize) -> bool {
        let count = self.used.len();
        let (done, rest) = self.factor.split_at_mut(count * self.components);
        let row = &mut rest[..=count];
        let mut square = gram[[k, k]];
        for (i, &j) in self.used.iter().enumerate() {
            let other = &done[i * self.components..][..=i];
            let known: f64 = other[..i].iter().zip(&row[..i]).map(|(a, b)| a * b).sum();
            row[i] = (gram[[k, j]] - known) / other[i];
            square -= row[i] * row[i];
        }
        // Also true for a column of zeros.
        if square <= DEPENDENT * gram[[k, k]] {
            return false;
        }
        row[count] = square.sqrt();
        self.used.push(k);
        true
    }

    /// Solves for the columns in use and drops those that become negative on the way, until
    /// none does.
    fn settle(&mut self, gram: ArrayView2<f64>, b: &[f64], h: &mut [f64]) {
        while !self.used.is_empty() {
            self.solve_used(b);
            let mut step = 1.0;
            let mut leaving = None;
            for (i, &k) in self.used.iter().enumerate() {
                if self.solution[i] <= 0.0 {
                    let until = h[k] / (h[k] - self.solution[i]);
                    if leaving.is_none() || until < step {
                        (step, leaving) = (until, Some(i));
                    }
                }
            }
            for (i, &k) in self.used.iter().enumerate() {
                h[k] += step * (self.solution[i] - h[k]);
            }
            let Some(first) = leaving else { return };
            h[self.used[first]] = 0.0;
            self.leave(gram, h);
        }
    }

    /// Drops the columns in use whose entry of `h` is 0.
    fn leave(&mut self, gram: ArrayView2<f64>, h: &mut [f64]) {
        let first = self.used.iter().position(|&k| h[k] <= 0.0).unwrap_or(self.used.len());
        let after = self.used.split_off(first);
        for k in after {
            if h[k] <= 0.0 || !self.enter(gram, k) {
                h[k] = 0.0;
            }
        }
    }

    /// Solves L Lᵀ s = b for the columns in use.
    fn solve_used(&mut self, b: &[f64]) {
        let count = self.used.len();
        for i in 0..count {
            let row = &self.factor[i * self.components..][..=i];
            let known: f64 = row[..i].iter().zip(&self.solution).map(|(a, b)| a * b).sum();
            self.solution[i] = (b[self.used[i]] - known) / row[i];
        }
        for i in (0..count).rev() {
            let row = &self.factor[i * self.components..][..=i];
            self.solution[i] /= row[i];
            let (before, this) = self.solution.split_at_mut(i);
            before.iter_mut().zip(row).for_each(|(s, l)| *s -= l * this[0]);
        }
    }
}

/// Slope along column `k`, relative to the length of the column.
fn slope(gram: ArrayView2<f64>, k: usize, along: f64) -> f64 {
    let square = gram[[k, k]];
    if square > 0.0 { along / square.sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, aview2};

    /// ½, 0 and the rest computed by hand: the second column points away from v.
    #[test]
    fn leaves_out_a_column_that_would_be_negative() {
        let gram = [[2.0, 1.0], [1.0, 1.0]];
        let mut h = [0.0, 1.0];
        ActiveSet::new(2).solve(aview2(&gram), &[1.0, 0.2], &mut h);
        assert!((h[0] - 0.5).abs() < 1e-15 && h[1] == 0.0, "{h:?}");
    }

    #[test]
    fn survives_a_repeated_and_an_empty_column() {
        let w = array![[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]];
        let b = w.t().dot(&array![3.0, 4.0]);
        let mut h = [0.0; 4];
        ActiveSet::new(4).solve(w.t().dot(&w).view(), b.as_slice().unwrap(), &mut h);
        assert!((h[0] + h[1] - 3.0).abs() < 1e-14 && h[2] == 0.0, "{h:?}");
        assert!((h[3] - 2.0).abs() < 1e-14, "{h:?}");
    }
}
