//! Parameters that do something when they are turned on. They may be turned by
//! any thread, the audio thread among them, so a turn is only counted; whoever
//! does the work compares counts. Counts also cannot miss a short press.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What a trigger asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    Record,
    Clear,
    Learn,
    Cancel,
    Adapt,
}

const TRIGGERS: usize = 5;

thread_local! {
    /// Whether this thread is restoring a state. Parameters are then put where
    /// they were, which is no request to do anything.
    static RESTORING: Cell<bool> = const { Cell::new(false) };
}

/// Says whether this thread is restoring a state.
pub fn set_restoring(restoring: bool) {
    RESTORING.set(restoring);
}

/// How often each trigger was turned on.
#[derive(Default)]
pub struct Triggers {
    pressed: [AtomicU32; TRIGGERS],
    held: [AtomicBool; TRIGGERS],
    /// Presses that the worker has answered.
    handled: [AtomicU32; TRIGGERS],
}

impl Triggers {
    /// The parameter of `trigger` was turned on or off.
    pub fn turned(&self, trigger: Trigger, on: bool) {
        let asked = on && !RESTORING.get();
        self.held[trigger as usize].store(asked, Ordering::SeqCst);
        if asked {
            self.press(trigger);
        }
    }

    /// Asks as the parameter would.
    pub fn press(&self, trigger: Trigger) {
        self.pressed[trigger as usize].fetch_add(1, Ordering::SeqCst);
    }

    /// How often `trigger` was pressed.
    pub fn count(&self, trigger: Trigger) -> u32 {
        self.pressed[trigger as usize].load(Ordering::SeqCst)
    }

    /// How many presses of `trigger` the worker has answered.
    pub fn handled(&self, trigger: Trigger) -> u32 {
        self.handled[trigger as usize].load(Ordering::SeqCst)
    }

    /// The worker has done what the first `count` presses asked for.
    pub fn set_handled(&self, trigger: Trigger, count: u32) {
        self.handled[trigger as usize].store(count, Ordering::SeqCst);
    }

    /// Whether the worker has still to answer a press.
    pub fn are_pending(&self) -> bool {
        Self::ANSWERED.into_iter().any(|trigger| self.count(trigger) != self.handled(trigger))
    }

    /// Nothing that was pressed is done any more.
    pub fn give_up(&self) {
        Self::ANSWERED.into_iter().for_each(|t| self.set_handled(t, self.count(t)));
    }

    /// Triggers that the worker answers.
    const ANSWERED: [Trigger; 3] = [Trigger::Clear, Trigger::Learn, Trigger::Adapt];

    /// Whether a trigger that stays on, such as the capture's, was turned on and
    /// still is.
    pub fn is_held(&self, trigger: Trigger) -> bool {
        self.held[trigger as usize].load(Ordering::SeqCst)
    }
}
