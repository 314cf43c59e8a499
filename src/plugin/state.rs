//! The project in the host's saved state: one JSON field beside the parameters.
//!
//! A state is checked whole before any of it is put in place: what does not hold
//! together, or is of a newer version, leaves everything as it was.

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nice_plug::params::persist::PersistentField;
use nice_plug::plugin::PluginState;
use serde::{Deserialize, Serialize};

use super::clip::Clip;
use super::hub::{Hub, lock};
use super::look::Look;
use super::pack;
use super::params::SLOTS;
use super::project::{Project, Rest};
use super::recorder::LONGEST_CAPTURE_S;
use super::triggers;
use crate::audio;
use crate::dictionary::{Dictionary, check_name};
use crate::dsp::SAMPLE_RATES_HZ;

/// Version of the state that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// Name of the field.
const FIELD: &str = "project";

/// Bytes that a dictionary may have when it is unpacked.
const LARGEST_DICTIONARY: usize = 1 << 30;

/// Clips of one source at most.
const MOST_CLIPS: usize = 1024;

/// Why a state was refused.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error(
        "the project was saved by a newer Unbraid (state version {found}, this one reads {VERSION}): \
         update Unbraid; what was loaded before is kept"
    )]
    Newer { found: u32 },
    #[error(
        "the saved state is damaged ({0}): load an earlier save of the project; what was loaded \
         before is kept"
    )]
    Damaged(String),
}

impl StateError {
    fn damaged(cause: impl std::fmt::Display) -> Self {
        Self::Damaged(cause.to_string())
    }
}

/// The project as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Saved {
    version: u32,
    rest: SavedRest,
    slots: Vec<SavedSlot>,
    mixture: Vec<SavedClip>,
    /// Whether clips were there but were left out.
    clips_left_out: bool,
    dictionary: Option<SavedDictionary>,
    /// How the window was left; states without one are as good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<Look>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SavedRest {
    None,
    Learned,
    Adapting { heard_s: u32 },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedSlot {
    name: String,
    color: String,
    source: Option<usize>,
    clips: Vec<SavedClip>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedClip {
    sample_rate_hz: u32,
    samples: usize,
    /// Base64 of packed samples, a channel each.
    channels: Vec<String>,
    /// The second channel is the same as the first and is not written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    twice: bool,
    /// It came after the dictionary. States that do not say so of any clip had
    /// learned those of every slot with a source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unlearned: bool,
}

/// The dictionary's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedDictionary {
    bytes: usize,
    /// Base64 of the packed file.
    packed: String,
}

/// Writes a project.
fn save(project: &Project, keep_clips: bool, window: Option<Look>) -> Saved {
    let has_clips = project.has_clips();
    let clips = |clips: &[Arc<Clip>]| {
        let save = |clip| SavedClip { unlearned: !project.is_learned(clip), ..save_clip(clip) };
        if keep_clips { clips.iter().map(save).collect() } else { Vec::new() }
    };
    let dictionary = project.dictionary.as_ref().and_then(|dictionary| {
        let bytes = dictionary.to_bytes().ok()?;
        Some(SavedDictionary {
            bytes: bytes.len(),
            packed: BASE64.encode(pack::pack_words(&bytes)),
        })
    });
    Saved {
        version: VERSION,
        rest: match project.rest {
            Rest::None => SavedRest::None,
            Rest::Learned => SavedRest::Learned,
            Rest::Adapting { heard_s } => SavedRest::Adapting { heard_s },
        },
        slots: project
            .slots
            .iter()
            .map(|slot| SavedSlot {
                name: slot.name.clone(),
                color: slot.color.clone(),
                source: slot.source,
                clips: clips(&slot.clips),
            })
            .collect(),
        mixture: clips(&project.mixture),
        clips_left_out: if has_clips { !keep_clips } else { project.clips_left_out },
        dictionary,
        window,
    }
}

fn save_clip(clip: &Clip) -> SavedClip {
    let pack = |channel: Vec<f32>| BASE64.encode(pack::pack_samples(&channel));
    SavedClip {
        sample_rate_hz: clip.sample_rate_hz(),
        samples: clip.samples(),
        channels: clip.kept_channels().map(pack).collect(),
        twice: clip.is_twice(),
        unlearned: false,
    }
}

/// What a state holds.
type Restored = (Project, Option<Look>);

/// Reads what [`save`] wrote.
fn read(json: &str) -> Result<Restored, StateError> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let Version { version } = serde_json::from_str(json).map_err(StateError::damaged)?;
    if version > VERSION {
        return Err(StateError::Newer { found: version });
    }
    let saved: Saved = serde_json::from_str(json).map_err(StateError::damaged)?;
    let window = saved.window.map(Look::sane);
    Ok((restore(saved)?, window))
}

