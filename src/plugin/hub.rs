//! What the host's main thread, the worker and the window share. The audio
//! thread touches only the atomics in it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::audio_thread::audition::Audition;
use super::audio_thread::engine::{Engine, ProcessSetup};
use super::audio_thread::feed::Feed;
use super::audio_thread::player::Exchange;
use super::audio_thread::real_time::lock;
use super::audio_thread::recorder::{RECORDING_ENDS, RecorderRings, RecordingEnd};
use super::audio_thread::status::Status;
use super::audio_thread::triggers::Triggers;
use super::choices::EvenLoad;
use super::project::MAX_INSTRUMENTS;
use super::project::envelope::Envelope;
use super::project::undo::{ParamChange, UndoResult, UndoStack};
use super::project::versions::{MixerSettings, Versions};
use super::project::{Project, Rest};
use super::window_state::WindowState;
use crate::dictionary::Dictionary;
use crate::dsp::Mode;

/// Engines that can wait to be freed.
const RETIRED: usize = 8;

/// One instance's state beside its parameters.
pub struct Hub {
    pub status: Arc<Status>,
    pub triggers: Arc<Triggers>,
    project: Mutex<UndoStack>,
    /// Counts changes of the project.
    revision: AtomicU64,
    engines: Engines,
    /// Captures that have ended.
    pub recording_ends: (Sender<RecordingEnd>, Receiver<RecordingEnd>),
    pub rings: Mutex<Option<RecorderRings>>,
    /// What the host runs the plugin with, while it is active.
    setup: Mutex<Option<ProcessSetup>>,
    /// The mode that is asked for, as an index into [`Mode::ALL`].
    asked_mode: AtomicUsize,
    /// What [`EvenLoad`] is asked for, by its number.
    even_load: AtomicUsize,
    /// Whether clips are saved with the host's project.
    keep_clips: AtomicBool,
    /// What the last engine was made for.
    sent: Mutex<Option<EngineKey>>,
    /// Whether there is a worker, and whether it is in the middle of something.
    pub has_worker: AtomicBool,
    pub busy: AtomicBool,
    /// Recordings that the user wants to hear.
    pub audition: Audition,
    /// What the window draws.
    pub feed: Feed,
    /// The capture under way, as the worker has it.
    pub growing: Mutex<Envelope>,
    window_state: Mutex<Option<WindowState>>,
}

/// All that an engine is made from: with the same, there is no need for another.
#[derive(Clone)]
struct EngineKey {
    dictionary: Option<Arc<Dictionary>>,
    sources: [Option<usize>; MAX_INSTRUMENTS],
    mode: Mode,
    spread: bool,
    setup: ProcessSetup,
}

impl PartialEq for EngineKey {
    fn eq(&self, other: &Self) -> bool {
        let same_dictionary = match (&self.dictionary, &other.dictionary) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        same_dictionary
            && (self.sources, self.mode) == (other.sources, other.mode)
            && (self.spread, self.setup) == (other.spread, other.setup)
    }
}

/// The main side of the engines' way to the audio thread and back.
struct Engines {
    incoming: (Sender<Box<Engine>>, Receiver<Box<Engine>>),
    outgoing: (Sender<Box<Engine>>, Receiver<Box<Engine>>),
}

