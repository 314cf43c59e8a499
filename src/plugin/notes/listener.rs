//! Detects the notes of clips on a thread of its own, once per clip, so that the window need
//! not wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::DetectedNotes;
use crate::plugin::priority::give_way;
use crate::plugin::project::clip::Clip;

/// The notes detected so far. The thread ends when this is dropped.
#[derive(Default)]
pub struct Listener {
    /// Keyed by the clips' addresses.
    detected: HashMap<usize, Entry>,
    thread: Option<Thread>,
}

/// A clip; its notes arrive later.
struct Entry {
    /// Keeps the address from being reused.
    _clip: Weak<Clip>,
    detected: Arc<OnceLock<DetectedNotes>>,
}

struct ListeningJob {
    clip: Weak<Clip>,
    detected: Arc<OnceLock<DetectedNotes>>,
}

impl Listener {
    /// Starts detection for new clips, and forgets those that are gone.
    pub fn follow<'a>(&mut self, clips: impl Iterator<Item = &'a Arc<Clip>>) {
        let mut before = std::mem::take(&mut self.detected);
        for clip in clips {
            let key = key(clip);
            let entry = before.remove(&key).unwrap_or_else(|| self.ask(clip));
            self.detected.insert(key, entry);
        }
    }

    /// The notes of a clip; `None` until they are known.
    pub fn detected(&self, clip: &Arc<Clip>) -> Option<&DetectedNotes> {
        self.detected.get(&key(clip))?.detected.get()
    }

    fn ask(&mut self, clip: &Arc<Clip>) -> Entry {
        if self.thread.is_none() {
            // Without a thread no notes are shown; nothing else is lost.
            self.thread = Thread::start().ok();
        }
        let detected = Arc::default();
        let job = ListeningJob { clip: Arc::downgrade(clip), detected: Arc::clone(&detected) };
        if let Some(jobs) = self.thread.as_ref().and_then(|thread| thread.jobs.as_ref()) {
            let _ = jobs.send(job);
        }
        Entry { _clip: Arc::downgrade(clip), detected }
    }
}

fn key(clip: &Arc<Clip>) -> usize {
    Arc::as_ptr(clip) as usize
}

struct Thread {
    jobs: Option<Sender<ListeningJob>>,
    stop: Arc<AtomicBool>,
    handle: Option<JoinHandle<()>>,
}

impl Thread {
    fn start() -> std::io::Result<Self> {
        let (jobs, asked) = unbounded();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let handle = std::thread::Builder::new()
            .name("unbraid notes".to_string())
            .spawn(move || listen(&asked, &stopped))?;
        Ok(Self { jobs: Some(jobs), stop, handle: Some(handle) })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.jobs = None;
        if let Some(handle) = self.handle.take() {
            let _ = handle.join();
        }
    }
}

fn listen(asked: &Receiver<ListeningJob>, stop: &AtomicBool) {
    give_way();
    for ListeningJob { clip, detected } in asked {
        // A clip that was removed meanwhile needs no result.
        let Some(clip) = clip.upgrade() else { continue };
        let goes_on = &mut || !stop.load(Ordering::SeqCst);
        if let Some(notes) = DetectedNotes::listen(&clip.channels(), clip.sample_rate_hz(), goes_on)
        {
            let _ = detected.set(notes);
        }
    }
}
