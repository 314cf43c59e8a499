//! An instrument of the library, in its file.

use std::path::PathBuf;

use super::{Details, LibraryError};
use crate::dictionary::{Dictionary, Remapped};

/// Key of the file's metadata that holds the [`Details`] as JSON.
const METADATA: &str = "unbraid_library";

/// A learned instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct LibraryInstrument {
    /// With one source, which is not the rest.
    pub dictionary: Dictionary,
    pub details: Details,
    /// Its file.
    pub path: PathBuf,
}

impl LibraryInstrument {
    pub fn name(&self) -> &str {
        &self.dictionary.sources[0].name
    }

    /// Reads an instrument's file. A rest in it is left out.
    ///
    /// # Errors
    /// If it is not a dictionary of one instrument.
    pub(super) fn load(path: PathBuf) -> Result<Self, LibraryError> {
        let (mut dictionary, metadata) = Dictionary::load_with_metadata(&path)?;
        dictionary.remove_rest();
        let found = dictionary.sources.len();
        if found != 1 {
            return Err(LibraryError::NotOne { path, found });
        }
        // Details that cannot be read are worth less than the instrument.
        let details: Option<Details> =
            metadata.get(METADATA).and_then(|json| serde_json::from_str(json).ok());
        Ok(Self { dictionary, details: details.unwrap_or_default().sane(), path })
    }

    pub(super) fn save(self) -> Result<(), LibraryError> {
        let details = serde_json::to_string(&self.details.sane()).expect("plain data becomes JSON");
        Ok(self.dictionary.save_with_metadata(&self.path, (METADATA, details))?)
    }
}

/// One dictionary of several instruments, for the frames of the first; and what was changed in
/// the others to make them fit. The names must differ.
pub fn combined(
    instruments: &[LibraryInstrument],
) -> Option<(Dictionary, Vec<(String, Remapped)>)> {
    let (first, others) = instruments.split_first()?;
    let mut dictionary = first.dictionary.clone();
    let mut remapped = Vec::new();
    for other in others {
        let (_, change) = other.dictionary.remapped(dictionary.frames);
        remapped.extend(change.map(|change| (other.name().to_string(), change)));
        dictionary.take_sources_of(&other.dictionary, &[0]);
    }
    Some((dictionary, remapped))
}
