//! Stems cut to a common length, and sums of them.

use std::borrow::Cow;

use super::matching::Side;
use super::stem::is_silent;
use super::{EvalError, Stem};

/// Lengths may differ by this fraction of the longest.
const TOLERATED: f64 = 0.01;

/// One or more stems as one signal, cut to a common length.
pub(super) struct Signal<'a> {
    pub name: String,
    pub channels: Vec<Cow<'a, [f32]>>,
}

impl<'a> Signal<'a> {
    pub fn cut(stem: &'a Stem, samples: usize) -> Self {
        let channels = stem.channels.iter().map(|x| Cow::Borrowed(&x[..samples])).collect();
        Self { name: stem.name.clone(), channels }
    }

    pub fn sum(stems: &[&'a Stem], samples: usize) -> Self {
        if let [stem] = stems {
            return Self::cut(stem, samples);
        }
        let sample = |channel: usize, n: usize| -> f32 {
            stems.iter().map(|stem| f64::from(stem.channels[channel][n])).sum::<f64>() as f32
        };
        let channel = |c: usize| Cow::Owned((0..samples).map(|n| sample(c, n)).collect());
        let channels = (0..stems.first().map_or(0, |stem| stem.channels.len())).map(channel);
        let names: Vec<&str> = stems.iter().map(|stem| stem.name.as_str()).collect();
        Self { name: names.join(" + "), channels: channels.collect() }
    }

    pub fn is_silent(&self) -> bool {
        self.channels.iter().all(|channel| is_silent(channel))
    }
}

/// The shortest and the longest of `stems`, all of which can be scored
/// together.
pub(super) fn common_lengths(stems: &[(Side, &Stem)]) -> Result<(usize, usize), EvalError> {
    stems.iter().try_for_each(|(_, stem)| stem.check())?;
    let named = |(side, stem): &(Side, &Stem)| format!("{side} `{}`", stem.name);
    let shortest = stems.iter().min_by_key(|(_, stem)| stem.samples());
    let longest = stems.iter().max_by_key(|(_, stem)| stem.samples());
    let (Some(first), Some(shortest), Some(longest)) = (stems.first(), shortest, longest) else {
        return Ok((0, 0));
    };
    let expected = first.1.channels.len();
    if let Some(odd) = stems.iter().find(|(_, stem)| stem.channels.len() != expected) {
        let actual = odd.1.channels.len();
        return Err(EvalError::Channels {
            name: named(odd),
            actual,
            other: named(first),
            expected,
        });
    }
    let (actual, expected) = (shortest.1.samples(), longest.1.samples());
    if (expected - actual) as f64 > TOLERATED * expected as f64 {
        let (name, other) = (named(shortest), named(longest));
        return Err(EvalError::Length { name, actual, other, expected });
    }
    Ok((actual, expected))
}
