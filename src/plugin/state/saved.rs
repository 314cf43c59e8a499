//! The format of the saved state: both versions of the project, the active one first.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::clip::SavedClip;
use super::pack;
use super::{StateError, VERSION};
use crate::dictionary::{Dictionary, check_name};
use crate::plugin::project::MAX_INSTRUMENTS;
use crate::plugin::project::clip::Clip;
use crate::plugin::project::versions::{MixerSettings, Version, Versions};
use crate::plugin::project::{Project, Rest};
use crate::plugin::window_state::WindowState;

/// Maximum size of an unpacked dictionary in bytes.
const LARGEST_DICTIONARY: usize = 1 << 30;

/// Maximum number of clips per source.
const MOST_CLIPS: usize = 1024;

/// The whole state. Fields added after version 1 was first written may be missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Saved {
    version: u32,
    #[serde(flatten)]
    project: SavedProject,
    /// The version of A and B that is not active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    other: Option<SavedVersion>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hears_b: bool,
    /// The window's last state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowState>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedProject {
    rest: SavedRest,
    #[serde(rename = "slots")]
    instruments: Vec<SavedInstrument>,
    mixture: Vec<SavedClip>,
    /// Whether clips existed but were left out.
    clips_left_out: bool,
    dictionary: Option<SavedDictionary>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedVersion {
    project: SavedProject,
    /// Its dictionary is that of the active version, and is not written again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    same_dictionary: bool,
    mixer: MixerSettings,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SavedRest {
    None,
    Learned,
    Adapting {
        #[serde(rename = "heard_s")]
        listened_s: u32,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedInstrument {
    name: String,
    color: String,
    source: Option<usize>,
    clips: Vec<SavedClip>,
}

/// The dictionary's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedDictionary {
    bytes: usize,
    /// Base64 of the packed file.
    packed: String,
}

impl Saved {
    pub fn of(versions: &Versions, keep_clips: bool, window: Option<WindowState>) -> Self {
        // Positions of the clips already written, for those that occur again.
        let mut written = HashMap::new();
        let first = versions.project.dictionary.as_ref();
        let mut project = SavedProject::of(&versions.project, keep_clips, &mut written);
        project.dictionary = first.and_then(SavedDictionary::of);
        let other = versions.other.as_ref().map(|other| {
            let second = other.project.dictionary.as_ref();
            let same = |first| second.is_some_and(|second| Arc::ptr_eq(first, second));
            let same_dictionary = first.is_some_and(same);
            let mut project = SavedProject::of(&other.project, keep_clips, &mut written);
            project.dictionary = second.filter(|_| !same_dictionary).and_then(SavedDictionary::of);
            SavedVersion { project, same_dictionary, mixer: other.mixer.clone() }
        });
        Self { version: VERSION, project, other, hears_b: versions.b_is_active, window }
    }

    pub fn restore(self) -> Result<Versions, StateError> {
        let mut read = Vec::new();
        let dictionary = self.project.dictionary.as_ref().map(SavedDictionary::restore);
        let dictionary = dictionary.transpose()?.map(Arc::new);
        let project = Arc::new(self.project.restore(dictionary.clone(), &mut read)?);
        let other = self.other.map(|other| {
            let SavedVersion { project, same_dictionary, mixer } = other;
            let own = project.dictionary.as_ref().map(SavedDictionary::restore).transpose()?;
            let dictionary = if same_dictionary { dictionary } else { own.map(Arc::new) };
            let project = Arc::new(project.restore(dictionary, &mut read)?);
            Ok::<_, StateError>(Version { project, mixer })
        });
        Ok(Versions { project, other: other.transpose()?, b_is_active: self.hears_b })
    }
}

impl SavedProject {
    /// Everything but the dictionary. `written` holds the positions of clips in the state,
    /// and receives those of this project.
    fn of(project: &Project, keep_clips: bool, written: &mut HashMap<*const Clip, usize>) -> Self {
        let has_clips = project.has_clips();
        let mut clips = |clips: &[Arc<Clip>]| {
            let save = |clip: &Arc<Clip>| {
                let next = written.len();
                let mut saved = match written.get(&Arc::as_ptr(clip)) {
                    Some(place) => SavedClip::again(clip, *place),
                    None => SavedClip::whole(clip),
                };
                written.entry(Arc::as_ptr(clip)).or_insert(next);
                saved.unlearned = !project.is_learned(clip);
                saved
            };
            if keep_clips { clips.iter().map(save).collect() } else { Vec::new() }
        };
        Self {
            rest: match project.rest {
                Rest::None => SavedRest::None,
                Rest::Learned => SavedRest::Learned,
                Rest::Adapting { listened_s } => SavedRest::Adapting { listened_s },
            },
            instruments: project
                .instruments
                .iter()
                .map(|instrument| SavedInstrument {
                    name: instrument.name.clone(),
                    color: instrument.color.clone(),
                    source: instrument.source,
                    clips: clips(&instrument.clips),
                })
                .collect(),
            mixture: clips(&project.mixture),
            clips_left_out: if has_clips { !keep_clips } else { project.clips_left_out },
            dictionary: None,
        }
    }

    /// `read` holds the clips of the state so far, and receives those of this project.
    fn restore(
        self,
        dictionary: Option<Arc<Dictionary>>,
        read: &mut Vec<Arc<Clip>>,
    ) -> Result<Project, StateError> {
        let mut project = Project::default();
        // Empty places are written too; their number depends on the version that wrote it.
        if self.instruments.iter().skip(MAX_INSTRUMENTS).any(SavedInstrument::is_used) {
            return Err(StateError::damaged(format!(
                "{} instruments, of which this version holds {MAX_INSTRUMENTS}",
                self.instruments.len()
            )));
        }
        let mut taken = Vec::new();
        for (instrument, saved) in project.instruments.iter_mut().zip(self.instruments) {
            if let Some(source) = saved.source {
                let known = dictionary.as_ref().and_then(|d| d.sources.get(source));
                if known.is_none_or(|source| source.rest) || taken.contains(&source) {
                    return Err(StateError::damaged("an instrument that was not learned"));
                }
                taken.push(source);
            }
            check_name(&saved.name).map_err(StateError::damaged)?;
            instrument.name = saved.name;
            instrument.color = saved.color;
            instrument.source = saved.source;
            instrument.clips = restore_clips(saved.clips, read, &mut project.learned_from)?;
        }
        project.mixture = restore_clips(self.mixture, read, &mut project.learned_from)?;
        project.dictionary = dictionary;
        project.clips_left_out = self.clips_left_out;
        project.rest = match self.rest {
            SavedRest::None => Rest::None,
            SavedRest::Learned => Rest::Learned,
            SavedRest::Adapting { listened_s } => Rest::Adapting { listened_s },
        };
        Ok(project)
    }
}

impl SavedInstrument {
    fn is_used(&self) -> bool {
        self.source.is_some() || !self.clips.is_empty()
    }
}

impl SavedDictionary {
    /// `None` for a dictionary that cannot be written.
    fn of(dictionary: &Arc<Dictionary>) -> Option<Self> {
        let bytes = dictionary.to_bytes().ok()?;
        Some(Self { bytes: bytes.len(), packed: BASE64.encode(pack::pack_words(&bytes)) })
    }

    fn restore(&self) -> Result<Dictionary, StateError> {
        if self.bytes > LARGEST_DICTIONARY {
            return Err(StateError::damaged(format!("a dictionary of {} bytes", self.bytes)));
        }
        let packed = BASE64.decode(&self.packed).map_err(StateError::damaged)?;
        let bytes = pack::unpack_words(&packed, self.bytes).map_err(StateError::damaged)?;
        let path = Path::new("the saved dictionary");
        Dictionary::from_bytes(&bytes, path).map_err(StateError::damaged)
    }
}

/// Reads clips, and records which ones were learned from.
fn restore_clips(
    saved: Vec<SavedClip>,
    read: &mut Vec<Arc<Clip>>,
    learned_from: &mut Vec<Weak<Clip>>,
) -> Result<Vec<Arc<Clip>>, StateError> {
    if saved.len() > MOST_CLIPS {
        return Err(StateError::damaged(format!("{} recordings of one instrument", saved.len())));
    }
    let restore = |saved: SavedClip| {
        let unlearned = saved.unlearned;
        let clip = saved.restore(read)?;
        learned_from.extend((!unlearned).then(|| Arc::downgrade(&clip)));
        Ok(clip)
    };
    saved.into_iter().map(restore).collect()
}
