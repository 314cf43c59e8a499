//! Whether the computer keeps up: the blocks that took nearly all of their time.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::plugin::audio_thread::status::Status;

/// So many late blocks within this time are more than a moment in which the computer was busy.
const LATE_BLOCKS: u32 = 5;
const WITHIN: Duration = Duration::from_secs(2);

/// How long the advice stays after the last time.
const SHOWN: Duration = Duration::from_secs(10);

/// How their number grows.
#[derive(Default)]
pub struct LateBlocks {
    /// Their number when counting began, and when that was.
    counted_from: Option<(u32, Instant)>,
    last: Option<Instant>,
}

impl LateBlocks {
    /// Looks at how many there are by now.
    pub fn follow(&mut self, status: &Status) {
        let late = status.late_blocks.load(Ordering::Relaxed);
        let (before, since) = self.counted_from.get_or_insert((late, Instant::now()));
        if late.wrapping_sub(*before) >= LATE_BLOCKS {
            self.last = Some(Instant::now());
            self.counted_from = None;
        } else if since.elapsed() > WITHIN {
            self.counted_from = None;
        }
    }

    pub fn are_recent(&self) -> bool {
        self.last.is_some_and(|last| last.elapsed() < SHOWN)
    }
}
