//! Parameters that trigger an action when they are switched on. They may be set by any
//! thread, including the audio thread, so a press is only counted; the thread that does the
//! work compares counts. A short press cannot be missed.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::plugin::project::MAX_INSTRUMENTS;
use crate::plugin::restoring::Restoring;

/// The action that a trigger requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    Record,
    Clear,
    Learn,
    Cancel,
    Adapt,
}

const TRIGGERS: usize = 5;

/// How often each trigger was pressed.
#[derive(Default)]
pub struct Triggers {
    pressed: [AtomicU32; TRIGGERS],
    held: [AtomicBool; TRIGGERS],
    /// Presses that the worker has handled.
    handled: [AtomicU32; TRIGGERS],
    cancels_before_learn: AtomicU32,
    /// The tab that is selected for recording: 0 is the whole song, 1 the first instrument.
    tab: AtomicU32,
    /// The tabs that were selected when *Clear* was pressed, one bit each.
    cleared_tabs: AtomicU64,
}

// A tab for each instrument and for the whole song.
const _: () = assert!(MAX_INSTRUMENTS < u64::BITS as usize);

impl Triggers {
    /// The parameter of `trigger` was switched on or off.
    pub fn switched(&self, trigger: Trigger, on: bool) {
        let asked = on && !Restoring::is_active();
        self.held[trigger as usize].store(asked, Ordering::SeqCst);
        if asked {
            self.press(trigger);
        }
    }

    /// Has the same effect as switching the parameter on.
    pub fn press(&self, trigger: Trigger) {
        if trigger == Trigger::Learn {
            self.cancels_before_learn.store(self.count(Trigger::Cancel), Ordering::SeqCst);
        }
        if trigger == Trigger::Clear {
            let tab = self.tab.load(Ordering::SeqCst);
            self.cleared_tabs.fetch_or(1 << tab, Ordering::SeqCst);
        }
        self.pressed[trigger as usize].fetch_add(1, Ordering::SeqCst);
    }

    /// How often `trigger` was pressed.
    pub fn count(&self, trigger: Trigger) -> u32 {
        self.pressed[trigger as usize].load(Ordering::SeqCst)
    }

    /// How often *Cancel* was pressed before *Learn* was last pressed. What comes later applies
    /// to this learning, even if the worker has not begun it yet.
    pub fn cancels_before_learn(&self) -> u32 {
        self.cancels_before_learn.load(Ordering::SeqCst)
    }

    /// Another tab is selected for recording: 0 is the whole song, 1 the first instrument.
    pub fn select_tab(&self, tab: usize) {
        self.tab.store(tab.min(MAX_INSTRUMENTS) as u32, Ordering::SeqCst);
    }

    /// The instruments whose recordings are to be cleared since the last call; `None` is the
    /// whole song. By the time this is handled, another tab may be selected.
    pub fn take_cleared(&self) -> impl Iterator<Item = Option<usize>> + use<> {
        let tabs = self.cleared_tabs.swap(0, Ordering::SeqCst);
        let is_cleared = move |tab: &usize| tabs & (1 << tab) != 0;
        (0..=MAX_INSTRUMENTS).filter(is_cleared).map(|tab| tab.checked_sub(1))
    }

    /// What was to be cleared stays.
    pub fn forget_cleared(&self) {
        self.cleared_tabs.store(0, Ordering::SeqCst);
    }

    /// How many presses of `trigger` the worker has handled.
    pub fn handled(&self, trigger: Trigger) -> u32 {
        self.handled[trigger as usize].load(Ordering::SeqCst)
    }

    /// Called when the worker has handled the first `count` presses.
    pub fn set_handled(&self, trigger: Trigger, count: u32) {
        self.handled[trigger as usize].store(count, Ordering::SeqCst);
    }

    /// Whether the worker has yet to handle a press.
    pub fn are_pending(&self) -> bool {
        Self::ANSWERED.into_iter().any(|trigger| self.count(trigger) != self.handled(trigger))
    }

    /// Discards all pending presses.
    pub fn give_up(&self) {
        self.forget_cleared();
        Self::ANSWERED.into_iter().for_each(|t| self.set_handled(t, self.count(t)));
    }

    /// Triggers that the worker handles.
    const ANSWERED: [Trigger; 3] = [Trigger::Clear, Trigger::Learn, Trigger::Adapt];

    /// Whether a trigger that stays on, such as *Record*, was switched on and
    /// still is.
    pub fn is_held(&self, trigger: Trigger) -> bool {
        self.held[trigger as usize].load(Ordering::SeqCst)
    }
}
