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

/// Where the keyboard was at the start of the last two frames, the older one first.
#[derive(Clone, Copy, Default)]
struct LastFrames([Option<Id>; 2]);

fn last_frames() -> Id {
    Id::unique("what had the keyboard in the last frames")
}

/// The control that got the keyboard in this frame or in the last one: those that are drawn before
/// the key is handled learn of it in the next frame only.
pub fn moved_to(ctx: &Context) -> Option<Id> {
    let LastFrames([before, _]) = ctx.data(|data| data.get_temp(last_frames())).unwrap_or_default();
    ctx.memory(|memory| memory.focused()).filter(|now| Some(*now) != before)
}

impl FocusHistory {
    /// Called at the start of a frame, before anything is drawn.
    pub fn follow(&mut self, ctx: &Context) {
        let now = ctx.memory(|memory| memory.focused());
        ctx.data_mut(|data| {
            let LastFrames([_, last]) = data.get_temp(last_frames()).unwrap_or_default();
            data.insert_temp(last_frames(), LastFrames([last, now]));
        });
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
