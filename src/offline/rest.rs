//! The rest that a recording is separated with.

use super::{Excerpt, add_rest};
use crate::dictionary::Dictionary;
use crate::learn::{Cancelled, FactorizeError, InMemory, Mixture, Progress, RestSettings, Silence};

/// What the rest consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestChoice {
    /// Nothing: the recording has only the dictionary's sources.
    None,
    /// The rest that was learned with the dictionary.
    Learned,
    /// What [`learn_rest_of`] learns from the recording itself.
    Auto,
}

/// Why a dictionary does not have the rest that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    #[error(
        "no rest was learned with the dictionary; learn the rest from the recording (auto), or learn the dictionary again with a mixture"
    )]
    NotLearned,
    #[error("the dictionary holds no source beside the rest")]
    NoSource,
}

impl RestChoice {
    /// `wanted`, or else the choice for the dictionary: its own rest if it has one, the
    /// recording's if it has a single source, which would otherwise be the whole recording, and
    /// none with several. Prepares the dictionary for it.
    ///
    /// # Errors
    /// If the dictionary does not have the rest, or nothing but a rest.
    pub fn prepare(wanted: Option<Self>, dictionary: &mut Dictionary) -> Result<Self, RestError> {
        if dictionary.sources.iter().all(|source| source.rest) {
            return Err(RestError::NoSource);
        }
        let is_learned = dictionary.rest().is_some();
        let rest = wanted.unwrap_or(match (is_learned, dictionary.sources.len()) {
            (true, _) => Self::Learned,
            (false, 1) => Self::Auto,
            _ => Self::None,
        });
        if rest == Self::Learned {
            return if is_learned { Ok(rest) } else { Err(RestError::NotLearned) };
        }
        dictionary.remove_rest();
        if rest == Self::None {
            // An offset belongs to no source.
            dictionary.add_empty_rest();
        }
        Ok(rest)
    }
}

/// Learns what the sources of a dictionary do not explain in an excerpt of a recording, in which
/// sources may be known to be silent, and adds it as the rest. Nothing is learned from an excerpt
/// that is silent, or nearly so: everything in it then goes to the rest.
///
/// # Errors
/// If the callback asks to stop.
pub fn learn_rest_of(
    dictionary: &mut Dictionary,
    excerpt: &Excerpt,
    silences: Vec<Silence>,
    progress: Progress,
) -> Result<(), Cancelled> {
    let Excerpt { channels, sample_rate_hz, .. } = excerpt;
    let recording = &InMemory { channels, sample_rate_hz: *sample_rate_hz };
    let mixture = [Mixture { recording, silences: excerpt.silences(silences) }];
    let settings = RestSettings { seed: dictionary.provenance.seed, ..RestSettings::default() };
    match add_rest(dictionary, &mixture, &settings, progress) {
        Ok(_) => Ok(()),
        Err(FactorizeError::Cancelled(cancelled)) => Err(cancelled),
        Err(_) => {
            dictionary.add_empty_rest();
            Ok(())
        }
    }
}
