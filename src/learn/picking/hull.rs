//! Frames picked from a spectrogram, and how well they explain the others.

use ndarray::{Array2, ArrayView2};

use super::hull_projection::{HullProjection, distance};
use super::scaled::ScaledFrames;
use crate::learn::groups::map_in_groups;
use crate::learn::least_squares::active_set::{self, ActiveSet};
use crate::learn::{Cancelled, GoOn};

/// Frames that one thread fits at a time.
const BLOCK: usize = 16;

/// All frames count as explained when no residual is longer than this fraction of the
/// longest frame.
pub(super) const EXPLAINED: f64 = 1e-6;

/// Coordinates and products of a few frames, their residuals, and their ‖x‖².
type Block<'a> = (((&'a mut [f64], &'a [f64]), &'a mut [f64]), &'a [f64]);

/// Picked frames w_k = x_j(k) among the frames x_t, scaled to sum 1, and the coordinates h
/// of every frame with respect to them (frames × components numbers).
pub(super) struct Hull {
    frames: ScaledFrames,
    picked: Vec<usize>,
    /// ⟨x_t, w_k⟩, frames × the maximum number of components.
    products: Array2<f64>,
    /// Coordinates, in the same layout.
    h: Array2<f64>,
    /// ‖x_t - W h_t‖².
    residuals: Vec<f64>,
}

impl Hull {
    /// Creates a hull without picked frames, with room for `components`.
    pub fn new(v: ArrayView2<f32>, components: usize) -> Self {
        let frames = ScaledFrames::new(v);
        let residuals = frames.squares().to_vec();
        let room = (v.ncols(), components);
        Self {
            frames,
            picked: Vec::with_capacity(components),
            products: Array2::zeros(room),
            h: Array2::zeros(room),
            residuals,
        }
    }

    pub fn frames(&self) -> &ScaledFrames {
        &self.frames
    }

    pub fn picked(&self) -> &[usize] {
        &self.picked
    }

    pub fn into_picked(self) -> Vec<usize> {
        self.picked
    }

    /// ‖x_t - W h_t‖² of every frame, from the last fit.
    pub fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    /// ⟨x_t, w_k⟩, frames × room; the columns in use come first.
    pub fn products(&self) -> &Array2<f64> {
        &self.products
    }

    /// Coordinates from the last fit, frames × room.
    pub fn h(&self) -> &Array2<f64> {
        &self.h
    }

    pub fn explains_all(&self) -> bool {
        let longest = |squares: &[f64]| squares.iter().copied().fold(0.0, f64::max).sqrt();
        longest(&self.residuals) <= EXPLAINED * longest(self.frames.squares())
    }

    /// Picks frame `t`, without updating the fit.
    pub fn add(&mut self, t: usize) {
        let last = self.picked.len();
        self.products.column_mut(last).assign(&self.frames.products_with(t));
        self.h.column_mut(last).fill(0.0);
        self.h.row_mut(t).fill(0.0);
        self.h[[t, last]] = 1.0;
        self.picked.push(t);
    }

    /// Drops the frame that was picked first, without updating the fit.
    pub fn drop_oldest(&mut self) {
        self.picked.remove(0);
        let count = self.picked.len();
        for mut row in self.products.rows_mut().into_iter().chain(self.h.rows_mut()) {
            let row = row.as_slice_mut().expect("row-major");
            row.copy_within(1..=count, 0);
            row[count] = 0.0;
        }
    }

    /// Projects every frame onto the hull of the picked ones and the origin (h ≥ 0, Σh ≤
    /// 1).
    pub fn project(&mut self, go_on: GoOn) -> Result<(), Cancelled> {
        let gram = self.gram();
        let gram = gram.as_slice().expect("row-major");
        let count = self.picked.len();
        self.fit(
            || {
                let mut projection = HullProjection::new(count);
                move |b: &[f64], h: &mut [f64], square| projection.solve(gram, b, square, h)
            },
            go_on,
        )
    }

    /// Projects every frame onto the cone of the picked ones (h ≥ 0).
    pub fn project_on_cone(&mut self, go_on: GoOn) -> Result<(), Cancelled> {
        let gram = self.gram();
        self.fit(
            || {
                let mut active = ActiveSet::new(gram.nrows());
                let gram = &gram;
                move |b: &[f64], h: &mut [f64], square| {
                    active.solve(gram.view(), b, h);
                    distance(gram.as_slice().expect("row-major"), b, h, square)
                }
            },
            go_on,
        )
    }

    /// ⟨w_j, w_k⟩.
    fn gram(&self) -> Array2<f64> {
        let count = self.picked.len();
        Array2::from_shape_fn((count, count), |(j, k)| self.products[[self.picked[j], k]])
    }

    /// Updates the coordinates and the residual of every frame. `solver` creates one solver
    /// per block, which computes the new h and ‖x - W h‖² from b = Wᵀx, h and ‖x‖².
    fn fit<S: FnMut(&[f64], &mut [f64], f64) -> f64>(
        &mut self,
        solver: impl Fn() -> S + Send + Sync,
        go_on: GoOn,
    ) -> Result<(), Cancelled> {
        let (count, room) = (self.picked.len(), self.h.ncols());
        let h = self.h.as_slice_mut().expect("row-major").chunks_mut(BLOCK * room);
        let products = self.products.as_slice().expect("row-major").chunks(BLOCK * room);
        let residuals = self.residuals.chunks_mut(BLOCK);
        let squares = self.frames.squares().chunks(BLOCK);
        let blocks = h.zip(products).zip(residuals).zip(squares).collect();
        let fit_block = |(((h, products), residuals), squares): Block| {
            let mut solve = solver();
            let rows = h.chunks_exact_mut(room).zip(products.chunks_exact(room));
            for (((h, b), residual), square) in rows.zip(residuals).zip(squares) {
                let (h, b) = (&mut h[..count], &b[..count]);
                *residual = solve(b, h, *square);
            }
        };
        map_in_groups(blocks, BLOCK * active_set::cost(count + 1), fit_block, &mut |_| go_on())?;
        Ok(())
    }
}
