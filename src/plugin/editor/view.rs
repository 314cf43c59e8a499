//! The state that the window keeps, even while it is closed.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::drag_out::Drag;
use super::files::FileStart;
use super::files::dialog_parent::DialogParent;
use super::files::library::{self, LibraryContent};
use super::late_blocks::LateBlocks;
use super::link::Link;
use super::record::clip_spectrogram::ClipSpectrograms;
use super::record::selection::Selection;
use super::record::typed_name::TypedName;
use super::window_number::WindowNumber;
use crate::plugin::audio_thread::controls::REST_STRIP;
use crate::plugin::audio_thread::status::{Note, WorkerTask};
use crate::plugin::choices::OutputSelection;
use crate::plugin::clip_analyses::ClipAnalyses;
use crate::plugin::notes::DetectedNotes;
use crate::plugin::project::clip::Clip;
use crate::plugin::project::envelope::Envelope;
use crate::plugin::project::{EVERYTHING_ELSE, Project};
use crate::plugin::real_time::lock;

/// How long a note stays.
const NOTE_SHOWN: Duration = Duration::from_secs(12);

/// A user who has had something to listen to for this long has listened.
const LISTENED: Duration = Duration::from_secs(30);

/// A tab: an instrument, or the whole song.
pub type Tab = Option<usize>;

/// A strip that is in use.
#[derive(Clone, Debug)]
pub struct UsedStrip {
    pub strip: usize,
    pub name: String,
    pub color: egui::Color32,
    /// Index of the dictionary's source.
    pub source: usize,
}

#[derive(Default)]
pub struct View {
    /// The project and its revision.
    pub project: Arc<Project>,
    revision: Option<u64>,
    /// The strip whose components are shown.
    pub unfolded: Option<usize>,
    /// Whether the advanced settings are shown.
    pub settings_open: bool,
    /// Whether the help is shown.
    pub help_open: bool,
    /// The newest note, and when it arrived.
    pub note: Option<(Note, Instant)>,
    recording: bool,
    /// Peaks of the clips that were drawn, by the clips' addresses.
    envelopes: HashMap<usize, Arc<Envelope>>,
    /// The notes of the instruments' clips.
    notes: ClipAnalyses<DetectedNotes>,
    /// The recordings as spectrograms.
    pub clip_spectrograms: ClipSpectrograms,
    /// The worker's task, and when it began.
    pub task: Option<(WorkerTask, Instant)>,
    /// When there was first something learned to listen to, and whether any of the mixer has
    /// been used since.
    listening: Option<(Instant, bool)>,
    pub late_blocks: LateBlocks,
    /// When learning last ended.
    pub learning_ended: Option<Instant>,
    /// Whether learning was asked to stop.
    pub cancelling: bool,
    /// The tab that files are held over.
    pub dropped_on: Option<Tab>,
    /// The name that is being typed.
    pub typed_name: Option<TypedName>,
    /// The path that is being typed.
    pub path: String,
    /// Where exported files start.
    pub file_start: FileStart,
    /// The user's library.
    pub library: LibraryContent,
    /// Clips that other instruments explain.
    pub explained: Vec<Weak<Clip>>,
    /// The range that is selected on the waveform.
    pub selection: Option<Selection>,
    /// What is being dragged out of the window; it ends with the window, at the latest.
    pub drag: Option<Drag>,
    /// The window's number in the window system, if known.
    pub own_window: Option<WindowNumber>,
    /// The window that file dialogs belong to, if any.
    pub dialog_parent: Option<DialogParent>,
}

