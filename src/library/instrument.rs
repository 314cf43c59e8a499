//! An instrument of the library, in its file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Details, LibraryError, StoredRecording, recordings};
use crate::dictionary::{Attachment, Dictionary, PALETTE, WholeFile};

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
        let (dictionary, metadata) = Dictionary::load_with_metadata(&path)?;
        Self::of_file(dictionary, &metadata, path)
    }

    fn of_file(
        mut dictionary: Dictionary,
        metadata: &HashMap<String, String>,
        path: PathBuf,
    ) -> Result<Self, LibraryError> {
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

    /// Reads it again, with the recordings that it was learned from, as the file is now.
    ///
    /// # Errors
    /// If it is not a dictionary of one instrument any more. The recordings by themselves may be
    /// incomplete.
    pub fn with_recordings(
        &self,
    ) -> Result<(Self, Result<Vec<StoredRecording>, LibraryError>), LibraryError> {
        let path = self.path.clone();
        let WholeFile { dictionary, metadata, attachments } =
            Dictionary::load_with_attachments(&path)?;
        let recordings = recordings_in(&metadata, attachments, &path);
        Ok((Self::of_file(dictionary, &metadata, path)?, recordings))
    }
}

/// The recordings in a dictionary file; none if it has none.
///
/// # Errors
/// If the file cannot be read, or they are incomplete.
pub fn recordings_of(path: &Path) -> Result<Vec<StoredRecording>, LibraryError> {
    let WholeFile { metadata, attachments, .. } = Dictionary::load_with_attachments(path)?;
    recordings_in(&metadata, attachments, path)
}

fn recordings_in(
    metadata: &HashMap<String, String>,
    attachments: Vec<Attachment>,
    path: &Path,
) -> Result<Vec<StoredRecording>, LibraryError> {
    let Some(json) = metadata.get(recordings::METADATA) else { return Ok(Vec::new()) };
    recordings::from_file(json, attachments)
        .ok_or_else(|| LibraryError::Recordings { path: path.to_path_buf() })
}

/// Writes an instrument's file again with other details; everything else in it stays.
pub(super) fn save_details(details: &Details, path: &Path) -> Result<(), LibraryError> {
    let WholeFile { dictionary, mut metadata, attachments } =
        Dictionary::load_with_attachments(path)?;
    metadata.insert(METADATA.to_string(), json(details));
    let entries: Vec<(String, String)> = metadata.into_iter().collect();
    Ok(dictionary.save_with(path, &entries, &attachments)?)
}

fn json(details: &Details) -> String {
    serde_json::to_string(details).expect("plain data becomes JSON")
}

/// Writes an instrument's file.
pub(super) fn save(
    dictionary: &Dictionary,
    details: &Details,
    recordings: &[StoredRecording],
    path: &Path,
) -> Result<(), LibraryError> {
    let mut entries = vec![(METADATA.to_string(), json(details))];
    let (described, attachments) = recordings::to_file(recordings);
    if !recordings.is_empty() {
        entries.push((recordings::METADATA.to_string(), described));
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
