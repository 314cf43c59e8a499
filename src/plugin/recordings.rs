//! Carries recorded audio from the recorder to the worker.

use std::sync::{Mutex, Weak};

use super::audio_thread::recorder::RecorderRings;
use super::project::clip::Clip;
use super::project::envelope::Envelope;
use super::real_time::lock;

/// Maximum number of recorders whose audio can wait for the worker.
const MAX_RINGS: usize = 4;

/// What recorders have written. Each activation with another setup has its own recorder; what
/// the previous one recorded stays until the worker has collected it.
#[derive(Default)]
pub struct Recordings {
    /// Oldest first; the last belongs to the running recorder.
    rings: Mutex<Vec<RecorderRings>>,
    /// The recording in progress, for drawing it.
    pub envelope: Mutex<Envelope>,
    /// Clips that the instruments learned before explain: probably not of one instrument alone.
    pub explained: Mutex<Vec<Weak<Clip>>>,
}

impl Recordings {
    /// Adds the rings of a new recorder.
    pub fn add(&self, rings: RecorderRings) {
        let mut all = lock(&self.rings);
        // Without a worker, rings are never collected.
        if all.len() == MAX_RINGS {
            all.remove(0);
        }
        all.push(rings);
    }

    /// Whether there is something that the worker has not collected: a recording that has
    /// ended, or audio while `recording` is false. Does not allocate.
    pub fn are_pending(&self, recording: bool) -> bool {
        let rings = lock(&self.rings);
        rings.iter().any(|rings| !rings.ends.is_empty())
            || (!recording && rings.iter().any(|rings| !rings.recorded.is_empty()))
    }

    /// Calls `read` with the oldest rings, and whether there are newer ones.
    pub fn with_oldest<T>(&self, read: impl FnOnce(&mut RecorderRings, bool) -> T) -> Option<T> {
        let mut rings = lock(&self.rings);
        let has_newer = rings.len() > 1;
        rings.first_mut().map(|oldest| read(oldest, has_newer))
    }

    /// Drops the oldest rings, once everything in them is collected.
    pub fn remove_oldest(&self) {
        let oldest = lock(&self.rings).remove(0);
        // Megabytes: not freed under the lock.
        drop(oldest);
    }

    /// Calls `read` with the rings of the running recorder.
    pub fn with_newest<T>(&self, read: impl FnOnce(&mut RecorderRings) -> T) -> Option<T> {
        lock(&self.rings).last_mut().map(read)
    }
}
