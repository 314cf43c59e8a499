//! The instance's own thread: empties the recorder's rings, learns, adapts the rest, and
//! rebuilds the engine after changes. It polls, because the audio thread could not wake it
//! without a system call.

mod adapt;
mod alone;
mod clearing;
pub mod clip_collector;
mod judge;
mod learning;
#[cfg(all(test, target_os = "linux"))]
mod long_material;
mod packer;
mod recording_check;
mod turn;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::audio_thread::status::WorkerTask;
use super::audio_thread::triggers::Trigger;
use super::hub::Hub;
use super::messages;
use super::params::PluginParams;
use super::priority::{give_way, start_shared_pool};
use super::project::Project;
use super::real_time::lock;
use crate::frames::Mode;
use adapt::Adapter;
use clearing::clear;
use clip_collector::ClipCollector;
use judge::Judge;
use learning::{Basis, LearningOutcome};
use packer::Packer;
use recording_check::RecordingCheck;
use turn::Turn;

/// Time between two polls: twenty per second, and more while a recording is drawn. Threads
/// that may make system calls wake the worker at once.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const POLL_WHILE_RECORDING: Duration = Duration::from_millis(10);

/// How soon a thread whose turn it is not notices that it is.
const TURN_INTERVAL: Duration = Duration::from_millis(200);

/// The threads, see [`Turn`]; dropping this stops them and waits for them.
pub struct Worker {
    hub: Arc<Hub>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Worker {
    pub fn start(hub: Arc<Hub>, params: Arc<PluginParams>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let state = WorkerState::new(hub.clone(), params, stop.clone());
        let state = Arc::new(Mutex::new(state));
        let mut worker = Self { hub, stop, threads: Vec::new() };
        for turn in Turn::ALL {
            let (state, hub, stop) = (state.clone(), worker.hub.clone(), worker.stop.clone());
            let name = match turn {
                Turn::Live => "unbraid worker",
                Turn::Offline => "unbraid offline",
            };
            let run = move || run(&state, &hub, &stop, turn);
            let thread = std::thread::Builder::new().name(name.to_string()).spawn(run)?;
            worker.threads.push(thread);
        }
        let threads = worker.threads.iter().map(|thread| thread.thread().clone());
        worker.hub.worker.set_threads(threads.collect());
        Ok(worker)
    }
}

/// Runs one of the threads.
fn run(state: &Mutex<WorkerState>, hub: &Hub, stop: &AtomicBool, turn: Turn) {
    if turn == Turn::Live {
        give_way();
        start_shared_pool();
    }
    while !stop.load(Ordering::SeqCst) {
        let interval = if turn.is_now(hub) {
            // The other thread stops soon if it is still at work.
            lock(state).step(turn);
            match hub.status.recording.load(Ordering::Relaxed) {
                true => POLL_WHILE_RECORDING,
                false => POLL_INTERVAL,
            }
        } else {
            TURN_INTERVAL
        };
        std::thread::park_timeout(interval);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            let _ = thread.join();
        }
        self.hub.worker.set_threads(Vec::new());
    }
}

/// Why nothing was learned.
enum Unlearned {
    /// The message for the user.
    Failed(String),
    /// By the user, or because what would be learned no longer suits the project.
    Cancelled,
    /// The other thread goes on.
    HandedOver,
}

/// The message after a panic.
fn bug(what: &str) -> String {
    let report = messages::report_bug();
    format!("{what} failed because of a bug: {report}. What was learned before is kept")
}

/// The worker's own data.
struct WorkerState {
    hub: Arc<Hub>,
    params: Arc<PluginParams>,
    stop: Arc<AtomicBool>,
    /// The thread that works at present.
    turn: Turn,
    collector: ClipCollector,
    adapter: Adapter,
    packer: Packer,
    judge: Judge,
    recording_check: RecordingCheck,
    learned: u32,
    adapted: u32,
}

