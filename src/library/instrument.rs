//! An instrument of the library, in its file.

use std::path::{Path, PathBuf};

use super::{Details, LibraryError};
use crate::dictionary::{Dictionary, PALETTE};

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
        // Unreadable details must not make the instrument unusable.
        let details = metadata.get(METADATA).map(|json| Details::from_json(json));
        Ok(Self { dictionary, details: details.unwrap_or_default(), path })
    }
}

/// Writes an instrument's file.
pub(super) fn save(
    dictionary: &Dictionary,
    details: &Details,
    path: &Path,
) -> Result<(), LibraryError> {
    let details = serde_json::to_string(details).expect("plain data becomes JSON");
    Ok(dictionary.save_with_metadata(path, (METADATA, details))?)
}

/// One dictionary of several instruments, for the frames of the first, each in a colour of its
/// own; and what was changed in the others to make them fit, for the user. The names must differ.
pub fn combined(instruments: &[LibraryInstrument]) -> Option<(Dictionary, Vec<String>)> {
    let (first, others) = instruments.split_first()?;
    let mut dictionary = first.dictionary.clone();
    let mut notes = Vec::new();
    for other in others {
        notes.extend(changes(&other.dictionary, &dictionary));
        dictionary.take_sources_of(&other.dictionary, &[0]);
        let last = dictionary.sources.len() - 1;
        let is_taken =
            |color: &str| dictionary.sources[..last].iter().any(|other| other.color == color);
        if is_taken(&dictionary.sources[last].color) {
            let free = PALETTE.iter().map(|(color, _)| *color).find(|color| !is_taken(color));
            dictionary.sources[last].color = free.unwrap_or(PALETTE[last % 16].0).to_string();
        }
    }
    Some((dictionary, notes))
}

/// What changes for the first source of a dictionary when it joins another one, for the user.
pub fn changes(one: &Dictionary, joined: &Dictionary) -> Vec<String> {
    let name = &one.sources[0].name;
    let (_, remapped) = one.remapped(joined.frames);
    let mut notes: Vec<String> =
        remapped.map(|remapped| format!("{name}: {remapped}")).into_iter().collect();
    if (one.divergence, one.transpose) != (joined.divergence, joined.transpose) {
        notes.push(format!(
            "{name} was learned with the divergence {} and ±{} semitones, and is used with {} and \
             ±{}, as the others are",
            one.divergence, one.transpose, joined.divergence, joined.transpose
        ));
    }
    notes
}
