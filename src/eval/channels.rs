//! BSS-eval of signals with several channels, one channel at a time.

use rayon::prelude::*;

use super::ratio::MAX_DB;
use super::signal::Signal;
use super::stem::is_silent;
use super::work::EvaluationWork;
use super::{BssEval, BssScores, EvalError};

/// References prepared for every channel in which at least one sounds.
pub(super) struct ChannelEval<'a> {
    channels: Vec<Channel<'a>>,
}

struct Channel<'a> {
    number: usize,
    bss: BssEval<'a>,
    /// Each reference's index in `bss`; `None` if it is silent.
    places: Vec<Option<usize>>,
}

impl<'a> ChannelEval<'a> {
    pub fn new(references: &'a [Signal<'a>], work: &EvaluationWork) -> Result<Self, EvalError> {
        let count = references.first().map_or(0, |signal| signal.channels.len());
        let channels =
            (0..count).into_par_iter().map(|number| Channel::new(references, number, work));
        let channels: Result<Vec<Option<Channel>>, EvalError> = channels.collect();
        Ok(Self { channels: channels?.into_iter().flatten().collect() })
    }

    /// Mean scores of each estimate against each of its `targets` (`[estimate][target]`,
    /// reference numbers), over the channels in which both sound. If there is no such
    /// channel, the estimate contains nothing of the target.
    pub fn score(
        &self,
        estimates: &[Signal],
        targets: &[Vec<usize>],
        work: &EvaluationWork,
    ) -> Result<Vec<Vec<BssScores>>, EvalError> {
        let row = |(estimate, targets): (&Signal, &Vec<usize>)| {
            let mut sums =
                vec![(0.0, BssScores { sdr_db: 0.0, sir_db: 0.0, sar_db: 0.0 }); targets.len()];
            for channel in &self.channels {
                let samples = &estimate.channels[channel.number];
                if !is_silent(samples) {
                    channel.add_scores(samples, targets, &mut sums, work)?;
                }
            }
            Ok(sums.into_iter().map(|(count, sum)| mean(count, sum)).collect())
        };
        estimates.par_iter().zip(targets).map(row).collect()
    }
}

impl<'a> Channel<'a> {
    fn new(
        references: &'a [Signal<'a>],
        number: usize,
        work: &EvaluationWork,
    ) -> Result<Option<Self>, EvalError> {
        let mut sounding: Vec<(&str, &[f32])> = Vec::new();
        let places = references.iter().map(|signal| {
            let samples = &signal.channels[number][..];
            (!is_silent(samples)).then(|| {
                sounding.push((&signal.name, samples));
                sounding.len() - 1
            })
        });
        let places = places.collect();
        if sounding.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { number, bss: BssEval::prepare(&sounding, work)?, places }))
    }

    fn add_scores(
        &self,
        estimate: &[f32],
        targets: &[usize],
        sums: &mut [(f64, BssScores)],
        work: &EvaluationWork,
    ) -> Result<(), EvalError> {
        let wanted = targets.iter().zip(sums);
        let wanted = wanted.filter_map(|(target, sum)| self.places[*target].map(|p| (p, sum)));
        let (places, sums): (Vec<usize>, Vec<_>) = wanted.unzip();
        if places.is_empty() {
            return Ok(());
        }
        let scores = self.bss.score_targets(estimate, &places, work)?;
        for (score, (count, sum)) in scores.iter().zip(sums) {
            *count += 1.0;
            sum.sdr_db += score.sdr_db;
            sum.sir_db += score.sir_db;
            sum.sar_db += score.sar_db;
        }
        Ok(())
    }
}

fn mean(count: f64, sum: BssScores) -> BssScores {
    if count == 0.0 {
        return BssScores { sdr_db: -MAX_DB, sir_db: -MAX_DB, sar_db: -MAX_DB };
    }
    BssScores { sdr_db: sum.sdr_db / count, sir_db: sum.sir_db / count, sar_db: sum.sar_db / count }
}
