//! The frame farthest from the hull of the picked frames, without projecting all frames.
//!
//! A hull only grows, so a frame's distance from it only shrinks, and the distance from an
//! earlier hull is an upper bound. Only frames whose bound could still be the largest are
//! projected again (lazy evaluation, as in Minoux, "Accelerated greedy algorithms for
//! maximizing submodular set functions", 1978). The resulting frame is the same.

use std::mem;

use ndarray::ArrayView2;

use super::hull::EXPLAINED;
use super::hull_projection::HullProjection;
use super::scaled::ScaledFrames;
use super::{TIE, largest};
use crate::learn::groups::map_in_groups;
use crate::learn::least_squares::active_set;
use crate::learn::{Cancelled, GoOn};

/// Frames projected before the bounds are checked again: enough to keep threads busy.
const BATCH: usize = 64;

/// Frames that one thread projects at a time.
const BLOCK: usize = 8;

/// The hull of the picked frames and the origin, among frames scaled to sum 1.
pub(super) struct LazyHull {
    frames: ScaledFrames,
    /// The picked frames.
    corners: Vec<Vec<f64>>,
    /// ⟨w_j, w_k⟩ of the corners, row by row.
    gram: Vec<f64>,
    /// Squared distance of every frame from the hull, or from an earlier one.
    distances: Vec<f64>,
    fits: Vec<Fit>,
}

/// A frame's projection onto the first corners, as many as `h` has entries.
#[derive(Clone, Default)]
struct Fit {
    /// Products of the frame with those corners.
    products: Vec<f64>,
    h: Vec<f64>,
}

impl LazyHull {
    /// Creates a hull without picked frames, from `v` (bins × frames).
    pub fn new(v: ArrayView2<f32>) -> Self {
        let frames = ScaledFrames::new(v);
        Self {
            corners: Vec::new(),
            gram: Vec::new(),
            distances: frames.squares().to_vec(),
            fits: vec![Fit::default(); v.ncols()],
            frames,
        }
    }

    /// The frame farthest from the hull; `None` if all are practically inside it.
    pub fn farthest(&mut self, go_on: GoOn) -> Result<Option<usize>, Cancelled> {
        while self.project_most_distant(go_on)? {}
        let longest = |squares: &[f64]| squares.iter().copied().fold(0.0, f64::max).sqrt();
        let squares = self.frames.squares();
        let explained = longest(&self.distances) <= EXPLAINED * longest(squares);
        Ok((!explained).then(|| largest(&self.distances, squares)))
    }

    /// Makes frame `t` a corner.
    pub fn add(&mut self, t: usize) {
        let count = self.corners.len();
        self.corners.push(self.frames.frame(t));
        let mut products = mem::take(&mut self.fits[t].products);
        self.complete(t, &mut products);
        let mut gram = Vec::with_capacity((count + 1) * (count + 1));
        for (j, product) in products[..count].iter().enumerate() {
            gram.extend_from_slice(&self.gram[j * count..(j + 1) * count]);
            gram.push(*product);
        }
        gram.extend(products);
        self.gram = gram;
        self.distances[t] = 0.0;
    }

    /// Projects a batch of the frames with the largest distance from an earlier hull,
    /// unless a frame with an up-to-date distance is at least as far. Returns whether there
    /// were any.
    fn project_most_distant(&mut self, go_on: GoOn) -> Result<bool, Cancelled> {
        let count = self.corners.len();
        let known = |t: &usize| self.fits[*t].h.len() == count;
        let frames = 0..self.distances.len();
        let farthest = frames.clone().filter(known).map(|t| self.distances[t]).fold(0.0, f64::max);
        let least = farthest * (1.0 - TIE);
        let may_be_farthest = |t: &usize| self.distances[*t] > 0.0 && self.distances[*t] >= least;
        let mut batch: Vec<usize> = frames.filter(|t| may_be_farthest(t) && !known(t)).collect();
        if batch.len() > BATCH {
            let distances = &self.distances;
            batch.select_nth_unstable_by(BATCH - 1, |&a, &b| {
                distances[b].total_cmp(&distances[a]).then(a.cmp(&b))
            });
            batch.truncate(BATCH);
        }
        self.project(&batch, go_on)?;
        Ok(!batch.is_empty())
    }

    /// Projects frames onto the hull.
    fn project(&mut self, frames: &[usize], go_on: GoOn) -> Result<(), Cancelled> {
        let mut fits: Vec<(usize, Fit)> =
            frames.iter().map(|&t| (t, mem::take(&mut self.fits[t]))).collect();
        let project = |block: &mut [(usize, Fit)]| {
            let mut projection = HullProjection::new(self.corners.len());
            let fit = |(t, fit): &mut (usize, Fit)| self.fit(*t, fit, &mut projection);
            block.iter_mut().map(fit).collect::<Vec<f64>>()
        };
        let corners = self.corners.len() + 1;
        let bins = self.corners.first().map_or(0, Vec::len);
        let cost = BLOCK * (corners * bins + active_set::cost(corners));
        let blocks = fits.chunks_mut(BLOCK).collect();
        let distances = map_in_groups(blocks, cost, project, &mut |_| go_on())?;
        for ((t, fit), distance) in fits.into_iter().zip(distances.concat()) {
            self.fits[t] = fit;
            self.distances[t] = distance;
        }
        Ok(())
    }

    /// The products of frame `t` with the corners that are not in `products` yet.
    fn complete(&self, t: usize, products: &mut Vec<f64>) {
        let missing = &self.corners[products.len()..];
        products.extend(missing.iter().map(|corner| self.frames.product(t, corner)));
    }

    /// Updates a frame's projection and returns its squared distance.
    fn fit(&self, t: usize, fit: &mut Fit, projection: &mut HullProjection) -> f64 {
        self.complete(t, &mut fit.products);
        fit.h.resize(self.corners.len(), 0.0);
        projection.solve(&self.gram, &fit.products, self.frames.squares()[t], &mut fit.h)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::picking::hull::Hull;
    use ndarray::Array2;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Several batches of frames, with more bins than corners, so that all frames are
    /// outside.
    #[test]
    fn finds_the_frames_that_projecting_all_finds() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let v = Array2::from_shape_simple_fn((40, 500), || random.random::<f32>().powi(4));
        let mut lazy = LazyHull::new(v.view());
        let mut eager = Hull::new(v.view(), 25);
        for _ in 0..25 {
            let expected = largest(eager.residuals(), eager.frames().squares());
            let found = lazy.farthest(&mut || true);
            assert_eq!(found, Ok(Some(expected)), "after {:?}", eager.picked());
            lazy.add(expected);
            eager.add(expected);
            eager.project(&mut || true).unwrap();
        }
    }
}
