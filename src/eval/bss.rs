//! BSS-eval version 3 for one-channel signals.

use rayon::prelude::*;
use serde::Serialize;

use super::EvalError;
use super::blocks::{ADVANCE, Blocks, HISTORY, Spectrum};
use super::gram::Gram;
use super::ratio::decibels;
use super::stem::{check_finite, is_silent};
use super::work::{EvaluationWork, factoring};

/// Length of the distortion filters, as in BSS-eval.
pub const TAPS: usize = 512;

/// More references than this would need gigabytes and minutes.
pub const MAX_REFERENCES: usize = 32;

/// A reference counts as dependent if filters can produce it from the others to within this
/// fraction of its energy (-60 dB).
const DEPENDENT: f64 = 1e-6;

/// BSS-eval's three ratios, in dB.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BssScores {
    /// Source to distortion: target against everything else.
    #[serde(rename = "sdr")]
    pub sdr_db: f64,
    /// Source to interference: target against the contribution of the other references.
    #[serde(rename = "sir")]
    pub sir_db: f64,
    /// Sources to artifacts: what the references explain against the remainder.
    #[serde(rename = "sar")]
    pub sar_db: f64,
}

/// References prepared for scoring estimates (Vincent, Gribonval & Févotte 2006, section
/// III.B): equal to `mir_eval.separation.bss_eval_sources`.
///
/// An estimate is projected onto the span of the target delayed by 0 to 511 samples, and
/// onto that of all references with the same delays. The matrix of the copies' inner
/// products, with 512 rows per reference, is factored once. It takes `2 MiB · references²`:
/// 100 MiB for seven.
///
/// If the references leave bands so empty that the matrix is singular in f64, mir_eval's
/// SIR and SAR are rounding noise. Here the references then count as if white noise 110 dB
/// below each were added, which comes within 0.1 dB of a projection by singular values.
/// Ratios above 150 dB are rounding noise in both.
pub struct BssEval<'a> {
    references: Vec<&'a [f32]>,
    /// Gains that scale each reference to unit energy.
    gains: Vec<f64>,
    all: Gram,
    each: Vec<Gram>,
    blocks: Blocks,
}

