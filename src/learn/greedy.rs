//! Greedy column picking: the frame that all residuals together point to most.
//!
//! Projection as in SNPA; the score after the greedy variant of Kumar,
//! Sindhwani & Kambadur, "Fast conical hull algorithms for near-separable
//! non-negative matrix factorization", ICML 2013.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

use super::error::{LearnError, check_spectrogram};
use super::hull::Hull;
use super::scaled::Similarities;
use super::{Cancelled, Progress};

/// What a frame m_j is worth, given the residuals R_i of all frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Score {
    /// Σ_i max(R_iᵀ m_j, 0) / ‖m_j‖₂.
    #[default]
    Linear,
    /// Σ_i max(R_iᵀ m_j, 0)² / ‖m_j‖₂², as published for XRAY.
    Squared,
}

/// Frames scored at a time by one thread.
const BLOCK: usize = 64;

/// Indices of the frames (columns of `v`, bins × frames) picked, in the order
/// in which they were picked, each at most once. Fewer than `components` where
/// those explain all frames.
///
/// Each pick compares all frames with each other; up to 4096 frames their
/// similarities are kept (64 MiB), beyond they are computed anew each time.
pub fn greedy(
    v: ArrayView2<f32>,
    components: usize,
    score: Score,
    progress: Progress,
) -> Result<Vec<usize>, LearnError> {
    check_spectrogram(v, components)?;
    let mut search = Greedy::new(v, components, score);
    search.first_pass(components, progress)?;
    Ok(search.hull.into_picked())
}

/// [`greedy`], then as many times again: the oldest frame is dropped, all
/// frames are fitted on the remaining ones by non-negative least squares, and
/// the best frame is picked by the same score.
pub fn greedy_two_pass(
    v: ArrayView2<f32>,
    components: usize,
    score: Score,
    progress: Progress,
) -> Result<Vec<usize>, LearnError> {
    check_spectrogram(v, components)?;
    let mut search = Greedy::new(v, components, score);
    search.first_pass(components, &mut |share| progress(share / 2.0))?;
    search.second_pass(&mut |share| progress(0.5 + share / 2.0))?;
    Ok(search.hull.into_picked())
}

struct Greedy<'a> {
    hull: Hull<'a>,
    similarities: Similarities<'a>,
    score: Score,
}

impl<'a> Greedy<'a> {
    fn new(v: ArrayView2<'a, f32>, components: usize, score: Score) -> Self {
        let hull = Hull::new(v, components);
        let similarities = Similarities::new(hull.frames());
        Self { hull, similarities, score }
    }

    fn first_pass(&mut self, components: usize, progress: Progress) -> Result<(), Cancelled> {
        while self.hull.picked().len() < components && !self.hull.explains_all() {
            if !progress(self.hull.picked().len() as f32 / components as f32) {
                return Err(Cancelled);
            }
            let Some(best) = self.best() else { break };
            self.hull.add(best);
            self.hull.project();
        }
        Ok(())
    }

    fn second_pass(&mut self, progress: Progress) -> Result<(), Cancelled> {
        let components = self.hull.picked().len();
        for turn in 0..components {
            if !progress(turn as f32 / components as f32) {
                return Err(Cancelled);
            }
            let oldest = self.hull.picked()[0];
            self.hull.drop_oldest();
            self.hull.project_on_cone();
            let best = self.best().unwrap_or(oldest);
            self.hull.add(best);
        }
        Ok(())
    }

    /// The frame with the highest score that is not picked yet. `None` where no
    /// residual points to any.
    fn best(&self) -> Option<usize> {
        let scores = self.scores();
        let mut best = None;
        let mut best_score = 0.0;
        for (t, &score) in scores.iter().enumerate() {
            if score > best_score && !self.hull.picked().contains(&t) {
                (best, best_score) = (Some(t), score);
            }
        }
        best
    }

    /// R_iᵀ m_j = ⟨x_i, x_j⟩ - Σ_k h_ik ⟨w_k, x_j⟩, summed over i.
    fn scores(&self) -> Vec<f64> {
        let count = self.hull.picked().len();
        let used = s![.., ..count];
        let products = self.hull.products().slice(used).mapv(|x| x as f32);
        let h = self.hull.h().slice(used).mapv(|x| x as f32);
        let squares = self.hull.frames().squares();
        let starts: Vec<usize> = (0..squares.len()).step_by(BLOCK).collect();
        let blocks: Vec<Vec<f64>> = starts
            .into_par_iter()
            .map(|start| {
                let end = (start + BLOCK).min(squares.len());
                let mut along = self.similarities.rows(start..end);
                let products = products.slice(s![start..end, ..]);
                general_mat_mul(-1.0, &products, &h.t(), 1.0, &mut along);
                self.score_rows(&along, &squares[start..end])
            })
            .collect();
        blocks.concat()
    }

    /// Scores of frames whose products with all residuals are the rows of
    /// `along`.
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
