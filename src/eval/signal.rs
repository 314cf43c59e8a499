//! Stems cut to a common length, and sums of them.

use std::borrow::Cow;

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
pub(super) fn common_lengths(stems: &[&Stem]) -> Result<(usize, usize), EvalError> {
    stems.iter().try_for_each(|stem| stem.check())?;
    let shortest = stems.iter().min_by_key(|stem| stem.samples());
    let longest = stems.iter().max_by_key(|stem| stem.samples());
    let (Some(first), Some(shortest), Some(longest)) = (stems.first(), shortest, longest) else {
        return Ok((0, 0));
    };
    if let Some(odd) = stems.iter().find(|stem| stem.channels.len() != first.channels.len()) {
        return Err(EvalError::Channels {
            name: odd.name.clone(),
            actual: odd.channels.len(),
            other: first.name.clone(),
            expected: first.channels.len(),
        });
    }
    let (actual, expected) = (shortest.samples(), longest.samples());
    if (expected - actual) as f64 > TOLERATED * expected as f64 {
        let (name, other) = (shortest.name.clone(), longest.name.clone());
        return Err(EvalError::Length { name, actual, other, expected });
    }
    Ok((actual, expected))
}
