//! The instance's own thread: empties the recorder's rings, learns, adapts the
//! rest, and rebuilds the engine when something has changed. It polls instead of
//! being woken: the audio thread could not wake it without a system call.

mod adapt;
mod alone;
pub mod clip_collector;
mod learning;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::audio_thread::status::WorkerTask;
use super::audio_thread::triggers::Trigger;
use super::hub::Hub;
use super::messages;
use super::params::PluginParams;
use super::priority::give_way;
use super::project::Project;
use crate::dsp::Mode;
use adapt::Adapter;
use clip_collector::ClipCollector;
use learning::Outcome;

/// Time between two looks.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The thread; stopped and waited for when dropped.
pub struct Worker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub fn start(hub: Arc<Hub>, params: Arc<PluginParams>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut state = WorkerState::new(hub.clone(), params, stop.clone());
        hub.has_worker.store(true, Ordering::SeqCst);
        let thread = std::thread::Builder::new()
            .name("unbraid worker".to_string())
            .spawn(move || state.run())
            .inspect_err(|_| hub.has_worker.store(false, Ordering::SeqCst))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the worker has before it.
struct WorkerState {
    hub: Arc<Hub>,
    params: Arc<PluginParams>,
    stop: Arc<AtomicBool>,
    captured: ClipCollector,
    adapter: Adapter,
    learned: u32,
    cleared: u32,
    adapted: u32,
}

impl WorkerState {
    fn new(hub: Arc<Hub>, params: Arc<PluginParams>, stop: Arc<AtomicBool>) -> Self {
        let count = |trigger| hub.triggers.handled(trigger);
        Self {
            learned: count(Trigger::Learn),
            cleared: count(Trigger::Clear),
            adapted: count(Trigger::Adapt),
            captured: ClipCollector::default(),
            adapter: Adapter::default(),
            hub,
            params,
            stop,
        }
    }

    fn run(&mut self) {
        give_way();
        while !self.stop.load(Ordering::SeqCst) {
            self.hub.busy.store(true, Ordering::SeqCst);
            // A fault here must not take the host down, nor leave it waiting.
            let poll = std::panic::AssertUnwindSafe(|| self.poll());
            if std::panic::catch_unwind(poll).is_err() {
                self.hub.status.set_task(WorkerTask::Nothing);
                self.hub.triggers.give_up();
                self.hub.status.error(
                    "learning failed for a reason that should not be; save the project and send \
                     it to the developers. What was learned before is kept",
                );
            }
            self.hub.busy.store(false, Ordering::SeqCst);
            std::thread::sleep(POLL_INTERVAL);
        }
        self.hub.has_worker.store(false, Ordering::SeqCst);
    }

    fn poll(&mut self) {
        self.hub.free_engines();
        self.captured.collect(&self.hub);
        self.clear();
        self.learn();
        self.follow_mode();
        self.adapt_rest();
        self.hub.renew_engine();
    }

    fn clear(&mut self) {
        let pressed = self.hub.triggers.count(Trigger::Clear);
        if std::mem::replace(&mut self.cleared, pressed) == pressed {
            return;
        }
        let to = self.params.record.to();
        if !self.hub.project().clips(to).is_empty() {
            self.hub.edit(|project| project.clips_mut(to).clear());
        }
        self.hub.triggers.set_handled(Trigger::Clear, pressed);
    }

    fn learn(&mut self) {
        let pressed = self.hub.triggers.count(Trigger::Learn);
        if std::mem::replace(&mut self.learned, pressed) == pressed {
            return;
        }
        let project = self.hub.project();
        let mode = self.hub.asked_mode();
        match self.learn_from(&project, mode) {
            Ok(outcome) => {
                self.take(outcome, true);
            }
            Err(Some(error)) => self.hub.status.error(error),
            Err(None) => self.hub.status.note("learning was cancelled; nothing has changed"),
        }
        self.hub.triggers.set_handled(Trigger::Learn, pressed);
    }

    /// Learns again for another mode, as long as the clips are there.
    fn follow_mode(&mut self) {
        let project = self.hub.project();
        let asked = self.hub.asked_mode();
        let Some(dictionary) = &project.dictionary else { return };
        if dictionary.frames.mode == asked || !project.can_relearn() {
            return;
        }
        match self.learn_from(&project, asked) {
            Ok(outcome) => self.take(outcome, false),
            Err(problem) => {
                let frames =
                    crate::dsp::FrameSettings::new(asked, dictionary.frames.sample_rate_hz);
                let (remapped, note) = dictionary.remapped(frames);
                self.hub.amend(|project| project.dictionary = Some(Arc::new(remapped)));
                if let Some(note) = problem.or(note.as_ref().map(messages::remapped)) {
                    self.hub.status.note(note);
                }
            }
        }
    }

    /// Learns; on failure what to tell the user, nothing if it was cancelled.
    fn learn_from(&mut self, project: &Project, mode: Mode) -> Result<Outcome, Option<String>> {
        let hub = self.hub.clone();
        let stop = self.stop.clone();
        let cancelled = hub.triggers.count(Trigger::Cancel);
        hub.status.set_task(WorkerTask::Learning);
        let rate = hub.status.sample_rate_hz();
        let captured = &mut self.captured;
        let result = learning::learn(project, &self.params.learn, mode, rate, &mut |share| {
            hub.status.progress.store(share, Ordering::Relaxed);
            hub.free_engines();
            captured.collect(&hub);
            !stop.load(Ordering::SeqCst) && hub.triggers.count(Trigger::Cancel) == cancelled
        });
        self.hub.status.set_task(WorkerTask::Nothing);
        result
    }

    fn take(&mut self, outcome: Outcome, as_step: bool) {
        let Outcome { mut dictionary, instruments, learned_from, adapts, notes } = outcome;
        if adapts && !as_step {
            // What was adapted before holds until it is adapted for this mode.
            if let Some(before) = &self.hub.project().dictionary {
                dictionary.take_rest_of(before);
            }
        }
        let change = |project: &mut Project| {
            project.set_dictionary(dictionary, Some(&instruments));
            project.learned_from = learned_from;
            if adapts {
                project.rest = super::project::Rest::Adapting { heard_s: 0 };
            }
        };
        if as_step {
            self.hub.edit(change)
        } else {
            self.hub.amend(change)
        }
        notes.into_iter().for_each(|note| self.hub.status.note(note));
    }

    fn adapt_rest(&mut self) {
        let pressed = self.hub.triggers.count(Trigger::Adapt);
        if std::mem::replace(&mut self.adapted, pressed) != pressed {
            self.adapter.ask(&self.hub);
            self.hub.triggers.set_handled(Trigger::Adapt, pressed);
        }
        let stop = self.stop.clone();
        let captured = &mut self.captured;
        self.adapter.step(&self.hub, &mut |hub| {
            captured.collect(hub);
            !stop.load(Ordering::SeqCst)
        });
    }
}