impl WorkerState {
    fn new(hub: Arc<Hub>, params: Arc<PluginParams>, stop: Arc<AtomicBool>) -> Self {
        let count = |trigger| hub.triggers.handled(trigger);
        Self {
            learned: count(Trigger::Learn),
            adapted: count(Trigger::Adapt),
            collector: ClipCollector::default(),
            adapter: Adapter::default(),
            packer: Packer::default(),
            judge: Judge::default(),
            recording_check: RecordingCheck::default(),
            hub,
            params,
            stop,
            turn: Turn::Live,
        }
    }

    /// Does what there is to do, in a thread whose turn it is.
    fn step(&mut self, turn: Turn) {
        self.turn = turn;
        self.hub.worker.set_busy(true);
        // A panic here must neither crash the host nor leave it waiting.
        let failed = catch_unwind(AssertUnwindSafe(|| self.poll())).is_err();
        if failed {
            self.hub.status.set_task(WorkerTask::Nothing);
            self.hub.triggers.give_up();
            self.adapter = Adapter::default();
            self.hub.status.error(bug("learning"));
        }
        self.hub.worker.set_busy(false);
        self.hub.worker.count_poll(failed);
        // Not busy: a bounce does not wait for it.
        if catch_unwind(AssertUnwindSafe(|| self.prepare_saving())).is_err() {
            self.packer.give_up(&self.hub);
            self.hub.status.error(bug("preparing to save"));
        }
    }

    /// Whether the other thread is to go on.
    fn hands_over(&self) -> bool {
        !self.turn.is_now(&self.hub)
    }

    fn poll(&mut self) {
        self.hub.free_retired();
        self.collector.collect(&self.hub, &self.stop);
        clear(&self.hub);
        self.learn();
        self.follow_mode();
        self.adapt_rest();
        self.hub.renew_engine(&mut || {
            self.hub.worker.advance();
            !self.stop.load(Ordering::SeqCst) && !self.hands_over()
        });
    }

    /// Packs what is new in the project, one clip per poll, so that saving is quick, and checks
    /// it.
    fn prepare_saving(&mut self) {
        let (hub, stop, turn) = (&self.hub, &self.stop, self.turn);
        let go_on = || {
            !stop.load(Ordering::SeqCst)
                && turn.is_now(hub)
                && !hub.status.recording.load(Ordering::Relaxed)
                && !hub.triggers.are_pending()
                && !hub.recordings.are_pending(false)
        };
        self.packer.step(hub, &self.params, &go_on);
        // It can wait, and would start threads that do not give way.
        if turn == Turn::Live {
            self.recording_check.step(hub, &mut || go_on());
        }
    }

    fn learn(&mut self) {
        let pressed = self.hub.triggers.count(Trigger::Learn);
        let before = std::mem::replace(&mut self.learned, pressed);
        if before == pressed {
            return;
        }
        let basis = Basis::of(&self.hub.project);
        let mode = self.hub.engines.requested_mode();
        let cancels = self.hub.triggers.cancels_before_learn();
        let learned = self.learn_from(&basis, mode, cancels);
        match learned.map(|outcome| self.take(outcome, &basis, true)) {
            Ok(true) => {}
            Err(Unlearned::HandedOver) => {
                self.learned = before;
                return;
            }
            Err(Unlearned::Failed(error)) => self.hub.status.error(error),
            _ if !self.hub.project.with(|now| basis.suits(&self.hub.project, now)) => {
                self.hub.status.error(messages::CHANGED_MEANWHILE)
            }
            _ => self.hub.status.note("learning was cancelled; nothing has changed"),
        }
        self.hub.triggers.set_handled(Trigger::Learn, pressed);
    }

    /// Learns again for another mode, as long as the clips exist.
    fn follow_mode(&mut self) {
        let basis = Basis::of(&self.hub.project);
        let asked = self.hub.engines.requested_mode();
        let Some(dictionary) = &basis.project.dictionary else { return };
        if dictionary.frames.mode == asked || !basis.project.can_relearn() {
            return;
        }
        let cancels = self.hub.triggers.count(Trigger::Cancel);
        match self.learn_from(&basis, asked, cancels) {
            Ok(outcome) => {
                self.take(outcome, &basis, false);
            }
            Err(Unlearned::HandedOver) => {}
            Err(problem @ (Unlearned::Failed(_) | Unlearned::Cancelled)) => {
                let frames =
                    crate::frames::FrameSettings::new(asked, dictionary.frames.sample_rate_hz);
                let (remapped, note) = dictionary.remapped(frames);
                let store = &self.hub.project;
                let suits = |now: &Project| basis.suits(store, now);
                let change = |project: &mut Project| project.dictionary = Some(Arc::new(remapped));
                if !store.amend_if(suits, change) {
                    // The next poll sees what there is now.
                    return;
                }
                let problem = match problem {
                    Unlearned::Failed(problem) => Some(problem),
                    Unlearned::Cancelled | Unlearned::HandedOver => None,
                };
                if let Some(note) = problem.or(note.as_ref().map(messages::remapped)) {
                    self.hub.status.note(note);
                }
            }
        }
    }

