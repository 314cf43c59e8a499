//! Analyses clips on a thread of its own, each clip once, so that the window need not wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::plugin::priority::give_way;
use crate::plugin::project::clip::Clip;

/// What can be found out about a clip.
pub trait ClipAnalysis: Send + Sync + Sized + 'static {
    /// Name of the thread.
    const THREAD: &str;

    /// Analyses a clip. Calls `go_on` often; returns `None` if it returns false.
    fn of(clip: &Clip, go_on: &mut dyn FnMut() -> bool) -> Option<Self>;
}

/// The analyses so far. The thread starts with the first clip, and ends when this is dropped.
pub struct ClipAnalyses<T> {
    /// Keyed by the clips' addresses.
    entries: HashMap<usize, Entry<T>>,
    thread: Option<Thread<T>>,
}

impl<T> Default for ClipAnalyses<T> {
    fn default() -> Self {
        Self { entries: HashMap::new(), thread: None }
    }
}

/// A clip; its result arrives later.
struct Entry<T> {
    /// Keeps the address from being reused.
    _clip: Weak<Clip>,
    result: Arc<OnceLock<T>>,
}

struct Job<T> {
    clip: Weak<Clip>,
    result: Arc<OnceLock<T>>,
}

impl<T: ClipAnalysis> ClipAnalyses<T> {
    /// Starts the analysis of new clips, and forgets those that are gone.
    pub fn follow<'a>(&mut self, clips: impl Iterator<Item = &'a Arc<Clip>>) {
        let mut before = std::mem::take(&mut self.entries);
        for clip in clips {
            let key = key(clip);
            let entry = before.remove(&key).unwrap_or_else(|| self.ask(clip));
            self.entries.insert(key, entry);
        }
    }

    /// The result for a clip; `None` until it is known.
    pub fn result(&self, clip: &Arc<Clip>) -> Option<&T> {
        self.entries.get(&key(clip))?.result.get()
    }

    fn ask(&mut self, clip: &Arc<Clip>) -> Entry<T> {
        if self.thread.is_none() {
            // Without a thread nothing is shown; nothing else is lost.
            self.thread = Thread::start().ok();
        }
        let result = Arc::default();
        let job = Job { clip: Arc::downgrade(clip), result: Arc::clone(&result) };
        if let Some(jobs) = self.thread.as_ref().and_then(|thread| thread.jobs.as_ref()) {
            let _ = jobs.send(job);
        }
        Entry { _clip: Arc::downgrade(clip), result }
    }
}

fn key(clip: &Arc<Clip>) -> usize {
    Arc::as_ptr(clip) as usize
}

struct Thread<T> {
    jobs: Option<Sender<Job<T>>>,
    stop: Arc<AtomicBool>,
    handle: Option<JoinHandle<()>>,
}

impl<T: ClipAnalysis> Thread<T> {
    fn start() -> std::io::Result<Self> {
        let (jobs, asked) = unbounded();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let handle = std::thread::Builder::new()
            .name(T::THREAD.to_string())
            .spawn(move || analyse(&asked, &stopped))?;
        Ok(Self { jobs: Some(jobs), stop, handle: Some(handle) })
    }
}

impl<T> Drop for Thread<T> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.jobs = None;
        if let Some(handle) = self.handle.take() {
            let _ = handle.join();
        }
    }
}

fn analyse<T: ClipAnalysis>(asked: &Receiver<Job<T>>, stop: &AtomicBool) {
    give_way();
    for Job { clip, result } in asked {
        // A clip that was removed meanwhile needs no result, nor does one that is followed no more.
        let Some(clip) = clip.upgrade() else { continue };
        if Arc::strong_count(&result) == 1 {
            continue;
        }
        if let Some(of_clip) = T::of(&clip, &mut || !stop.load(Ordering::SeqCst)) {
            let _ = result.set(of_clip);
        }
    }
}