impl View {
    /// Takes in what has changed in the plugin.
    pub fn refresh(&mut self, link: Link) {
        library::take_in(link, &self.library);
        self.drag = self.drag.take().filter(|drag| !drag.has_ended());
        let revision = link.hub.project.revision();
        if self.revision != Some(revision) {
            self.revision = Some(revision);
            link.hub.worker.wake();
            self.project = link.hub.project.get();
            let used_strips = self.used_strips();
            self.unfolded = self.unfolded.filter(|s| used_strips.iter().any(|c| c.strip == *s));
            let present: Vec<usize> = self.project.all_clips().map(key).collect();
            self.envelopes.retain(|key, _| present.contains(key));
            self.notes
                .follow(self.project.instruments.iter().flat_map(|instrument| &instrument.clips));
        }
        self.explained.clone_from(&lock(&link.hub.recordings.explained));
        let tab = link.params.record.to();
        let clips = self.project.clips(tab);
        self.selection = self.selection.take().filter(|selection| selection.is_of(tab, clips));
        if !std::mem::replace(&mut self.recording, link.is_recording()) && self.recording {
            link.hub.status.dismiss_error();
        }
        let newest = link.hub.status.notes().into_iter().next();
        let number = |note: &Note| note.number;
        if newest.as_ref().map(number) != self.note.as_ref().map(|(note, _)| number(note)) {
            self.note = newest.map(|note| (note, Instant::now()));
        }
        self.late_blocks.follow(&link.hub.status);
        self.follow_listening(link);
        let task = link.hub.status.task();
        if self.task.is_none_or(|(before, _)| before != task) {
            if self.task.is_some_and(|(before, _)| before == WorkerTask::Learning) {
                self.learning_ended = Some(Instant::now());
            }
            self.cancelling = false;
            self.task = Some((task, Instant::now()));
        }
    }

    fn follow_listening(&mut self, link: Link) {
        if self.project.dictionary.is_none() {
            self.listening = None;
            return;
        }
        let (_, listened) = self.listening.get_or_insert((Instant::now(), false));
        let any = |strip| link.is_soloed(strip) || link.is_muted(strip);
        *listened |= link.output_selection() != OutputSelection::Mix || (0..=REST_STRIP).any(any);
    }

    /// Whether the user has by now tried out what was learned.
    pub fn has_listened(&self) -> bool {
        self.listening.is_some_and(|(since, used)| used || since.elapsed() > LISTENED)
    }

    /// Whether something was recorded or learned for an instrument.
    pub fn uses(&self, instrument: usize) -> bool {
        let instrument = &self.project.instruments[instrument];
        !instrument.clips.is_empty() || instrument.source.is_some()
    }

    /// The latest message to the user that is not an error.
    pub fn fresh_note(&self) -> Option<&str> {
        let (note, came) = self.note.as_ref()?;
        (!note.is_error && came.elapsed() < NOTE_SHOWN).then_some(&*note.text)
    }

    /// Peaks of a clip.
    pub fn envelope(&mut self, clip: &Arc<Clip>) -> Arc<Envelope> {
        let fresh = || Arc::new(Envelope::of(&clip.channels()));
        self.envelopes.entry(key(clip)).or_insert_with(fresh).clone()
    }

    /// The notes detected in an instrument's clips, together; `None` until all of them are
    /// known, or if there are none.
    pub fn detected_notes(&self, instrument: usize) -> Option<DetectedNotes> {
        let clips = self.project.instruments[instrument].clips.iter();
        clips.map(|clip| self.notes.result(clip).cloned()).reduce(|sum, detected| {
            let mut sum = sum?;
            sum.add(&detected?);
            Some(sum)
        })?
    }

    /// The strips in use by the dictionary, the rest last.
    pub fn used_strips(&self) -> Vec<UsedStrip> {
        let Some(dictionary) = &self.project.dictionary else { return Vec::new() };
        let mut used_strips: Vec<UsedStrip> = self
            .project
            .instruments
            .iter()
            .enumerate()
            .filter_map(|(strip, instrument)| {
                let color = super::theme::source_color(&instrument.color);
                let name = instrument.name.clone();
                instrument.source.map(|source| UsedStrip { strip, name, color, source })
            })
            .collect();
        if let Some(source) = dictionary.rest() {
            used_strips.push(UsedStrip {
                strip: REST_STRIP,
                name: EVERYTHING_ELSE.to_string(),
                color: super::theme::source_color(&dictionary.sources[source].color),
                source,
            });
        }
        used_strips
    }
}

fn key(clip: &Arc<Clip>) -> usize {
    Arc::as_ptr(clip) as usize
}