fn restore(saved: Saved) -> Result<Project, StateError> {
    let mut project = Project::default();
    if saved.slots.len() != SLOTS {
        return Err(StateError::damaged(format!("{} instruments", saved.slots.len())));
    }
    let dictionary = saved.dictionary.map(restore_dictionary).transpose()?;
    for (slot, saved) in project.slots.iter_mut().zip(saved.slots) {
        let known = dictionary.as_ref().map_or(0, |dictionary| dictionary.sources.len());
        if saved.source.is_some_and(|source| source >= known) {
            return Err(StateError::damaged("an instrument that was not learned"));
        }
        check_name(&saved.name).map_err(StateError::damaged)?;
        slot.name = saved.name;
        slot.color = saved.color;
        slot.source = saved.source;
        slot.clips = restore_clips(saved.clips, &mut project.learned_from)?;
    }
    project.mixture = restore_clips(saved.mixture, &mut project.learned_from)?;
    project.dictionary = dictionary.map(Arc::new);
    project.clips_left_out = saved.clips_left_out;
    project.rest = match saved.rest {
        SavedRest::None => Rest::None,
        SavedRest::Learned => Rest::Learned,
        SavedRest::Adapting { heard_s } => Rest::Adapting { heard_s },
    };
    Ok(project)
}

fn restore_dictionary(saved: SavedDictionary) -> Result<Dictionary, StateError> {
    if saved.bytes > LARGEST_DICTIONARY {
        return Err(StateError::damaged(format!("a dictionary of {} bytes", saved.bytes)));
    }
    let packed = BASE64.decode(saved.packed).map_err(StateError::damaged)?;
    let bytes = pack::unpack_words(&packed, saved.bytes).map_err(StateError::damaged)?;
    Dictionary::from_bytes(&bytes, Path::new("the saved dictionary")).map_err(StateError::damaged)
}

/// Reads clips; notes those that were learned from.
fn restore_clips(
    saved: Vec<SavedClip>,
    learned_from: &mut Vec<Weak<Clip>>,
) -> Result<Vec<Arc<Clip>>, StateError> {
    if saved.len() > MOST_CLIPS {
        return Err(StateError::damaged(format!("{} recordings of one instrument", saved.len())));
    }
    let restore = |saved: SavedClip| {
        let unlearned = saved.unlearned;
        let clip = Arc::new(restore_clip(saved)?);
        learned_from.extend((!unlearned).then(|| Arc::downgrade(&clip)));
        Ok(clip)
    };
    saved.into_iter().map(restore).collect()
}

fn restore_clip(saved: SavedClip) -> Result<Clip, StateError> {
    let SavedClip { sample_rate_hz, samples, channels, twice, .. } = saved;
    let longest = sample_rate_hz as usize * LONGEST_CAPTURE_S;
    if !SAMPLE_RATES_HZ.contains(&sample_rate_hz)
        || samples > longest
        || !(1..=2).contains(&channels.len())
    {
        return Err(StateError::damaged(format!(
            "a recording of {samples} samples, {} channels, {sample_rate_hz} Hz",
            channels.len()
        )));
    }
    let channels = channels
        .into_iter()
        .map(|channel| {
            let packed = BASE64.decode(channel).map_err(StateError::damaged)?;
            pack::unpack_samples(&packed, samples).map_err(StateError::damaged)
        })
        .collect::<Result<Vec<Vec<f32>>, _>>()?;
    let channels = if twice { vec![channels[0].clone(); 2] } else { channels };
    Ok(audio::Clip { channels, sample_rate_hz }.into())
}

thread_local! {
    /// What a state that is being put in place on this thread holds. Parameters
    /// are set between [`check`] and [`ProjectField::set`].
    static CHECKED: RefCell<Option<Result<Restored, StateError>>> = const { RefCell::new(None) };
}

/// Checks a state before anything of it is put in place; a bad one is emptied,
/// so that nothing changes.
pub fn check(state: &mut PluginState) {
    triggers::set_restoring(true);
    let read = match state.fields.get(FIELD) {
        // The frame around a field's text is the framework's.
        Some(json) => read(json).map(Some),
        None => Err(StateError::damaged("it holds no project")),
    };
    if read.is_err() {
        state.params.clear();
        state.fields.clear();
    }
    // Makes sure that the field is set, which ends what begins here.
    state.fields.entry(FIELD.to_string()).or_insert_with(|| "null".to_string());
    CHECKED.replace(read.transpose());
}

/// What the text was made for: revision, whether with clips, the window.
type Key = (u64, bool, Option<Look>);

/// The field of the saved state, as the framework knows it.
pub struct ProjectField {
    hub: Arc<Hub>,
    /// The text for a revision of the project: packing takes a moment.
    cache: Mutex<Option<(Key, serde_json::Value)>>,
}

impl ProjectField {
    pub fn new(hub: Arc<Hub>) -> Self {
        Self { hub, cache: Mutex::new(None) }
    }
}

impl PersistentField<'_, serde_json::Value> for ProjectField {
    fn set(&self, _: serde_json::Value) {
        triggers::set_restoring(false);
        match CHECKED.take() {
            Some(Ok((project, window))) => {
                if window.is_some() {
                    self.hub.set_look(window);
                }
                self.hub.replace(project);
                // At once: the next block may be the first of a bounce.
                self.hub.renew_engine();
            }
            Some(Err(error)) => self.hub.status.error(error.to_string()),
            None => {}
        }
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&serde_json::Value) -> R,
    {
        let keep_clips = self.hub.keeps_clips();
        let mut cache = lock(&self.cache);
        let key = (self.hub.revision(), keep_clips, self.hub.look());
        if cache.as_ref().is_none_or(|(made_for, _)| *made_for != key) {
            let saved = save(&self.hub.project(), keep_clips, key.2);
            let value = serde_json::to_value(saved).unwrap_or_default();
            *cache = Some((key, value));
        }
        match &*cache {
            Some((_, value)) => f(value),
            None => f(&serde_json::Value::Null),
        }
    }
}
