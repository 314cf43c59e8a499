//! One instrument against everything else, in a song of which it is known where that instrument is
//! silent. In `quality`, mono.

use rayon::prelude::*;
use unbraid::dictionary::Dictionary;
use unbraid::frames::Mode;
use unbraid::learn::{InMemory, Mixture, RestSettings, Silence};
use unbraid::offline::add_rest;

use crate::rows::{Cells, difference};
use crate::score::{Scorer, mean, others};
use crate::separation::Known;
use crate::set::{Audio, Set};

pub const SILENCES: [&str; 4] =
    ["target, not known", "target, known", "rest, not known", "rest, known"];

/// Each source in turn is silent in the first half of the mixture, is the only one that is taught,
/// and the rest is learned from the mixture. Scored on the second half, in dB above the score of
/// the mixture itself.
pub fn silences(known: &Known) -> anyhow::Result<Cells> {
    let rows = (0..known.set.sources.len()).into_par_iter().map(|target| row(known, target));
    let rows = rows.collect::<anyhow::Result<Vec<Cells>>>()?;
    Ok((0..SILENCES.len()).map(|column| mean(rows.iter().map(|row| row[column]))).collect())
}

fn row(known: &Known, target: usize) -> anyhow::Result<Cells> {
    let set = known.set;
    let middle = set.mixture[0].len() / 2;
    let stem = &set.sources[target].stem;
    let mixture = without_beginning(set, stem, middle);
    let mut one = known.dictionary(Mode::Quality)?.clone();
    one.keep_sources(&[target]);
    let stems: Vec<Audio> = set.sources.iter().map(|source| ending(&source.stem, middle)).collect();
    let truth = [stems[target].clone(), others(&stems, target)];
    let scorer = Scorer::new(truth.iter())?;
    let heard = ending(&mixture, middle);
    let mut cells = vec![None; SILENCES.len()];
    for (column, is_known) in [false, true].into_iter().enumerate() {
        let taught = with_rest(&one, &mixture, is_known.then_some(middle))?;
        let estimates = known.separate(&taught, &mixture, true);
        for part in 0..2 {
            let reached = scorer.sdr_db(part, &ending(&estimates[part], middle))?;
            cells[2 * part + column] = difference(reached, scorer.sdr_db(part, &heard)?);
        }
    }
    Ok(cells)
}

/// With a rest learned from a mixture in which the only source is known to be silent up to a
/// sample.
fn with_rest(
    dictionary: &Dictionary,
    mixture: &Audio,
    silent_until: Option<usize>,
) -> anyhow::Result<Dictionary> {
    let sample_rate_hz = dictionary.frames.sample_rate_hz;
    let recording = &InMemory { channels: mixture, sample_rate_hz };
    let source = &dictionary.sources[0].name;
    let silences =
        silent_until.map(|end| Silence { source, samples: 0..end }).into_iter().collect();
    let mut with_rest = dictionary.clone();
    let mixture = [Mixture { recording, silences }];
    add_rest(&mut with_rest, &mixture, &RestSettings::default(), &mut |_| true)?;
    Ok(with_rest)
}

/// The mixture without one of its stems in the first samples.
fn without_beginning(set: &Set, stem: &Audio, samples: usize) -> Audio {
    let mut mixture = set.mixture.clone();
    for (channel, stem) in mixture.iter_mut().zip(stem) {
        let beginning = channel.iter_mut().zip(stem).take(samples);
        beginning.for_each(|(x, part)| *x -= part);
    }
    mixture
}

fn ending(audio: &Audio, from: usize) -> Audio {
    audio.iter().map(|channel| channel[from..].to_vec()).collect()
}
