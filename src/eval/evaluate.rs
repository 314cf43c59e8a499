//! Scoring a set of estimates against a set of references.

use serde::Serialize;

use super::matching::{LeftOut, Matching, Side, match_stems};
use super::plan::{Plan, used_stems};
use super::signal::common_lengths;
use super::work::EvalProgress;
use super::{EvalError, Stem};
use crate::dictionary::same_name;

/// All five metrics, in dB.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scores {
    #[serde(rename = "sdr")]
    pub sdr_db: f64,
    #[serde(rename = "sir")]
    pub sir_db: f64,
    #[serde(rename = "sar")]
    pub sar_db: f64,
    #[serde(rename = "si_sdr")]
    pub si_sdr_db: f64,
    #[serde(rename = "snr")]
    pub snr_db: f64,
}

/// One estimate and the reference it was scored against.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceScores {
    pub estimate: String,
    /// The reference's name, or the names of all references in the sum, joined by ` + `.
    pub reference: String,
    #[serde(flatten)]
    pub scores: Scores,
}

/// How estimates were paired with references.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchedBy {
    Name,
    /// One to one, with the highest possible mean SDR.
    Score,
}

/// The result of [`evaluate`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// In the order of the references, with the rest last.
    pub sources: Vec<SourceScores>,
    /// Mean over the sources above, for each metric.
    pub mean: Scores,
    pub matched_by: MatchedBy,
    pub left_out: Vec<LeftOut>,
    /// Length of the scored audio.
    pub samples: usize,
    /// Additional length of the longest stem.
    pub cut_samples: usize,
}

/// Scores `estimates` against `references` (see the [module](super) for the
/// metrics, [`match_stems`] for what is scored against what).
///
/// If names do not match, the assignment maximises the mean SDR. (BSS-eval itself maximises
/// the mean SIR, which a nearly empty component can win.) References that nothing is scored
/// against still count as interference. Stems that differ in length by at most 1 % are cut
/// to the shortest. A silent stem is left out together with its counterpart.
///
/// The result is the same on any number of threads.
///
/// ```
/// use unbraid::eval::{Stem, evaluate};
///
/// let tone = |hz: f32| -> Vec<f32> {
///     (0..4000).map(|n| (std::f32::consts::TAU * hz * n as f32 / 8000.0).sin()).collect()
/// };
/// // A tenth of the drum is left in the estimated flute.
/// let (flute, drum) = (tone(440.0), tone(100.0));
/// let estimate = flute.iter().zip(&drum).map(|(a, b)| a + 0.1 * b).collect();
/// let references = [Stem::new("flute", vec![flute]), Stem::new("drum", vec![drum.clone()])];
/// let estimates = [Stem::new("flute", vec![estimate]), Stem::new("drum", vec![drum])];
/// let evaluation = evaluate(&references, &estimates)?;
/// let flute = &evaluation.sources[0];
/// assert!((flute.scores.sir_db - 20.0).abs() < 0.5, "{flute:?}");
/// # Ok::<(), unbraid::eval::EvalError>(())
/// ```
///
/// # Errors
/// If nothing can be scored; if two stems of one side have the same name; if stems differ
/// in channels or by more than 1 % in length, are empty or not finite; and the errors of
/// [`BssEval::new`](super::BssEval::new).
pub fn evaluate(references: &[Stem], estimates: &[Stem]) -> Result<Evaluation, EvalError> {
    evaluate_with_progress(references, estimates, &|_| true)
}

/// [`evaluate`], which reports its progress and can be stopped. Factoring the matrix of the
/// references (see [`BssEval`](super::BssEval)) is one step.
///
/// # Errors
/// Same as [`evaluate`], and [`EvalError::Cancelled`].
pub fn evaluate_with_progress(
    references: &[Stem],
    estimates: &[Stem],
    progress: EvalProgress,
) -> Result<Evaluation, EvalError> {
    if references.is_empty() {
        return Err(EvalError::NoReferences);
    }
    let reference_names = unique_names(references, Side::Reference)?;
    let estimate_names = unique_names(estimates, Side::Estimate)?;
    let (matching, mut left_out) = match_stems(&reference_names, &estimate_names);
    let used = used_stems(&matching, references, estimates);
    let (samples, longest) = common_lengths(&used)?;

    let matched_by = match matching {
        Matching::ByName { .. } => MatchedBy::Name,
        Matching::ByScore { .. } => MatchedBy::Score,
    };
    let mut plan = Plan::new(matching, references, estimates, samples);
    plan.leave_out_silent(&mut left_out);
    let sources = plan.score(&mut left_out, progress)?;
    if sources.is_empty() {
        let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
        return Err(EvalError::NothingToScore { left_out: left_out.join(", ") });
    }
    let mean = mean(&sources);
    Ok(Evaluation { sources, mean, matched_by, left_out, samples, cut_samples: longest - samples })
}

fn unique_names(stems: &[Stem], side: Side) -> Result<Vec<&str>, EvalError> {
    let mut names: Vec<&str> = Vec::new();
    for Stem { name, .. } in stems {
        if let Some(other) = names.iter().find(|other| same_name(other, name)) {
            let (name, other) = (name.clone(), other.to_string());
            return Err(EvalError::SameName { side, name, other });
        }
        names.push(name);
    }
    Ok(names)
}

fn mean(sources: &[SourceScores]) -> Scores {
    let of = |metric: fn(&Scores) -> f64| {
        sources.iter().map(|source| metric(&source.scores)).sum::<f64>() / sources.len() as f64
    };
    Scores {
        sdr_db: of(|s| s.sdr_db),
        sir_db: of(|s| s.sir_db),
        sar_db: of(|s| s.sar_db),
        si_sdr_db: of(|s| s.si_sdr_db),
        snr_db: of(|s| s.snr_db),
    }
}
