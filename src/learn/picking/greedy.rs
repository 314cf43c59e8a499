//! Greedy column picking: the frame that best matches all residuals together.
//!
//! Projection as in SNPA; the score follows the greedy variant of Kumar, Sindhwani &
//! Kambadur, "Fast conical hull algorithms for near-separable non-negative matrix
//! factorization", ICML 2013.

use ndarray::{Array2, ArrayView2, s};

use super::hull::Hull;
use super::pick_each;
use super::scaled::Similarities;
use crate::learn::arithmetic::product::{add_product, matrix_mut, matrix_of};
use crate::learn::error::{FactorizeError, check_spectrogram};
use crate::learn::groups::map_in_groups;
use crate::learn::{Cancelled, GoOn, Progress};

/// The score of a frame m_j, given the residuals R_i of all frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Score {
    /// Σ_i max(R_iᵀ m_j, 0) / ‖m_j‖₂.
    #[default]
    Linear,
    /// Σ_i max(R_iᵀ m_j, 0)² / ‖m_j‖₂², as published for XRAY.
    Squared,
}

/// Frames that one thread scores at a time.
const BLOCK: usize = 64;

/// Indices of the picked frames (columns of `v`, bins × frames), in picking order, each at
/// most once. Fewer than `components` if those explain all frames.
///
/// Each pick compares all frames with each other. Up to 4096 frames, the similarities are
/// kept (64 MiB); beyond that they are recomputed each time.
///
/// ```
/// use unbraid::learn::{Score, greedy};
/// use unbraid::ndarray::array;
///
/// // Frame 1 is the sum of the others. It is most like all of them, and therefore picked first.
/// let v = array![[1.0, 1.0, 0.0], [0.0, 2.0, 2.0]];
/// let picked = greedy(v.view(), 2, Score::Linear, &mut |_| true)?;
/// assert_eq!(picked[0], 1);
/// # Ok::<(), unbraid::learn::FactorizeError>(())
/// ```
///
/// # Errors
/// As [`factorize`](crate::learn::factorize).
pub fn greedy(
    v: ArrayView2<f32>,
    components: usize,
    score: Score,
    progress: Progress,
) -> Result<Vec<usize>, FactorizeError> {
    check_spectrogram(v, components)?;
    let mut search = Greedy::new(v, components, score, &mut || progress(0.0))?;
    search.first_pass(components, progress)?;
    Ok(search.hull.into_picked())
}

/// [`greedy`], followed by the same number of replacements: the oldest frame is dropped,
/// all frames are fitted to the remaining ones by non-negative least squares, and the best
/// frame is picked by the same score.
pub fn greedy_two_pass(
    v: ArrayView2<f32>,
    components: usize,
    score: Score,
    progress: Progress,
) -> Result<Vec<usize>, FactorizeError> {
    check_spectrogram(v, components)?;
    let mut search = Greedy::new(v, components, score, &mut || progress(0.0))?;
    search.first_pass(components, &mut |fraction| progress(fraction / 2.0))?;
    search.second_pass(&mut |fraction| progress(0.5 + fraction / 2.0))?;
    Ok(search.hull.into_picked())
}

struct Greedy {
    hull: Hull,
    similarities: Similarities,
    score: Score,
}

impl Greedy {
    fn new(
        v: ArrayView2<f32>,
        components: usize,
        score: Score,
        go_on: GoOn,
    ) -> Result<Self, Cancelled> {
        let hull = Hull::new(v, components);
        let similarities = Similarities::new(hull.frames(), go_on)?;
        Ok(Self { hull, similarities, score })
    }

    fn first_pass(&mut self, components: usize, progress: Progress) -> Result<(), Cancelled> {
        pick_each(components, progress, |go_on| {
            let best = self.best(go_on)?.filter(|_| !self.hull.explains_all());
            if let Some(best) = best {
                self.hull.add(best);
                self.hull.project(go_on)?;
            }
            Ok(best)
        })?;
        Ok(())
    }

    fn second_pass(&mut self, progress: Progress) -> Result<(), Cancelled> {
        let components = self.hull.picked().len();
        pick_each(components, progress, |go_on| {
            let oldest = self.hull.picked()[0];
            self.hull.drop_oldest();
            self.hull.project_on_cone(go_on)?;
            let best = self.best(go_on)?.unwrap_or(oldest);
            self.hull.add(best);
            Ok(Some(best))
        })?;
        Ok(())
    }

    /// The frame with the highest score that is not picked yet; `None` if no residual has a
    /// positive product with any.
    fn best(&self, go_on: GoOn) -> Result<Option<usize>, Cancelled> {
        let scores = self.scores(go_on)?;
        let mut best = None;
        let mut best_score = 0.0;
        for (t, &score) in scores.iter().enumerate() {
            if score > best_score && !self.hull.picked().contains(&t) {
                (best, best_score) = (Some(t), score);
            }
        }
        Ok(best)
    }

    /// R_iᵀ m_j = ⟨x_i, x_j⟩ - Σ_k h_ik ⟨w_k, x_j⟩, summed over i.
    fn scores(&self, go_on: GoOn) -> Result<Vec<f64>, Cancelled> {
        let count = self.hull.picked().len();
        let used = s![.., ..count];
        let products = self.hull.products().slice(used).mapv(|x| x as f32);
        let h = self.hull.h().slice(used).mapv(|x| x as f32);
        let frames = self.hull.frames();
        let (squares, all) = (frames.squares(), h.nrows());
        let starts: Vec<usize> = (0..all).step_by(BLOCK).collect();
        let score_block = |start: usize| {
            let range = start..(start + BLOCK).min(all);
            let mut along = self.similarities.rows(frames, range.clone());
            let out = along.as_slice_mut().expect("own layout");
            let products = matrix_of(&products).subrows(start, range.len());
            add_product(
                matrix_mut(out, range.len(), all),
                -1.0,
                products,
                matrix_of(&h).transpose(),
            );
            self.score_rows(&along, &squares[range])
        };
        let cost = BLOCK * all * (count + self.similarities.cost(frames));
        Ok(map_in_groups(starts, cost, score_block, &mut |_| go_on())?.concat())
    }

    /// Scores of frames whose products with all residuals are the rows of `along`.
    fn score_rows(&self, along: &Array2<f32>, squares: &[f64]) -> Vec<f64> {
        let score = |row: &[f32], square: f64| {
            let towards = row.iter().map(|&x| f64::from(x.max(0.0)));
            match self.score {
                _ if square == 0.0 => 0.0,
                Score::Linear => towards.sum::<f64>() / square.sqrt(),
                Score::Squared => towards.map(|x| x * x).sum::<f64>() / square,
            }
        };
        let rows = along.rows().into_iter().map(|row| row.to_slice().expect("row-major"));
        rows.zip(squares).map(|(row, square)| score(row, *square)).collect()
    }
}
