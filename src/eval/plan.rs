//! One evaluation, from matching by name to scores.

use ndarray::Array2;

use super::channels::ChannelEval;
use super::matching::{LeftOut, Matching, Reason, Side, Target};
use super::signal::Signal;
use super::work::{EvalProgress, EvaluationWork};
use super::{BssScores, EvalError, Scores, SourceScores, Stem, assign, si_sdr_db, snr_db};

/// The pairs to be scored.
pub(super) struct Plan<'a> {
    /// All reference audio, grouped into the sources that it counts as.
    references: Vec<Signal<'a>>,
    estimates: Vec<Signal<'a>>,
    /// Estimate and reference; `None` if they are assigned by score.
    pairs: Option<Vec<(usize, usize)>>,
}

impl<'a> Plan<'a> {
    pub fn new(
        matching: Matching,
        references: &'a [Stem],
        estimates: &'a [Stem],
        samples: usize,
    ) -> Self {
        let stem = |i: &usize| Signal::cut(&references[*i], samples);
        let estimate = |i: &usize| Signal::cut(&estimates[*i], samples);
        match matching {
            Matching::ByScore { estimates, references } => Self {
                references: references.iter().map(stem).collect(),
                estimates: estimates.iter().map(estimate).collect(),
                pairs: None,
            },
            Matching::ByName { pairs, others } => {
                let target = |target: &Target| match target {
                    Target::Stem(i) => stem(i),
                    Target::SumOf(all) => Signal::sum(
                        &all.iter().map(|&i| &references[i]).collect::<Vec<_>>(),
                        samples,
                    ),
                };
                let targets = pairs.iter().map(|(_, t)| target(t));
                Self {
                    references: targets.chain(others.iter().map(stem)).collect(),
                    estimates: pairs.iter().map(|(i, _)| estimate(i)).collect(),
                    pairs: Some((0..pairs.len()).map(|i| (i, i)).collect()),
                }
            }
        }
    }

    /// Drops silent signals, and pairs of which one is silent.
    pub fn leave_out_silent(&mut self, left_out: &mut Vec<LeftOut>) {
        let silent = |signals: &[Signal]| signals.iter().map(Signal::is_silent).collect::<Vec<_>>();
        let (reference_silent, estimate_silent) =
            (silent(&self.references), silent(&self.estimates));
        let mut note = |signal: &Signal, side, own: bool| {
            let reason = if own { Reason::Silent } else { Reason::CounterpartSilent };
            left_out.push(LeftOut { side, name: signal.name.clone(), reason });
        };
        if let Some(pairs) = &mut self.pairs {
            pairs.retain(|&(e, r)| {
                let sounds = !estimate_silent[e] && !reference_silent[r];
                if !sounds {
                    note(&self.references[r], Side::Reference, reference_silent[r]);
                    note(&self.estimates[e], Side::Estimate, estimate_silent[e]);
                }
                sounds
            });
        } else {
            let noted =
                self.references.iter().zip(&reference_silent).filter(|(_, silent)| **silent);
            noted.for_each(|(signal, _)| note(signal, Side::Reference, true));
            let noted = self.estimates.iter().zip(&estimate_silent).filter(|(_, silent)| **silent);
            noted.for_each(|(signal, _)| note(signal, Side::Estimate, true));
            self.references.retain(|signal| !signal.is_silent());
            self.estimates.retain(|signal| !signal.is_silent());
        }
    }

    /// Scores all pairs, after assigning them by SDR if necessary.
    ///
    /// # Errors
    /// Same as [`evaluate`](super::evaluate()).
    pub fn score(
        &self,
        left_out: &mut Vec<LeftOut>,
        progress: EvalProgress,
    ) -> Result<Vec<SourceScores>, EvalError> {
        if self.references.is_empty() || self.estimates.is_empty() {
            self.note_unpaired(&[], left_out);
            return Ok(Vec::new());
        }
        let work = EvaluationWork::of_plan(&self.references, &self.estimates, progress);
        let bss = ChannelEval::new(&self.references, &work)?;
        if let Some(pairs) = &self.pairs {
            let mut targets = vec![Vec::new(); self.estimates.len()];
            pairs.iter().for_each(|&(e, r)| targets[e].push(r));
            let scores = bss.score(&self.estimates, &targets, &work)?;
            return Ok(pairs.iter().map(|&(e, r)| self.scores(e, r, scores[e][0])).collect());
        }
        let targets = vec![(0..self.references.len()).collect(); self.estimates.len()];
        let scores = bss.score(&self.estimates, &targets, &work)?;
        let sdr = Array2::from_shape_fn((self.estimates.len(), self.references.len()), |(e, r)| {
            scores[e][r].sdr_db
        });
        let mut pairs = assign(sdr.view());
        pairs.sort_unstable_by_key(|&(_, r)| r);
        self.note_unpaired(&pairs, left_out);
        Ok(pairs.iter().map(|&(e, r)| self.scores(e, r, scores[e][r])).collect())
    }

    fn scores(&self, estimate: usize, reference: usize, bss: BssScores) -> SourceScores {
        let (estimate, reference) = (&self.estimates[estimate], &self.references[reference]);
        let BssScores { sdr_db, sir_db, sar_db } = bss;
        let si_sdr_db = si_sdr_db(&reference.channels, &estimate.channels);
        let snr_db = snr_db(&reference.channels, &estimate.channels);
        SourceScores {
            estimate: estimate.name.clone(),
            reference: reference.name.clone(),
            scores: Scores { sdr_db, sir_db, sar_db, si_sdr_db, snr_db },
        }
    }

    fn note_unpaired(&self, pairs: &[(usize, usize)], left_out: &mut Vec<LeftOut>) {
        let mut note = |signal: &Signal, side| {
            left_out.push(LeftOut {
                side,
                name: signal.name.clone(),
                reason: Reason::NoCounterpart,
            });
        };
        for (r, signal) in self.references.iter().enumerate() {
            if pairs.iter().all(|pair| pair.1 != r) {
                note(signal, Side::Reference);
            }
        }
        for (e, signal) in self.estimates.iter().enumerate() {
            if pairs.iter().all(|pair| pair.0 != e) {
                note(signal, Side::Estimate);
            }
        }
    }
}

/// The stems that are used, with their sides, references first.
pub(super) fn used_stems<'a>(
    matching: &Matching,
    references: &'a [Stem],
    estimates: &'a [Stem],
) -> Vec<(Side, &'a Stem)> {
    let (true_ones, scored): (Vec<usize>, Vec<usize>) = match matching {
        Matching::ByScore { estimates, references } => (references.clone(), estimates.clone()),
        Matching::ByName { pairs, others } => {
            let targets = pairs.iter().flat_map(|(_, target)| match target {
                Target::Stem(i) => vec![*i],
                Target::SumOf(all) => all.clone(),
            });
            (targets.chain(others.iter().copied()).collect(), pairs.iter().map(|p| p.0).collect())
        }
    };
    let true_ones = true_ones.into_iter().map(|i| (Side::Reference, &references[i]));
    true_ones.chain(scored.into_iter().map(|i| (Side::Estimate, &estimates[i]))).collect()
}
