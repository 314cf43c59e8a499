//! Possible problems with audio to be scored.

use super::matching::Side;

/// Why no score can be computed. The text says which side it is about: the references or
/// the estimates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    #[error("no references: give at least one true stem")]
    NoReferences,
    #[error("{actual} references, at most {max}: add some of them up into groups")]
    TooManyReferences { max: usize, actual: usize },
    /// `other` differs from `name` at most by case.
    #[error("two {side}s are named `{name}`{}: rename one", spelled(name, other))]
    SameName { side: Side, name: String, other: String },
    #[error(
        "nothing to score, every stem is left out ({left_out}): \
         name the estimates after the references that they stand for"
    )]
    NothingToScore { left_out: String },
    #[error("`{name}` holds no audio: leave it out or export it again")]
    Empty { name: String },
    #[error("sample {sample} of `{name}` is not a finite number: export the file again")]
    NotFinite { name: String, sample: usize },
    #[error("`{name}` is silent: leave it out")]
    Silent { name: String },
    /// Names come with their side, for example "estimate `bass`".
    #[error(
        "{name} is {actual} samples long, {other} {expected}: \
         cut both to the same stretch of time, at the same sample rate"
    )]
    Length { name: String, actual: usize, other: String, expected: usize },
    #[error(
        "{name} has {actual} channel(s), {other} {expected}: \
         make all of them mono or all of them stereo"
    )]
    Channels { name: String, actual: usize, other: String, expected: usize },
    #[error(
        "{actual} samples are too few for {references} references and filters of 512 taps: \
         give at least {expected}, better some seconds"
    )]
    TooShort { references: usize, expected: usize, actual: usize },
    #[error(
        "reference `{name}` says nothing that {others} does not say already, so what of an \
         estimate comes from which is unclear: leave one out (a mixture is left out by \
         itself if it is named `mixture`)"
    )]
    Dependent { name: String, others: String },
    #[error("the references cannot be told apart: leave out those that are nearly silent or alike")]
    Singular,
    #[error("no reference number {actual}: there are {references}")]
    NoSuchReference { actual: usize, references: usize },
    #[error(
        "frames of {fft_size} samples every {hop}: the size must be even, from 4 to 1048576, \
         the hop from 1 to half the size"
    )]
    Frames { fft_size: usize, hop: usize },
    #[error("{what} is {actual}: it must be {expected}")]
    Setting { what: &'static str, expected: &'static str, actual: String },
    #[error("stopped before all was scored")]
    Cancelled,
}

fn spelled(name: &str, other: &str) -> String {
    if name == other { String::new() } else { format!(" (the other `{other}`; case is ignored)") }
}