    /// Learns, until *Cancel* has been pressed more than `cancels` times.
    fn learn_from(
        &mut self,
        basis: &Basis,
        mode: Mode,
        cancels: u32,
    ) -> Result<LearningOutcome, Unlearned> {
        self.judge.stop();
        let hub = self.hub.clone();
        let (stop, turn) = (self.stop.clone(), self.turn);
        hub.status.set_task(WorkerTask::Learning);
        let rate = hub.status.sample_rate_hz();
        let collector = &mut self.collector;
        let params = &self.params.learn;
        // As it was when that stopped learning: the host may have changed again since.
        let mut is_handed_over = false;
        let mut progress = |fraction: f32| {
            hub.worker.advance();
            hub.status.progress.store(fraction, Ordering::Relaxed);
            hub.free_retired();
            collector.collect(&hub, &stop);
            clear(&hub);
            let goes_on = !stop.load(Ordering::SeqCst)
                && hub.triggers.count(Trigger::Cancel) == cancels
                && hub.project.with(|now| basis.suits(&hub.project, now));
            is_handed_over |= goes_on && !turn.is_now(&hub);
            goes_on && !is_handed_over
        };
        // A failure is an answer: otherwise the same would be tried again.
        let learn =
            || turn.run(|| learning::learn(&basis.project, params, mode, rate, &mut progress));
        let result =
            catch_unwind(AssertUnwindSafe(learn)).unwrap_or_else(|_| Err(Some(bug("learning"))));
        self.hub.status.set_task(WorkerTask::Nothing);
        result.map_err(|message| match message {
            Some(message) => Unlearned::Failed(message),
            None if is_handed_over => Unlearned::HandedOver,
            None => Unlearned::Cancelled,
        })
    }

    /// Makes this what the project has learned, unless it no longer suits the project; returns
    /// whether it does.
    fn take(&mut self, mut outcome: LearningOutcome, basis: &Basis, as_step: bool) -> bool {
        if outcome.adapts && !as_step {
            // The earlier adapted rest stays in use until it is adapted for this mode.
            if let Some(before) = &self.hub.project.get().dictionary {
                outcome.take_rest_of(before);
            }
        }
        let notes = std::mem::take(&mut outcome.notes);
        let settings = outcome.settings.clone();
        let change = |project: &mut Project| outcome.apply(project);
        let store = &self.hub.project;
        let suits = |now: &Project| basis.suits(store, now);
        let taken = match as_step {
            true => store.edit_if(suits, change),
            false => store.amend_if(suits, change),
        };
        if !taken {
            return false;
        }
        notes.into_iter().for_each(|note| self.hub.status.note(note));
        self.judge.start(&self.hub, settings);
        true
    }

    fn adapt_rest(&mut self) {
        let pressed = self.hub.triggers.count(Trigger::Adapt);
        if std::mem::replace(&mut self.adapted, pressed) != pressed {
            self.adapter.ask(&self.hub);
            self.hub.triggers.set_handled(Trigger::Adapt, pressed);
        }
        let stop = self.stop.clone();
        let turn = self.turn;
        if stop.load(Ordering::SeqCst) || !turn.is_now(&self.hub) {
            return;
        }
        let collector = &mut self.collector;
        self.adapter.step(&self.hub, &mut |hub| {
            hub.worker.advance();
            collector.collect(hub, &stop);
            clear(hub);
            !stop.load(Ordering::SeqCst) && turn.is_now(hub)
        });
    }
}
