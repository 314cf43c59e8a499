//! SDR of estimates against the true stems.

use unbraid::eval::{BssEval, MAX_DB, SILENCE};

use crate::set::{Audio, Set, sum};

/// The sources of one set, prepared as references for scoring.
///
/// SDR compares with the target alone, so each reference is handled by itself; SIR and SAR,
/// which need all references at once and take most of the time, are not computed.
pub struct Scorer<'a> {
    /// By source and channel; `None` where a channel is silent.
    references: Vec<Vec<Option<BssEval<'a>>>>,
}

impl<'a> Scorer<'a> {
    pub fn new(references: impl Iterator<Item = &'a Audio>) -> anyhow::Result<Self> {
        let prepare = |channel: &'a Vec<f32>| -> anyhow::Result<_> {
            let silent = is_silent(channel);
            Ok(if silent { None } else { Some(BssEval::new(&[("reference", channel)])?) })
        };
        let references = references.map(|audio| audio.iter().map(prepare).collect());
        Ok(Self { references: references.collect::<anyhow::Result<_>>()? })
    }

    pub fn of_set(set: &'a Set) -> anyhow::Result<Self> {
        Self::new(set.sources.iter().map(|source| &source.stem))
    }

    /// SDR in dB of an estimate of one reference, averaged over the channels in which the
    /// reference sounds; `None` if it never does.
    pub fn sdr_db(&self, reference: usize, estimate: &Audio) -> anyhow::Result<Option<f64>> {
        let mut scores = Vec::new();
        for (reference, channel) in self.references[reference].iter().zip(estimate) {
            if let Some(bss) = reference {
                let nothing = is_silent(channel);
                scores.push(if nothing { -MAX_DB } else { bss.score(channel, 0)?.sdr_db });
            }
        }
        Ok(mean(scores.into_iter().map(Some)))
    }

    /// Mean of the sources' SDR in dB, with one estimate per source.
    pub fn mean_sdr_db(&self, estimates: &[Audio]) -> anyhow::Result<Option<f64>> {
        let scores = estimates.iter().enumerate().map(|(i, estimate)| self.sdr_db(i, estimate));
        Ok(mean(scores.collect::<anyhow::Result<Vec<_>>>()?.into_iter()))
    }

    /// Mean SDR with a single estimate, such as the mixture itself, for all sources.
    pub fn mean_sdr_of_one_db(&self, estimate: &Audio) -> anyhow::Result<Option<f64>> {
        self.mean_sdr_db(&vec![estimate.clone(); self.references.len()])
    }
}

/// Mean of the values that exist.
pub fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let values: Vec<f64> = values.flatten().collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Everything in a set but one source: the sum of the others.
pub fn others(signals: &[Audio], target: usize) -> Audio {
    sum(signals.iter().enumerate().filter(|(i, _)| *i != target).map(|(_, signal)| signal))
}

fn is_silent(channel: &[f32]) -> bool {
    channel.iter().all(|x| x.abs() < SILENCE)
}