impl<'a> BssEval<'a> {
    /// Takes references as pairs of name (for messages) and samples.
    ///
    /// # Errors
    /// If there are none or too many; if their lengths differ or are too short for the
    /// filters; if one is silent, not finite, or a filtered sum of others, which would make
    /// the parts of an estimate ambiguous.
    pub fn new(references: &[(&str, &'a [f32])]) -> Result<Self, EvalError> {
        Self::prepare(references, &EvaluationWork::new(0.0, &|_| true))
    }

    /// [`new`](Self::new), which can be stopped.
    pub(super) fn prepare(
        references: &[(&str, &'a [f32])],
        work: &EvaluationWork,
    ) -> Result<Self, EvalError> {
        check_references(references)?;
        let names: Vec<&str> = references.iter().map(|(name, _)| *name).collect();
        let references: Vec<&[f32]> = references.iter().map(|(_, samples)| *samples).collect();
        let blocks = Blocks::new();
        let mut products = blocks.products(&references, &references, work)?;
        let gains: Vec<f64> = (0..names.len()).map(|i| products[i][i][0].sqrt().recip()).collect();
        for (row, gain_i) in products.iter_mut().zip(&gains) {
            for (lags, gain_j) in row.iter_mut().zip(&gains) {
                lags.iter_mut().for_each(|x| *x *= gain_i * gain_j);
            }
        }
        let gram = |signals: &[usize]| Gram::new(&products, signals).ok_or(EvalError::Singular);
        let each = (0..names.len()).map(|i| gram(&[i])).collect::<Result<_, _>>()?;
        let all = gram(&(0..names.len()).collect::<Vec<_>>())?;
        check_independent(&all, &names)?;
        work.advance(factoring(names.len()))?;
        Ok(Self { references, gains, all, each, blocks })
    }

    /// Number of references.
    pub fn references(&self) -> usize {
        self.references.len()
    }

    /// Scores `estimate` against reference number `target`.
    ///
    /// # Errors
    /// If the estimate is silent, not finite or not as long as the references, or if there
    /// is no such reference.
    pub fn score(&self, estimate: &[f32], target: usize) -> Result<BssScores, EvalError> {
        if target >= self.references() {
            let references = self.references();
            return Err(EvalError::NoSuchReference { actual: target, references });
        }
        Ok(self.score_targets(estimate, &[target], &EvaluationWork::new(0.0, &|_| true))?[0])
    }

    /// Scores every estimate against every reference: `[estimate][reference]`.
    ///
    /// # Errors
    /// Same as [`score`](Self::score).
    pub fn score_all(&self, estimates: &[&[f32]]) -> Result<Vec<Vec<BssScores>>, EvalError> {
        let targets: Vec<usize> = (0..self.references()).collect();
        let work = EvaluationWork::new(0.0, &|_| true);
        estimates.par_iter().map(|estimate| self.score_targets(estimate, &targets, &work)).collect()
    }

    /// Scores `estimate` against each of `targets`, which must exist.
    pub(super) fn score_targets(
        &self,
        estimate: &[f32],
        targets: &[usize],
        work: &EvaluationWork,
    ) -> Result<Vec<BssScores>, EvalError> {
        self.check_estimate(estimate)?;
        let (all, each) = self.filters(estimate, targets, work)?;
        let mut energies = vec![Energies::default(); targets.len()];
        for start in Blocks::starts(estimate.len() + HISTORY) {
            let spectra: Vec<Spectrum> =
                self.references.iter().map(|x| self.blocks.spectrum(x, start, 0)).collect();
            let explained = self.blocks.filtered(spectra.iter().zip(&all));
            let samples = estimate[start.min(estimate.len())..].iter().map(|x| f64::from(*x));
            let samples = samples.chain(std::iter::repeat(0.0));
            for ((&target, filter), energies) in targets.iter().zip(&each).zip(&mut energies) {
                let own = self.blocks.filtered(std::iter::once((&spectra[target], filter)));
                for ((x, explained), own) in samples.clone().zip(&explained).zip(&own) {
                    energies.add(x, *explained, *own);
                }
            }
            work.advance(ADVANCE as f64)?;
        }
        Ok(energies.iter().map(Energies::scores).collect())
    }

    /// Distortion filters for the best approximation of `estimate` from all references
    /// together, and from each target alone.
    fn filters(
        &self,
        estimate: &[f32],
        targets: &[usize],
        work: &EvaluationWork,
    ) -> Result<(Vec<Spectrum>, Vec<Spectrum>), EvalError> {
        let products = self.blocks.products(&[estimate], &self.references, work)?;
        let scaled = products[0].iter().zip(&self.gains);
        let d: Vec<f64> = scaled.flat_map(|(lags, g)| lags.iter().map(move |x| x * g)).collect();
        let filter = |taps: &[f64], reference: usize| {
            let taps: Vec<f64> = taps.iter().map(|c| c * self.gains[reference]).collect();
            self.blocks.filter(&taps)
        };
        let each = targets.iter().map(|&target| {
            let mut c = d[target * TAPS..(target + 1) * TAPS].to_vec();
            self.each[target].solve(&mut c);
            filter(&c, target)
        });
        let each = each.collect();
        let mut c = d;
        self.all.solve(&mut c);
        Ok((c.chunks(TAPS).enumerate().map(|(i, taps)| filter(taps, i)).collect(), each))
    }

    fn check_estimate(&self, estimate: &[f32]) -> Result<(), EvalError> {
        let name = || "the estimate".to_string();
        let (actual, expected) = (estimate.len(), self.references[0].len());
        if actual != expected {
            let other = "the references".to_string();
            return Err(EvalError::Length { name: name(), actual, other, expected });
        }
        check_finite(&name(), estimate)?;
        if is_silent(estimate) {
            return Err(EvalError::Silent { name: name() });
        }
        Ok(())
    }
}

/// Energies of the parts of one estimate.
#[derive(Clone, Copy, Default)]
struct Energies {
    target: f64,
    distortion: f64,
    interference: f64,
    explained: f64,
    artifacts: f64,
}

impl Energies {
    fn add(&mut self, estimate: f64, explained: f64, target: f64) {
        self.target += target * target;
        self.distortion += (estimate - target).powi(2);
        self.interference += (explained - target).powi(2);
        self.explained += explained * explained;
        self.artifacts += (estimate - explained).powi(2);
    }

    fn scores(&self) -> BssScores {
        BssScores {
            sdr_db: decibels(self.target, self.distortion),
            sir_db: decibels(self.target, self.interference),
            sar_db: decibels(self.explained, self.artifacts),
        }
    }
}

fn check_references(references: &[(&str, &[f32])]) -> Result<(), EvalError> {
    let Some((first, samples)) = references.first() else {
        return Err(EvalError::NoReferences);
    };
    if references.len() > MAX_REFERENCES {
        let actual = references.len();
        return Err(EvalError::TooManyReferences { max: MAX_REFERENCES, actual });
    }
    let expected = samples.len();
    for (name, samples) in references {
        let name = name.to_string();
        let actual = samples.len();
        if actual == 0 {
            return Err(EvalError::Empty { name });
        }
        if actual != expected {
            let (name, other) = (format!("reference `{name}`"), format!("`{first}`"));
            return Err(EvalError::Length { name, actual, other, expected });
        }
        check_finite(&name, samples)?;
        if is_silent(samples) {
            return Err(EvalError::Silent { name });
        }
    }
    // With no more samples than taps, filters can turn any signal into any other.
    let needed = references.len() * TAPS + 1;
    if expected + HISTORY < needed {
        let references = references.len();
        let expected_samples = needed - HISTORY;
        return Err(EvalError::TooShort {
            references,
            expected: expected_samples,
            actual: expected,
        });
    }
    Ok(())
}

fn check_independent(all: &Gram, names: &[&str]) -> Result<(), EvalError> {
    let Some(i) = all.own_fractions().position(|fraction| fraction < DEPENDENT) else {
        return Ok(());
    };
    let fractions = all.explained_fractions(i).zip(names);
    let others =
        fractions.filter(|(fraction, _)| *fraction > 1e-3).map(|(_, name)| format!("`{name}`"));
    let others = others.collect::<Vec<_>>().join(" and ");
    Err(EvalError::Dependent { name: names[i].to_string(), others })
}
