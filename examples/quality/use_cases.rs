//! What musicians do with an instrument or two: teach some of them, leave others out, and play
//! passages in which a taught one is silent. All in `quality`, mono.

use rayon::prelude::*;
use unbraid::frames::Mode;

use crate::rows::{Cells, difference, with_rest};
use crate::score::{Scorer, mean, others};
use crate::separation::Known;
use crate::set::{Audio, sum};

pub const USE_CASES: [&str; 9] = [
    "all, none",
    "all, auto",
    "all but one, none",
    "all but one, auto",
    "absent, median",
    "absent, worst",
    "one, target",
    "one, rest",
    "one, worst rest",
];

/// See docs/quality.md for the columns.
pub fn use_cases(known: &Known) -> anyhow::Result<Cells> {
    let set = known.set;
    let all = known.dictionary(Mode::Quality)?;
    let estimates = known.estimates(Mode::Quality)?;
    let scorer = Scorer::of_set(set)?;
    let auto = known.separate(&with_rest(all, &set.mixture)?, &set.mixture, true);
    let cases = (0..set.sources.len()).into_par_iter().map(|source| Case::measure(known, source));
    let cases: Vec<Case> = cases.collect::<anyhow::Result<_>>()?;
    let of = |value: fn(&Case) -> Option<f64>| mean(cases.iter().map(value));
    let mut absent_db: Vec<f64> = cases.iter().map(|case| case.absent_db).collect();
    absent_db.sort_by(f64::total_cmp);
    let worst_rest = cases.iter().filter_map(|case| case.rest_above_mixture_db);
    Ok(vec![
        scorer.mean_sdr_db(&estimates[..set.sources.len()])?,
        scorer.mean_sdr_db(&auto[..set.sources.len()])?,
        of(|case| case.others_db[0]),
        of(|case| case.others_db[1]),
        Some((absent_db[(absent_db.len() - 1) / 2] + absent_db[absent_db.len() / 2]) / 2.0),
        absent_db.last().copied(),
        of(|case| case.one_db[0]),
        of(|case| case.one_db[1]),
        worst_rest.reduce(f64::min),
    ])
}

/// One source of a set, and what becomes of the others.
struct Case {
    /// SDR of the others if this source is not taught but plays: without a rest, and with one.
    others_db: [Option<f64>; 2],
    /// Level of the source's output where it does not play, below the mixture of the others.
    absent_db: f64,
    /// This source taught alone: target and rest, above what they are if all are taught.
    one_db: [Option<f64>; 2],
    /// The same rest, above the mixture.
    rest_above_mixture_db: Option<f64>,
}

impl Case {
    fn measure(known: &Known, source: usize) -> anyhow::Result<Self> {
        let set = known.set;
        let all = known.dictionary(Mode::Quality)?;
        let estimates = known.estimates(Mode::Quality)?;
        let stems: Vec<Audio> = set.sources.iter().map(|source| source.stem.clone()).collect();
        let left: Vec<usize> = (0..stems.len()).filter(|other| *other != source).collect();
        let mut missing = all.clone();
        missing.keep_sources(&left);
        let scorer = Scorer::new(left.iter().map(|other| &stems[*other]))?;
        let score = |dictionary| {
            let estimates = known.separate(dictionary, &set.mixture, true);
            scorer.mean_sdr_db(&estimates[..left.len()])
        };
        let others_db = [score(&missing)?, score(&with_rest(&missing, &set.mixture)?)?];
        let without = sum(left.iter().map(|other| &stems[*other]));
        let played = known.separate(all, &without, true);
        let absent_db = power_db(&played[source]) - power_db(&without);
        let mut one = all.clone();
        one.keep_sources(&[source]);
        let one = known.separate(&with_rest(&one, &set.mixture)?, &set.mixture, true);
        let truth = [stems[source].clone(), others(&stems, source)];
        let all_taught = [estimates[source].clone(), others(estimates, source)];
        let scorer = Scorer::new(truth.iter())?;
        let mut one_db = [None; 2];
        for part in 0..2 {
            let reached = scorer.sdr_db(part, &all_taught[part])?;
            one_db[part] = difference(scorer.sdr_db(part, &one[part])?, reached);
        }
        let rest = scorer.sdr_db(1, &one[1])?;
        let rest_above_mixture_db = difference(rest, scorer.sdr_db(1, &set.mixture)?);
        Ok(Self { others_db, absent_db, one_db, rest_above_mixture_db })
    }
}

fn power_db(audio: &Audio) -> f64 {
    let power: f64 = audio.iter().flatten().map(|x| f64::from(*x).powi(2)).sum();
    10.0 * (power + 1e-12).log10()
}
