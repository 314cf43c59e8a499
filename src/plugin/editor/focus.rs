//! Where the Tab key goes on from, when nothing has the keyboard: from the control that had it
//! last, as in browsers. egui itself begins at the top again after a text is entered, a button is
//! disabled or a menu is closed.

use std::collections::VecDeque;

use egui::{Context, Id, InputState, Key};

/// Controls that are remembered: those that had the keyboard last may be gone.
const REMEMBERED: usize = 8;

/// The controls that have had the keyboard, the last one first, each once.
#[derive(Default)]
pub struct FocusHistory(VecDeque<Id>);

impl FocusHistory {
    /// Called at the start of a frame, before anything is drawn.
    pub fn follow(&mut self, ctx: &Context) {
        if let Some(now) = ctx.memory(|memory| memory.focused()) {
            if self.0.front() != Some(&now) {
                self.0.retain(|id| *id != now);
                self.0.push_front(now);
                self.0.truncate(REMEMBERED);
            }
            return;
        }
        let has_tab = |input: &InputState| {
            let modifiers = input.modifiers;
            input.key_pressed(Key::Tab) && (modifiers.is_none() || modifiers.shift_only())
        };
        if ctx.input(has_tab) {
            let can_take = |id: &&Id| ctx.read_response(**id).is_some_and(|last| last.enabled());
            if let Some(last) = self.0.iter().find(can_take) {
                ctx.memory_mut(|memory| memory.request_focus(*last));
            }
        }
    }
}
