//! Possible problems with a dictionary, and their remedies.

use std::path::{Path, PathBuf};

/// Why a dictionary was rejected.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryError {
    #[error("{path}: cannot read: {cause}; check the path, or learn a dictionary", path = path.display())]
    Read { path: PathBuf, cause: std::io::Error },
    #[error("{path}: cannot write: {cause}; check that the folder exists, that it can be written and that the disk is not full", path = path.display())]
    Write { path: PathBuf, cause: std::io::Error },
    #[error("{path}: not an Unbraid dictionary ({cause}); learn one from clips", path = path.display())]
    NotADictionary { path: PathBuf, cause: String },
    #[error(
        "{path}: version {found} of the dictionary format, this program reads {known}; update \
         Unbraid, or learn the dictionary again", path = path.display()
    )]
    Version { path: PathBuf, found: u64, known: u64 },
    #[error("{path}: {cause}; learn the dictionary again", path = path.display())]
    Invalid { path: PathBuf, cause: Invalid },
}

/// Why a dictionary's content is inconsistent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Invalid {
    #[error("`w` has {found:?} entries where [bins, components] = [{bins}, {components}] belong")]
    Shape { found: Vec<usize>, bins: usize, components: usize },
    #[error("`w` has a negative, infinite or NaN entry at bin {bin} of component {component}")]
    Entry { bin: usize, component: usize },
    #[error(
        "the entries of `w` are in the wrong order, as if written column by column (in Python, \
         save `numpy.ascontiguousarray(w)`)"
    )]
    Order,
    #[error("the spectrum of component {component} sums to {sum:e} instead of 1")]
    Sum { component: usize, sum: f32 },
    #[error("all spectra are zero")]
    Silent,
    #[error("{what} is {found}, which is outside {low} to {high}")]
    Range { what: &'static str, found: u64, low: u64, high: u64 },
    #[error("the FFT size is {0}, which is not an even number")]
    OddSize(usize),
    #[error("two sources are named `{0}`")]
    SameName(String),
    #[error(
        "`{0}` cannot name a source: use 1 to 64 characters without / \\ : * ? \" < > |, without a dot \
         or space at the start or a space at the end; `mixture` and `rest` are reserved"
    )]
    Name(String),
    #[error("`{0}` is not a colour like #e69f00")]
    Color(String),
    #[error(
        "component {component} belongs to {owners} sources: give each component to one source, or to \
         the rest"
    )]
    Owner { component: usize, owners: usize },
    #[error("source `{source_name}` has component {component}, but there are only {components}")]
    NoComponent { source_name: String, component: usize, components: usize },
    #[error("more than one source is marked as the rest")]
    TwoRests,
    #[error("source `{source_name}` has {what} {value}, which is out of range")]
    SourceNumber { source_name: String, what: &'static str, value: f32 },
    #[error("`rarity` has {found} entries, not {components}, one per component")]
    RarityCount { found: usize, components: usize },
    #[error("`rarity` has the entry {0}, which is out of range")]
    Rarity(f32),
    #[error("transpose is {0}, not 0, 6 or 12")]
    Transpose(u32),
}

impl DictionaryError {
    pub(super) fn invalid(path: &Path, cause: Invalid) -> Self {
        Self::Invalid { path: path.to_path_buf(), cause }
    }

    pub(super) fn not_a_dictionary(path: &Path, cause: impl std::fmt::Display) -> Self {
        Self::NotADictionary { path: path.to_path_buf(), cause: cause.to_string() }
    }
}
