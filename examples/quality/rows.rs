//! The measurements of one set for each table.

use rayon::prelude::*;
use unbraid::dictionary::Dictionary;
use unbraid::frames::Mode;
use unbraid::learn::{InMemory, LearnSettings, Mixture, RestSettings};
use unbraid::offline::add_rest;

use crate::baselines;
use crate::score::{Scorer, mean, others};
use crate::separation::{Known, frames, learn};
use crate::set::{Audio, Set};

/// Values in dB, in the order of a table's columns.
pub type Cells = Vec<Option<f64>>;

pub const KNOWN: [&str; 8] =
    ["mixture", "products", "plain", "live", "balanced", "quality", "ratio mask", "Wiener mask"];

/// All sources known, mono.
pub fn known(known: &Known) -> anyhow::Result<Cells> {
    let set = known.set;
    let scorer = Scorer::of_set(set)?;
    let plain = LearnSettings { transpose: 0, ..LearnSettings::new(frames(set, Mode::Quality)) };
    let plain = known.separate(&learn(set, &plain)?, &set.mixture, true);
    Ok(vec![
        scorer.mean_sdr_of_one_db(&set.mixture)?,
        scorer.mean_sdr_db(&baselines::products(set)?)?,
        scorer.mean_sdr_db(&plain)?,
        scorer.mean_sdr_db(known.estimates(Mode::Live)?)?,
        scorer.mean_sdr_db(known.estimates(Mode::Balanced)?)?,
        scorer.mean_sdr_db(known.estimates(Mode::Quality)?)?,
        scorer.mean_sdr_db(&baselines::oracle(set, 1.0)?)?,
        scorer.mean_sdr_db(&baselines::oracle(set, 2.0)?)?,
    ])
}

pub const STEREO: [&str; 8] = [
    "mixture",
    "quality, one mask",
    "quality, covariance",
    "gain",
    "live, one mask",
    "live, covariance",
    "gain",
    "ratio mask",
];

/// Stereo `set`, with dictionaries of `known`: one mask for both channels
/// against the covariance filter.
pub fn stereo(known: &Known, set: &Set) -> anyhow::Result<Cells> {
    let scorer = Scorer::of_set(set)?;
    let mut cells = vec![scorer.mean_sdr_of_one_db(&set.mixture)?];
    for mode in [Mode::Quality, Mode::Live] {
        let dictionary = known.dictionary(mode)?;
        let score =
            |spatial| scorer.mean_sdr_db(&known.separate(dictionary, &set.mixture, spatial));
        let (one_mask, covariance) = (score(false)?, score(true)?);
        cells.extend([one_mask, covariance, difference(covariance, one_mask)]);
    }
    cells.push(scorer.mean_sdr_db(&baselines::oracle(set, 1.0)?)?);
    Ok(cells)
}

/// A stereo version of a mono set, dry, with its sources placed at `pans` in turn: a source
/// with pan p, -1 left to 1 right, has gain cos θ on the left and sin θ on the right, θ = (p
/// + 1) π / 4.
pub fn panned(set: &Set, pans: &[f32]) -> Set {
    set.panned(|i| {
        let angle = (pans[i % pans.len()] + 1.0) * std::f32::consts::FRAC_PI_4;
        [angle.cos(), angle.sin()]
    })
}

pub const ALONE: [&str; 8] = [
    "target, learned",
    "target, auto",
    "target, all known",
    "rest, learned",
    "rest, auto",
    "rest, all known",
    "live: target, auto",
    "live: rest, auto",
];

