//! The format of the saved state: both versions of the project, the active one first.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nice_plug::plugin::ParamValue;
use serde::{Deserialize, Serialize};

use super::StateError;
use super::clip::SavedClip;
use super::pack;
use crate::dictionary::{Dictionary, check_name};
use crate::plugin::packed_text::PackedText;
use crate::plugin::project::MAX_INSTRUMENTS;
use crate::plugin::project::budget::{SAVED_BYTES, UNPACKED_BYTES};
use crate::plugin::project::clip::Clip;
use crate::plugin::project::versions::{MixerSettings, Version, Versions};
use crate::plugin::project::{Project, Rest};
use crate::plugin::real_time::lock;
use crate::plugin::window_state::WindowState;

/// Maximum size of an unpacked dictionary in bytes: several times the largest that can be
/// learned.
const MAX_DICTIONARY_BYTES: usize = 512 << 20;

/// Deflate cannot expand its input by more than this.
const MAX_EXPANSION: usize = 1032;

/// The largest state that is written, with room for the parameters. CLAP hosts' states are
/// loaded up to 256 MiB.
const MAX_STATE_BYTES: usize = 250 << 20;

/// Maximum number of clips per source.
const MAX_CLIPS: usize = 1024;

/// The whole state. Fields added after version 1 was first written may be missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Saved {
    /// The parameters that go with the project.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, ParamValue>,
    #[serde(flatten)]
    project: SavedProject,
    /// The version of A and B that is not active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    other: Option<SavedVersion>,
    #[serde(rename = "hears_b", default, skip_serializing_if = "std::ops::Not::not")]
    b_is_active: bool,
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
pub struct SavedDictionary {
    bytes: usize,
    /// Base64 of the packed file.
    packed: PackedText,
}

impl Saved {
    /// `dictionaries` has those that were packed before. Without `keep_clips` no clips are
    /// saved, and clips for which there is no room are left out.
    pub fn of(
        versions: &Versions,
        keep_clips: bool,
        window: Option<WindowState>,
        params: BTreeMap<String, ParamValue>,
        dictionaries: &PackedDictionaries,
    ) -> Self {
        let other = versions.other.as_ref();
        let first = versions.project.dictionary.as_ref();
        let second = other.and_then(|other| other.project.dictionary.as_ref());
        let same_dictionary = matches!((first, second), (Some(a), Some(b)) if Arc::ptr_eq(a, b));
        let second = second.filter(|_| !same_dictionary);
        let [first, second] = [first, second].map(|dictionary| dictionaries.packed(dictionary?));
        let taken: usize = first.iter().chain(&second).map(|saved| saved.packed.len()).sum();
        let room = SAVED_BYTES.min(MAX_STATE_BYTES.saturating_sub(taken));
        let mut clips = ClipWriter::new(if keep_clips { room } else { 0 });
        // A dictionary that cannot be written is left out, and all that refers to it with it: the
        // recordings can be opened.
        let is_without = |project: &Project, saved: &Option<SavedDictionary>| {
            project.dictionary.is_some() && saved.is_none()
        };
        let first_without = is_without(&versions.project, &first);
        let project = SavedProject::of(&versions.project, &mut clips, first_without, first);
        let other = other.map(|other| SavedVersion {
            project: {
                let without = if same_dictionary {
                    first_without
                } else {
                    is_without(&other.project, &second)
                };
                SavedProject::of(&other.project, &mut clips, without, second)
            },
            same_dictionary,
            mixer: other.mixer.clone(),
        });
        Self { params, project, other, b_is_active: versions.b_is_active, window }
    }

    /// What is packed, in the order in which it is serialized.
    pub fn texts(&self) -> Vec<&PackedText> {
        let other = self.other.as_ref().map(|other| &other.project);
        [&self.project].into_iter().chain(other).flat_map(SavedProject::texts).collect()
    }

    /// # Errors
    /// If the state is inconsistent, or too large to be read.
    pub fn check_size(&self) -> Result<(), StateError> {
        let other = self.other.as_ref().map(|other| &other.project);
        let projects = || [&self.project].into_iter().chain(other);
        let bytes: usize =
            projects().flat_map(SavedProject::clips).map(SavedClip::unpacked_bytes).sum();
        if bytes > UNPACKED_BYTES {
            return Err(StateError::damaged(format!("{bytes} bytes of recordings")));
        }
        projects().filter_map(|project| project.dictionary.as_ref()).try_for_each(|dictionary| {
            let largest = dictionary.packed.len().saturating_mul(MAX_EXPANSION);
            let is_plausible = dictionary.bytes <= largest.min(MAX_DICTIONARY_BYTES);
            let cause =
                || StateError::damaged(format!("a dictionary of {} bytes", dictionary.bytes));
            is_plausible.then_some(()).ok_or_else(cause)
        })
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
        Ok(Versions { project, other: other.transpose()?, b_is_active: self.b_is_active })
    }
}