impl Hub {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            status: Arc::default(),
            triggers: Arc::default(),
            project: Mutex::default(),
            revision: AtomicU64::new(0),
            engines: Engines { incoming: bounded(1), outgoing: bounded(RETIRED) },
            recording_ends: bounded(RECORDING_ENDS),
            rings: Mutex::new(None),
            setup: Mutex::new(None),
            asked_mode: AtomicUsize::new(0),
            even_load: AtomicUsize::new(EvenLoad::Auto as usize),
            keep_clips: AtomicBool::new(true),
            sent: Mutex::new(None),
            has_worker: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            audition: Audition::default(),
            feed: Feed::default(),
            growing: Mutex::default(),
            window_state: Mutex::new(None),
        })
    }

    /// The project as it is now.
    pub fn project(&self) -> Project {
        lock(&self.project).project.clone()
    }

    /// Counts changes of the project.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::SeqCst)
    }

    /// Changes the project; can be undone.
    pub fn edit<T>(&self, change: impl FnOnce(&mut Project) -> T) -> T {
        self.edit_with(Vec::new(), change)
    }

    /// As [`Hub::edit`], in one step with parameters that were turned in the window.
    pub fn edit_with<T>(
        &self,
        changes: Vec<ParamChange>,
        change: impl FnOnce(&mut Project) -> T,
    ) -> T {
        let mut undo_stack = lock(&self.project);
        let before = undo_stack.project.clone();
        let result = change(&mut undo_stack.project);
        undo_stack.changed(before, changes);
        self.revision.fetch_add(1, Ordering::SeqCst);
        result
    }

    /// Parameters were turned together in the window; can be undone.
    pub fn turned(&self, changes: Vec<ParamChange>) {
        lock(&self.project).turned(changes);
    }

    /// Changes the project without a step of its own in the history.
    pub fn amend(&self, change: impl FnOnce(&mut Project)) {
        change(&mut lock(&self.project).project);
        self.revision.fetch_add(1, Ordering::SeqCst);
    }

    /// Puts what comes from elsewhere in place.
    pub fn replace(&self, undo_stack: UndoStack) {
        *lock(&self.project) = undo_stack;
        self.revision.fetch_add(1, Ordering::SeqCst);
    }

    /// Takes the last change back. The worker makes the engine for it.
    pub fn undo(&self) -> UndoResult {
        self.step(UndoStack::undo)
    }

    /// Makes a change again that was taken back.
    pub fn redo(&self) -> UndoResult {
        self.step(UndoStack::redo)
    }

    fn step(&self, step: fn(&mut UndoStack) -> UndoResult) -> UndoResult {
        let stepped = step(&mut lock(&self.project));
        if stepped.is_other_project {
            self.revision.fetch_add(1, Ordering::SeqCst);
        }
        stepped
    }

    /// A and B as they are now.
    pub fn versions(&self) -> Versions {
        lock(&self.project).versions()
    }

    /// Whether the one of A and B that is heard is B.
    pub fn hears_b(&self) -> bool {
        lock(&self.project).hears_b
    }

    /// Exchanges A and B; takes the mixer of the one that was heard and gives that
    /// of the other.
    pub fn switch(&self, mixer: MixerSettings) -> MixerSettings {
        let other = lock(&self.project).switch(mixer);
        self.revision.fetch_add(1, Ordering::SeqCst);
        other
    }

    /// A dictionary's rest was learned, unless the dictionary has gone meanwhile.
    pub fn adapted(&self, was: &Arc<Dictionary>, now: &Arc<Dictionary>, rest: Rest) {
        lock(&self.project).adapted(was, now, rest);
        self.revision.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether there is anything to undo, and to redo.
    pub fn can_step(&self) -> (bool, bool) {
        lock(&self.project).can_step()
    }

    /// What the host runs the plugin with, while it is active.
    pub fn setup(&self) -> Option<ProcessSetup> {
        *lock(&self.setup)
    }

    pub fn set_setup(&self, setup: Option<ProcessSetup>) {
        *lock(&self.setup) = setup;
    }

    /// The mode parameter was turned.
    pub fn ask_for_mode(&self, index: usize) {
        self.asked_mode.store(index.min(Mode::ALL.len() - 1), Ordering::SeqCst);
    }

    pub fn asked_mode(&self) -> Mode {
        Mode::ALL[self.asked_mode.load(Ordering::SeqCst)]
    }

    /// The parameter was turned.
    pub fn ask_for_even_load(&self, even: EvenLoad) {
        self.even_load.store(even as usize, Ordering::SeqCst);
    }

    /// Whether an engine of `mode` is to spread its work.
    pub fn spreads(&self, mode: Mode) -> bool {
        EvenLoad::at(self.even_load.load(Ordering::SeqCst)).spreads(mode)
    }

    /// How the window was left, if there was one.
    pub fn window_state(&self) -> Option<WindowState> {
        *lock(&self.window_state)
    }

    pub fn set_window_state(&self, window_state: Option<WindowState>) {
        *lock(&self.window_state) = window_state.map(WindowState::sane);
    }

    pub fn keep_clips(&self, keep: bool) {
        self.keep_clips.store(keep, Ordering::SeqCst);
    }

    pub fn keeps_clips(&self) -> bool {
        self.keep_clips.load(Ordering::SeqCst)
    }

    /// Whether the worker has nothing to do that would change the sound. Does not
    /// allocate: a bounce asks in every block.
    pub fn is_idle(&self) -> bool {
        if !self.has_worker.load(Ordering::SeqCst) {
            return true;
        }
        let captures = || {
            let rings = lock(&self.rings);
            let recording = self.status.recording.load(Ordering::SeqCst);
            rings.as_ref().is_some_and(|rings| !recording && !rings.recorded.is_empty())
        };
        let follows_mode = || {
            let project = &lock(&self.project).project;
            project.dictionary.is_some()
                && project.engine_mode(self.asked_mode()) != self.asked_mode()
        };
        !self.busy.load(Ordering::SeqCst)
            && !self.triggers.are_pending()
            && self.recording_ends.1.is_empty()
            && !captures()
            && !follows_mode()
            && self.engine_is_sent()
    }

    fn engine_is_sent(&self) -> bool {
        let Some(setup) = self.setup() else { return true };
        let sent = lock(&self.sent);
        // Held while the key is, so that the key never has the last of a dictionary.
        let undo_stack = lock(&self.project);
        sent.as_ref() == Some(&self.engine_key(&undo_stack.project, setup))
    }

    /// The audio thread's ends of the engines' way.
    pub fn exchange(&self) -> Exchange {
        Exchange {
            incoming: self.engines.incoming.1.clone(),
            outgoing: self.engines.outgoing.0.clone(),
        }
    }

    /// Makes an engine for the project as it is now and sends it to the audio
    /// thread, unless the last one was made for the same. Without a host that
    /// plays there is nothing to do: the engine is made when there is.
    pub fn renew_engine(&self) {
        let Some(setup) = self.setup() else { return };
        // Held to the end: engines are sent in the order in which they are made.
        let mut sent = lock(&self.sent);
        let project = self.project();
        let key = self.engine_key(&project, setup);
        if sent.as_ref() == Some(&key) {
            return;
        }
        let engine = self.make_engine(&project, &key);
        *sent = Some(key);
        self.send_engine(engine);
    }

    /// An engine for the project as it is now, for a host that does not play
    /// yet; `present` if it still is what it should be.
    pub fn engine_for(&self, setup: ProcessSetup, present: Option<Box<Engine>>) -> Box<Engine> {
        let mut sent = lock(&self.sent);
        let waiting = self.engines.incoming.1.try_recv().ok();
        let project = self.project();
        let key = self.engine_key(&project, setup);
        let kept = if sent.as_ref() == Some(&key) { waiting.or(present) } else { None };
        *sent = Some(key.clone());
        kept.unwrap_or_else(|| self.make_engine(&project, &key))
    }

    fn engine_key(&self, project: &Project, setup: ProcessSetup) -> EngineKey {
        let mode = project.engine_mode(self.asked_mode());
        EngineKey {
            dictionary: project.dictionary.clone(),
            sources: std::array::from_fn(|instrument| project.instruments[instrument].source),
            mode,
            spread: self.spreads(mode),
            setup,
        }
    }

    fn make_engine(&self, project: &Project, key: &EngineKey) -> Box<Engine> {
        let (mut engine, note) = Engine::new(project, key.mode, key.spread, key.setup);
        if let Some(note) = note {
            self.status.note(note);
        }
        engine.set_id(self.feed.add_scene(engine.model(), engine.strips()));
        engine
    }

    /// Sends an engine; one that still waits gives way to it.
    fn send_engine(&self, mut engine: Box<Engine>) {
        self.free_engines();
        while let Err(full) = self.engines.incoming.0.try_send(engine) {
            engine = full.into_inner();
            drop(self.engines.incoming.1.try_recv());
        }
    }

    /// Frees what the audio thread has done with.
    pub fn free_engines(&self) {
        self.audition.free();
        while self.engines.outgoing.1.try_recv().is_ok() {}
    }
}