/// One instrument against everything else, mono: every source in turn, in dB above the score
/// of the mixture itself. `learned`: the rest from mixture that is not scored, or from the
/// input itself if there is none; `auto`: from the input. In `quality`, but for the last two.
pub fn alone(known: &Known) -> anyhow::Result<Cells> {
    let set = known.set;
    let all = known.dictionary(Mode::Quality)?;
    let estimates = known.estimates(Mode::Quality)?;
    let stems: Vec<Audio> = set.sources.iter().map(|source| source.stem.clone()).collect();
    let row = |target: usize| -> anyhow::Result<Cells> {
        // Sources are learned one by one, so this equals learning from the target's clips
        // alone.
        let alone = |all: &Dictionary| {
            let mut alone = all.clone();
            alone.keep_sources(&[target]);
            alone
        };
        let by_input = |alone: &Dictionary| -> anyhow::Result<_> {
            Ok(known.separate(&with_rest(alone, &set.mixture)?, &set.mixture, true))
        };
        let live = by_input(&alone(known.dictionary(Mode::Live)?))?;
        let alone = alone(all);
        let auto = by_input(&alone)?;
        let learned = match &set.unscored {
            Some(clip) => known.separate(&with_rest(&alone, clip)?, &set.mixture, true),
            None => auto.clone(),
        };
        let all_known = vec![estimates[target].clone(), others(estimates, target)];
        let truth = [stems[target].clone(), others(&stems, target)];
        let scorer = Scorer::new(truth.iter())?;
        let mut cells = Cells::new();
        for part in 0..2 {
            let before = scorer.sdr_db(part, &set.mixture)?;
            for estimate in [&learned, &auto, &all_known] {
                cells.push(difference(scorer.sdr_db(part, &estimate[part])?, before));
            }
        }
        for (part, estimate) in live.iter().enumerate() {
            let before = scorer.sdr_db(part, &set.mixture)?;
            cells.push(difference(scorer.sdr_db(part, estimate)?, before));
        }
        Ok(cells)
    };
    let rows = (0..set.sources.len()).into_par_iter().map(row);
    let rows = rows.collect::<anyhow::Result<Vec<_>>>()?;
    Ok((0..ALONE.len()).map(|column| mean(rows.iter().map(|row| row[column]))).collect())
}

pub fn with_rest(dictionary: &Dictionary, mixture: &Audio) -> anyhow::Result<Dictionary> {
    let mut dictionary = dictionary.clone();
    let sample_rate_hz = dictionary.frames.sample_rate_hz;
    let recording = InMemory { channels: mixture, sample_rate_hz };
    let mixture = [Mixture::new(&recording)];
    add_rest(&mut dictionary, &mixture, &RestSettings::default(), &mut |_| true)?;
    Ok(dictionary)
}

pub const TWO_WAY: [&str; 3] = ["mixture", "HPSS", "quality"];

/// Two-way separation, mono: `drums` against the sum of all others, or the only two sources.
/// Of the two outputs of harmonic-percussive separation, `drums` is the percussive one;
/// without drums, the better order counts.
pub fn two_way(known: &Known) -> anyhow::Result<Option<Cells>> {
    let set = known.set;
    let drums = set.sources.iter().position(|source| source.name == "drums");
    let Some(first) = drums.or((set.sources.len() == 2).then_some(0)) else { return Ok(None) };
    let stems: Vec<Audio> = set.sources.iter().map(|source| source.stem.clone()).collect();
    let truth = [stems[first].clone(), others(&stems, first)];
    let scorer = Scorer::new(truth.iter())?;
    let [harmonic, percussive] = baselines::hpss(set)?;
    let mut hpss = scorer.mean_sdr_db(&[percussive.clone(), harmonic.clone()])?;
    if drums.is_none() {
        let other = scorer.mean_sdr_db(&[harmonic, percussive])?;
        hpss = hpss.into_iter().chain(other).reduce(f64::max);
    }
    let estimates = known.estimates(Mode::Quality)?;
    let quality = [estimates[first].clone(), others(estimates, first)];
    let mixture = scorer.mean_sdr_of_one_db(&set.mixture)?;
    Ok(Some(vec![mixture, hpss, scorer.mean_sdr_db(&quality)?]))
}

pub fn difference(after: Option<f64>, before: Option<f64>) -> Option<f64> {
    Some(after? - before?)
}
