//! Matches estimates to references by name.

use std::fmt;

use serde::Serialize;

use crate::dictionary::{REST_NAME, same_name};

/// A stem with this name is never scored and never used as a reference.
pub const MIXTURE_NAME: &str = "mixture";

/// The reference of an estimate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One reference.
    Stem(usize),
    /// The sum of these references: the estimate is the rest.
    SumOf(Vec<usize>),
}

/// How estimates and references are paired. Numbers are indices into the lists of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matching {
    /// By name, in the order of the references, with the rest last. `others` are the
    /// references without an estimate; they count as interference.
    ByName { pairs: Vec<(usize, Target)>, others: Vec<usize> },
    /// No name matches: these are assigned by their scores.
    ByScore { estimates: Vec<usize>, references: Vec<usize> },
}

/// The name of a side, in the singular.
impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Reference => "reference",
            Side::Estimate => "estimate",
        })
    }
}

/// Whether a stem is a true one or an estimate to be scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Reference,
    Estimate,
}

/// Why a stem has no score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is named `mixture`.
    Mixture,
    /// It has no counterpart.
    NoCounterpart,
    /// It is silent.
    Silent,
    /// Its counterpart is silent.
    CounterpartSilent,
}

/// A stem without a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub side: Side,
    pub name: String,
    pub reason: Reason,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = self.side;
        let other = match side {
            Side::Reference => Side::Estimate,
            Side::Estimate => Side::Reference,
        };
        write!(f, "{side} `{}`: ", self.name)?;
        match self.reason {
            Reason::Mixture => f.write_str("a mixture"),
            Reason::NoCounterpart => write!(f, "no {other} for it"),
            Reason::Silent => f.write_str("silent"),
            Reason::CounterpartSilent => write!(f, "its {other} is silent"),
        }
    }
}

/// Finds what every estimate is scored against, and lists what is left out.
///
/// Names match without regard to case, as files do on many systems.
///
/// 1. `mixture` is never a stem, on either side.
/// 2. An estimate is scored against the reference of its name.
/// 3. An estimate `rest`, if no reference has that name, is scored against the sum of all
///    references that no estimate is named after: one instrument against everything else.
/// 4. If no name matches at all, all are assigned by their scores.
pub fn match_stems(references: &[&str], estimates: &[&str]) -> (Matching, Vec<LeftOut>) {
    let is_stem = |names: &[&str], i: usize| !same_name(names[i], MIXTURE_NAME);
    let stems: Vec<usize> = (0..references.len()).filter(|&i| is_stem(references, i)).collect();
    let candidates: Vec<usize> = (0..estimates.len()).filter(|&i| is_stem(estimates, i)).collect();
    let estimate_of = |&stem: &usize| {
        candidates
            .iter()
            .copied()
            .find(|&estimate| same_name(estimates[estimate], references[stem]))
    };
    let mut pairs: Vec<(usize, Target)> = stems
        .iter()
        .filter_map(|stem| estimate_of(stem).map(|estimate| (estimate, Target::Stem(*stem))))
        .collect();
    let left_out = mixtures(references, Side::Reference).chain(mixtures(estimates, Side::Estimate));
    let mut left_out: Vec<LeftOut> = left_out.collect();
    if pairs.is_empty() {
        return (Matching::ByScore { estimates: candidates, references: stems }, left_out);
    }

    let mut others: Vec<usize> =
        stems.into_iter().filter(|stem| estimate_of(stem).is_none()).collect();
    let is_paired = |pairs: &[(usize, Target)], i| pairs.iter().any(|(estimate, _)| *estimate == i);
    let rest = candidates.iter().copied().find(|&i| same_name(estimates[i], REST_NAME));
    if let Some(rest) = rest.filter(|&i| !is_paired(&pairs, i) && !others.is_empty()) {
        pairs.push((rest, Target::SumOf(std::mem::take(&mut others))));
    }
    let lone = others.iter().map(|&i| (Side::Reference, references[i]));
    let unpaired = candidates.iter().filter(|&&i| !is_paired(&pairs, i));
    let lone = lone.chain(unpaired.map(|&i| (Side::Estimate, estimates[i])));
    left_out.extend(lone.map(|(side, name)| LeftOut {
        side,
        name: name.to_string(),
        reason: Reason::NoCounterpart,
    }));
    (Matching::ByName { pairs, others }, left_out)
}

/// The stems of one side that are named as mixtures.
fn mixtures(names: &[&str], side: Side) -> impl Iterator<Item = LeftOut> {
    let mixtures = names.iter().filter(|name| same_name(name, MIXTURE_NAME));
    mixtures.map(move |name| LeftOut { side, name: name.to_string(), reason: Reason::Mixture })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_name(references: &[&str], estimates: &[&str]) -> (Vec<(usize, Target)>, Vec<usize>) {
        match match_stems(references, estimates).0 {
            Matching::ByName { pairs, others } => (pairs, others),
            by_score => panic!("{by_score:?}"),
        }
    }

    #[test]
    fn names_decide_in_the_order_of_the_references() {
        use Target::{Stem, SumOf};
        let all = ["bass", "drums", "mixture", "voice"];
        let cases = [
            // References without an estimate are interference.
            (&["voice", "bass"][..], vec![(1, Stem(0)), (0, Stem(3))], vec![1]),
            (&["rest", "drums"], vec![(1, Stem(1)), (0, SumOf(vec![0, 3]))], vec![]),
            // No reference is left for the rest.
            (
                &["voice", "rest", "drums", "bass"],
                vec![(3, Stem(0)), (2, Stem(1)), (0, Stem(3))],
                vec![],
            ),
            (&["mixture", "bass", "x"], vec![(1, Stem(0))], vec![1, 3]),
        ];
        for (estimates, pairs, others) in cases {
            assert_eq!(by_name(&all, estimates), (pairs, others), "{estimates:?}");
        }
        let own_rest = by_name(&["a", "b", "rest"], &["rest", "a"]);
        assert_eq!(own_rest, (vec![(1, Stem(0)), (0, Stem(2))], vec![1]));
    }

    #[test]
    fn without_a_common_name_scores_decide() {
        let (matching, left_out) = match_stems(&["a", "mixture", "b"], &["rest", "mixture", "x"]);
        let expected = Matching::ByScore { estimates: vec![0, 2], references: vec![0, 2] };
        assert_eq!(matching, expected);
        let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
        assert_eq!(left_out, ["reference `mixture`: a mixture", "estimate `mixture`: a mixture"]);
    }

    #[test]
    fn case_does_not_matter() {
        use Target::{Stem, SumOf};
        let (matching, left_out) =
            match_stems(&["Bass", "MIXTURE", "Drums", "Voix\u{e9}"], &["bass", "Mixture", "REST"]);
        let pairs = vec![(0, Stem(0)), (2, SumOf(vec![2, 3]))];
        assert_eq!(matching, Matching::ByName { pairs, others: vec![] });
        let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
        assert_eq!(left_out, ["reference `MIXTURE`: a mixture", "estimate `Mixture`: a mixture"]);
        // The same letters, as macOS stores them.
        assert_eq!(by_name(&["Voix\u{e9}"], &["voixe\u{301}"]), (vec![(0, Stem(0))], vec![]));
    }

    #[test]
    fn what_is_left_out_is_said() {
        let (_, left_out) = match_stems(&["a", "b", "mixture"], &["a", "x"]);
        let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
        let expected = [
            "reference `mixture`: a mixture",
            "reference `b`: no estimate for it",
            "estimate `x`: no reference for it",
        ];
        assert_eq!(left_out, expected);
    }
}
