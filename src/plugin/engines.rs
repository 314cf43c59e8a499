//! Builds the engine for the project, the mode and the host's setup, and sends it to the
//! audio thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::audio_thread::engine::{Engine, ProcessSetup};
use super::audio_thread::engine_link::{EngineReceiver, EngineSender, engine_link};
use super::audio_thread::feed::FrameFeed;
use super::audio_thread::status::Status;
use super::choices::EvenLoad;
use super::project::store::ProjectStore;
use super::project::{MAX_INSTRUMENTS, Project};
use super::real_time::lock;
use crate::dictionary::Dictionary;
use crate::frames::Mode;

pub struct Engines {
    status: Arc<Status>,
    feed: Arc<FrameFeed>,
    /// The host's setup while the plugin is active.
    setup: Mutex<Option<ProcessSetup>>,
    /// The mode parameter, as an index into [`Mode::ALL`].
    requested_mode: AtomicUsize,
    /// The [`EvenLoad`] parameter, by its number.
    even_load: AtomicUsize,
    /// What the last engine was built from. Held while an engine is built, so that engines
    /// are sent in the order in which they are built. Lock order: this before the project,
    /// never after.
    built_from: Mutex<Option<EngineKey>>,
    sender: EngineSender,
    receiver: EngineReceiver,
}

/// Everything that an engine is built from: if it is the same, no new engine is needed.
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

impl Engines {
    pub fn new(status: Arc<Status>, feed: Arc<FrameFeed>) -> Self {
        let (sender, receiver) = engine_link();
        Self {
            status,
            feed,
            setup: Mutex::new(None),
            requested_mode: AtomicUsize::new(0),
            even_load: AtomicUsize::new(EvenLoad::Auto as usize),
            built_from: Mutex::new(None),
            sender,
            receiver,
        }
    }

    /// The host's setup while the plugin is active.
    pub fn setup(&self) -> Option<ProcessSetup> {
        *lock(&self.setup)
    }

    pub fn set_setup(&self, setup: Option<ProcessSetup>) {
        *lock(&self.setup) = setup;
    }

    /// The mode parameter was changed.
    pub fn request_mode(&self, index: usize) {
        self.requested_mode.store(index.min(Mode::ALL.len() - 1), Ordering::SeqCst);
    }

    pub fn requested_mode(&self) -> Mode {
        Mode::ALL[self.requested_mode.load(Ordering::SeqCst)]
    }

    /// The parameter was changed.
    pub fn set_even_load(&self, even: EvenLoad) {
        self.even_load.store(even as usize, Ordering::SeqCst);
    }

    /// Whether an engine for `mode` spreads its work.
    pub fn spreads(&self, mode: Mode) -> bool {
        EvenLoad::at(self.even_load.load(Ordering::SeqCst)).spreads(mode)
    }

    /// The audio thread's end of the engine link.
    pub fn receiver(&self) -> EngineReceiver {
        self.receiver.clone()
    }

    /// Whether the last engine was built for the present project.
    pub fn is_current(&self, project: &ProjectStore) -> bool {
        let Some(setup) = self.setup() else { return true };
        let built_from = lock(&self.built_from);
        // Under the project's lock, so that the key never drops the last reference to a
        // dictionary.
        project.with(|project| built_from.as_ref() == Some(&self.key(project, setup)))
    }

    /// Builds and sends an engine for `project`, unless the last one was built from the same.
    /// Does nothing while no host plays: `activate` builds one. Calls `go_on` often, and
    /// stops if it returns false.
    pub fn renew(&self, project: &ProjectStore, go_on: &mut dyn FnMut() -> bool) {
        let Some(setup) = self.setup() else { return };
        let mut built_from = lock(&self.built_from);
        // Read under the lock, so that an older project never replaces a newer one.
        let project = project.get();
        let key = self.key(&project, setup);
        if built_from.as_ref() == Some(&key) {
            return;
        }
        // Even if this fails, it is not tried again for the same project.
        *built_from = Some(key.clone());
        match self.build(&project, &key, go_on) {
            Some(engine) => self.sender.send(engine),
            None => *built_from = None,
        }
    }

    /// An engine for a host that is not playing yet; returns `present` if it is still
    /// current.
    pub fn for_activation(
        &self,
        project: &ProjectStore,
        setup: ProcessSetup,
        present: Option<Box<Engine>>,
    ) -> Box<Engine> {
        let mut built_from = lock(&self.built_from);
        let waiting = self.sender.take_back();
        let project = project.get();
        let key = self.key(&project, setup);
        let kept = if built_from.as_ref() == Some(&key) { waiting.or(present) } else { None };
        *built_from = Some(key.clone());
        kept.or_else(|| self.build(&project, &key, &mut || true))
            .unwrap_or_else(|| unreachable!("it is not stopped"))
    }

    /// Frees engines that the audio thread has retired.
    pub fn free(&self) {
        self.sender.free();
    }

    fn key(&self, project: &Project, setup: ProcessSetup) -> EngineKey {
        let mode = project.engine_mode(self.requested_mode());
        EngineKey {
            dictionary: project.dictionary.clone(),
            sources: std::array::from_fn(|i| project.instruments[i].source),
            mode,
            spread: self.spreads(mode),
            setup,
        }
    }

    fn build(
        &self,
        project: &Project,
        key: &EngineKey,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<Box<Engine>> {
        let (mut engine, note) = Engine::new(project, key.mode, key.spread, key.setup, go_on)?;
        if let Some(note) = note {
            self.status.note(note);
        }
        engine.set_id(self.feed.add_scene(engine.model(), engine.strips(), project));
        Some(engine)
    }
}
