//! An instrument of the library, in its file.

use std::path::{Path, PathBuf};

use super::{Details, LibraryError, StoredRecording, recordings};
use crate::dictionary::{Dictionary, PALETTE};

/// Key of the file's metadata that holds the [`Details`] as JSON.
const METADATA: &str = "unbraid_library";

/// A learned instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct LibraryInstrument {
    /// With one source, which is not the rest.
    pub dictionary: Dictionary,
    pub details: Details,
    /// Duration of the recordings in its file, in seconds.
    pub recorded_s: f64,
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
        let recorded_s =
            metadata.get(recordings::METADATA).map_or(0.0, |json| recordings::seconds(json));
        Ok(Self { dictionary, details: details.unwrap_or_default(), recorded_s, path })
    }

    /// Reads the recordings that it was learned from; none if its file has none.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn recordings(&self) -> Result<Vec<StoredRecording>, LibraryError> {
        recordings_of(&self.path)
    }
}

/// The recordings in a dictionary file; none if it has none.
///
/// # Errors
/// If the file cannot be read.
pub fn recordings_of(path: &Path) -> Result<Vec<StoredRecording>, LibraryError> {
    let (_, metadata) = Dictionary::load_with_metadata(path)?;
    let Some(json) = metadata.get(recordings::METADATA) else { return Ok(Vec::new()) };
    Ok(recordings::from_file(json, Dictionary::load_attachments(path)?))
}

/// Writes an instrument's file.
pub(super) fn save(
    dictionary: &Dictionary,
    details: &Details,
    recordings: &[StoredRecording],
    path: &Path,
) -> Result<(), LibraryError> {
    let details = serde_json::to_string(details).expect("plain data becomes JSON");
    let mut entries = vec![(METADATA, details)];
    let (json, attachments) = recordings::to_file(recordings);
    if !recordings.is_empty() {
        entries.push((recordings::METADATA, json));
    }
    Ok(dictionary.save_with(path, &entries, &attachments)?)
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
