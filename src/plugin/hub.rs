//! State shared by the host's main thread, the worker and the window. The audio thread uses
//! only its atomics and its own ends of the links in it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Thread;

use super::audio_thread::audition::Audition;
use super::audio_thread::engine::{Engine, ProcessSetup};
use super::audio_thread::feed::FrameFeed;
use super::audio_thread::status::Status;
use super::audio_thread::triggers::Triggers;
use super::engines::Engines;
use super::project::store::ProjectStore;
use super::real_time::lock;
use super::recordings::Recordings;
use super::window_state::WindowState;
use crate::library::Library;

/// One instance's state, apart from its parameters.
pub struct Hub {
    pub status: Arc<Status>,
    pub triggers: Arc<Triggers>,
    pub project: ProjectStore,
    pub engines: Engines,
    pub recordings: Recordings,
    /// What the window draws.
    pub feed: Arc<FrameFeed>,
    /// Clips that the user auditions.
    pub audition: Audition,
    pub window: WindowStateStore,
    /// The user's learned instruments; `None` without a home folder.
    pub library: Option<Library>,
    pub worker: WorkerLink,
}

impl Hub {
    pub fn new() -> Arc<Self> {
        Self::with_library(Library::of_the_user().ok())
    }

    /// With a given library.
    pub fn with_library(library: Option<Library>) -> Arc<Self> {
        let (status, feed) = (Arc::<Status>::default(), Arc::<FrameFeed>::default());
        Arc::new(Self {
            engines: Engines::new(status.clone(), feed.clone()),
            status,
            triggers: Arc::default(),
            project: ProjectStore::default(),
            recordings: Recordings::default(),
            feed,
            audition: Audition::default(),
            window: WindowStateStore::default(),
            library,
            worker: WorkerLink::default(),
        })
    }

    /// Whether the worker has nothing to do that would change the sound. Does not allocate:
    /// during a bounce, every block calls it.
    pub fn is_idle(&self) -> bool {
        if !self.worker.runs() {
            return true;
        }
        let recording = self.status.recording.load(Ordering::SeqCst);
        !self.worker.is_busy()
            && !self.triggers.are_pending()
            && !self.recordings.are_pending(recording)
            && !self.follows_mode()
            && self.engines.is_current(&self.project)
    }

    /// Whether the instruments are about to be learned again for another mode.
    fn follows_mode(&self) -> bool {
        let requested = self.engines.requested_mode();
        self.project.with(|project| {
            project.dictionary.is_some() && project.engine_mode(requested) != requested
        })
    }

    /// See [`Engines::renew`].
    pub fn renew_engine(&self, go_on: &mut dyn FnMut() -> bool) {
        self.engines.renew(&self.project, go_on);
    }

    /// See [`Engines::for_activation`].
    pub fn engine_for(&self, setup: ProcessSetup, present: Option<Box<Engine>>) -> Box<Engine> {
        self.engines.for_activation(&self.project, setup, present)
    }

    /// Frees what the audio thread has retired.
    pub fn free_retired(&self) {
        self.audition.free();
        self.engines.free();
    }
}

/// The window's last saved state, if there is one.
#[derive(Default)]
pub struct WindowStateStore(Mutex<Option<WindowState>>);

impl WindowStateStore {
    pub fn get(&self) -> Option<WindowState> {
        *lock(&self.0)
    }

    pub fn set(&self, state: Option<WindowState>) {
        *lock(&self.0) = state.map(WindowState::sane);
    }
}

/// What other threads can see of the worker.
#[derive(Default)]
pub struct WorkerLink {
    busy: AtomicBool,
    threads: Mutex<Vec<Thread>>,
    runs: AtomicBool,
    /// Counts the worker's steps: it calls this many times per second while it works.
    steps: AtomicU64,
    polls: AtomicU64,
    failed_polls: AtomicU64,
}

impl WorkerLink {
    pub fn runs(&self) -> bool {
        self.runs.load(Ordering::SeqCst)
    }

    /// The worker's threads have started, or ended.
    pub fn set_threads(&self, threads: Vec<Thread>) {
        self.runs.store(!threads.is_empty(), Ordering::SeqCst);
        *lock(&self.threads) = threads;
    }

    /// Whether the worker is busy.
    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::SeqCst)
    }

    pub fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::SeqCst);
    }

    /// The worker has taken a step.
    pub fn advance(&self) {
        self.steps.fetch_add(1, Ordering::SeqCst);
    }

    /// Counts the worker's steps.
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::SeqCst)
    }

    /// The worker has ended a poll.
    pub fn count_poll(&self, failed: bool) {
        self.failed_polls.fetch_add(u64::from(failed), Ordering::SeqCst);
        self.polls.fetch_add(1, Ordering::SeqCst);
        self.advance();
    }

    /// The number of the worker's polls, and of those that failed.
    pub fn polls(&self) -> (u64, u64) {
        (self.polls.load(Ordering::SeqCst), self.failed_polls.load(Ordering::SeqCst))
    }

    /// Makes the worker poll at once. Makes a system call: not for use in a playing host's
    /// audio callback.
    pub fn wake(&self) {
        lock(&self.threads).iter().for_each(Thread::unpark);
    }
}