/// Writes every distinct clip once, as long as there is room.
struct ClipWriter {
    room_bytes: usize,
    unpacked_room_bytes: usize,
    /// Positions of the clips in the state.
    written: HashMap<*const Clip, usize>,
}

impl ClipWriter {
    fn new(room_bytes: usize) -> Self {
        Self { room_bytes, unpacked_room_bytes: UNPACKED_BYTES, written: HashMap::new() }
    }

    /// `None` if there is no room for the clip.
    fn write(&mut self, clip: &Arc<Clip>) -> Option<SavedClip> {
        if let Some(place) = self.written.get(&Arc::as_ptr(clip)) {
            return Some(SavedClip::again(clip, *place));
        }
        if self.room_bytes == 0 {
            return None;
        }
        let unpacked_room_bytes = self.unpacked_room_bytes.checked_sub(clip.bytes())?;
        let saved = SavedClip::whole(clip)?;
        self.room_bytes = self.room_bytes.checked_sub(clip.saved_bytes())?;
        self.unpacked_room_bytes = unpacked_room_bytes;
        self.written.insert(Arc::as_ptr(clip), self.written.len());
        Some(saved)
    }
}

impl SavedProject {
    /// `is_without` is whether its dictionary is left out. That of the other version is not written
    /// again.
    fn of(
        project: &Project,
        writer: &mut ClipWriter,
        is_without: bool,
        dictionary: Option<SavedDictionary>,
    ) -> Self {
        let mut clips_left_out = project.clips_left_out && !project.has_clips();
        let mut clips = |clips: &[Arc<Clip>]| {
            let mut saved = Vec::new();
            for clip in clips {
                let has_room = saved.len() < MAX_CLIPS;
                match has_room.then(|| writer.write(clip)).flatten() {
                    Some(written) => {
                        saved.push(written.with_unlearned(is_without || !project.is_learned(clip)));
                    }
                    None => clips_left_out = true,
                }
            }
            saved
        };
        let instruments = project
            .instruments
            .iter()
            .map(|instrument| SavedInstrument {
                name: instrument.name.clone(),
                color: instrument.color.clone(),
                source: instrument.source.filter(|_| !is_without),
                clips: clips(&instrument.clips),
            })
            .collect();
        let mixture = clips(&project.mixture);
        Self {
            rest: match project.rest {
                Rest::None => SavedRest::None,
                _ if is_without => SavedRest::None,
                Rest::Learned => SavedRest::Learned,
                Rest::Adapting { listened_s } => SavedRest::Adapting { listened_s },
            },
            instruments,
            mixture,
            clips_left_out,
            dictionary,
        }
    }

    fn clips(&self) -> impl Iterator<Item = &SavedClip> {
        self.instruments.iter().flat_map(|instrument| &instrument.clips).chain(&self.mixture)
    }

    fn texts(&self) -> impl Iterator<Item = &PackedText> {
        let dictionary = self.dictionary.as_ref().map(|dictionary| &dictionary.packed);
        self.clips().filter_map(SavedClip::packed).chain(dictionary)
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

/// The packed forms of the dictionaries in use: packing takes a moment, and hosts save often.
#[derive(Default)]
pub struct PackedDictionaries(Mutex<Vec<(Weak<Dictionary>, SavedDictionary)>>);

impl PackedDictionaries {
    /// Frees the forms of dictionaries that do not exist any more.
    pub fn forget_unused(&self) {
        lock(&self.0).retain(|(dictionary, _)| dictionary.strong_count() > 0);
    }

    /// `None` for a dictionary that cannot be written.
    pub fn packed(&self, dictionary: &Arc<Dictionary>) -> Option<SavedDictionary> {
        self.forget_unused();
        let mut all = lock(&self.0);
        let is_it = |(known, _): &&(Weak<Dictionary>, _)| known.as_ptr() == Arc::as_ptr(dictionary);
        if let Some((_, packed)) = all.iter().find(is_it) {
            return Some(packed.clone());
        }
        let packed = SavedDictionary::of(dictionary)?;
        all.push((Arc::downgrade(dictionary), packed.clone()));
        Some(packed)
    }
}

impl SavedDictionary {
    fn of(dictionary: &Arc<Dictionary>) -> Option<Self> {
        let bytes = dictionary.to_bytes().ok()?;
        let packed = PackedText::of_base64(BASE64.encode(pack::pack_words(&bytes)));
        Some(Self { bytes: bytes.len(), packed })
    }

    fn restore(&self) -> Result<Dictionary, StateError> {
        let packed = BASE64.decode(self.packed.as_str()).map_err(StateError::damaged)?;
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
    if saved.len() > MAX_CLIPS {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio;
    use crate::dictionary::Source;
    use crate::frames::{FrameSettings, Mode};
    use crate::plugin::hub::Hub;
    use crate::plugin::params::PluginParams;

    #[test]
    fn what_was_packed_is_freed_with_its_dictionary() {
        let frames = FrameSettings::new(Mode::Live, 8000);
        let dictionary = |_| Arc::new(Project::default().engine_dictionary(frames).0);
        let [stays, goes] = [0, 1].map(dictionary);
        let packed = PackedDictionaries::default();
        assert!(packed.packed(&stays).is_some() && packed.packed(&goes).is_some());
        drop(goes);
        packed.forget_unused();
        let [(kept, _)] = &lock(&packed.0)[..] else { panic!("one is in use") };
        assert!(Weak::ptr_eq(kept, &Arc::downgrade(&stays)));
    }

    /// A dictionary with more components than a file can have, in one version or in both.
    #[test]
    fn without_its_dictionary_the_rest_of_a_project_can_be_opened() {
        let frames = FrameSettings::new(Mode::Live, 8000);
        let mut dictionary = Project::default().engine_dictionary(frames).0;
        dictionary.w = ndarray::Array2::ones((frames.bins(), 5_000));
        dictionary.rarity = vec![0.0; 5_000];
        dictionary.sources.insert(0, Source::new("piano", 0, (0..5_000).collect()));
        let mut project = Project::default();
        project.set_learned(dictionary, &[0]);
        project.instruments[0].name = "piano".to_string();
        let clip = audio::AudioBuffer { channels: vec![vec![0.5; 100]], sample_rate_hz: 8000 };
        project.instruments[0].clips.push(Arc::new(clip.into()));
        project.learned_from = project.present_clips();
        let project = Arc::new(project);
        let hub = Hub::new();
        let mixer = PluginParams::new(&hub).mixer_settings();
        let other = Some(Version { project: project.clone(), mixer });
        for other in [None, other] {
            let versions = Versions { project: project.clone(), other, b_is_active: false };
            let dictionaries = PackedDictionaries::default();
            let state = Saved::of(&versions, true, None, BTreeMap::new(), &dictionaries);
            let back = state.restore().unwrap();
            let both = [Some(back.project), back.other.map(|other| other.project)];
            for project in both.into_iter().flatten() {
                assert!(project.dictionary.is_none());
                let piano = &project.instruments[0];
                assert_eq!((&*piano.name, piano.source, piano.clips.len()), ("piano", None, 1));
                assert!(project.has_unlearned_clips());
            }
        }
    }

    /// What is left out depends on the packed sizes alone, so that these can be made up.
    #[test]
    fn recordings_without_room_are_left_out_and_the_dictionary_never() {
        let third = SAVED_BYTES / 5 * 2;
        let packed = PackedText::of_base64("A".repeat(third));
        let mut project = Project::default();
        for instrument in &mut project.instruments[..3] {
            let clip = audio::AudioBuffer { channels: vec![vec![0.5; 100]], sample_rate_hz: 8000 };
            let clip = Clip::from(clip);
            clip.set_packed(packed.clone());
            instrument.clips.push(Arc::new(clip));
        }
        let frames = FrameSettings::new(Mode::Live, 8000);
        project.dictionary = Some(Arc::new(project.engine_dictionary(frames).0));
        let versions = Versions { project: Arc::new(project), ..Versions::default() };
        for (keep, saved) in [(true, [1, 1, 0]), (false, [0, 0, 0])] {
            let dictionaries = PackedDictionaries::default();
            let state = Saved::of(&versions, keep, None, BTreeMap::new(), &dictionaries);
            let clips = |i: usize| state.project.instruments[i].clips.len();
            assert_eq!([clips(0), clips(1), clips(2)], saved);
            assert!(state.project.clips_left_out && state.project.dictionary.is_some());
            let parts = super::super::write(&state).unwrap();
            let bytes: usize = parts.iter().map(|part| part.len()).sum();
            assert!(bytes < MAX_STATE_BYTES, "{bytes}");
            state.check_size().unwrap();
        }
    }
}
