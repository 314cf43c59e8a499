//! The bridge to UI Automation, the interface of screen readers on Windows.
//!
//! A screen reader asks the window by a message (`WM_GETOBJECT`), so the window's procedure is
//! subclassed. From the first of these messages on, other processes refer to objects of this
//! library, which therefore stays loaded.

use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use accesskit_windows::{Adapter, QueuedEvents};
use egui::accesskit::{ActionHandler, ActionRequest, ActivationHandler, TreeUpdate};
use nice_plug_egui::RepaintNotifier;
use windows::Win32::Foundation::{HWND, LPARAM, LRESULT, WPARAM};
use windows::Win32::UI::Input::KeyboardAndMouse::GetFocus;
use windows::Win32::UI::Shell::{
    DefSubclassProc, GetWindowSubclass, RemoveWindowSubclass, SetWindowSubclass,
};
use windows::Win32::UI::WindowsAndMessaging::{WM_GETOBJECT, WM_NCDESTROY};

use super::Bridge;
use crate::plugin::editor::window_number::WindowNumber;
use crate::plugin::real_time::lock;
use crate::plugin::resident::stay_loaded;

/// Tells our subclass of the window's procedure from others.
const SUBCLASS: usize = 0x756e_6272;

/// The bridge of one window.
pub struct UiAutomation {
    window: WindowNumber,
    shared: Arc<Shared>,
}

/// What the window's procedure, the window and the callers of UI Automation share.
struct Shared {
    /// `None` after a failure.
    adapter: Mutex<Option<Adapter>>,
    /// `None` until someone asks, then whether the library stays loaded and they are answered.
    is_answered: Mutex<Option<bool>>,
    is_active: AtomicBool,
    requests: Arc<Requests>,
}

/// What screen readers have requested.
struct Requests {
    waiting: Mutex<Vec<ActionRequest>>,
    repaint: RepaintNotifier,
}

impl UiAutomation {
    /// `None` if the window's procedure cannot be subclassed. Called on the window's thread.
    pub fn new(window: Option<WindowNumber>, repaint: RepaintNotifier) -> Option<Self> {
        let window = window?;
        let handle = handle(window);
        let requests = Arc::new(Requests { waiting: Mutex::default(), repaint });
        // SAFETY: only asks.
        let has_focus = unsafe { GetFocus() } == handle;
        let adapter = Adapter::new(handle, has_focus, Handler(requests.clone()));
        let shared = Arc::new(Shared {
            adapter: Mutex::new(Some(adapter)),
            is_answered: Mutex::default(),
            is_active: AtomicBool::new(false),
            requests,
        });
        let data = Arc::into_raw(shared.clone());
        // SAFETY: the data belong to the subclass until it is removed.
        unsafe {
            if !SetWindowSubclass(handle, Some(procedure), SUBCLASS, data as usize).as_bool() {
                drop(Arc::from_raw(data));
                return None;
            }
        }
        Some(Self { window, shared })
    }
}

impl Drop for UiAutomation {
    fn drop(&mut self) {
        remove(handle(self.window));
    }
}

/// Ends the subclass of a window, if it has not ended yet.
fn remove(window: HWND) {
    let mut data = 0;
    // SAFETY: what is found was given away by `UiAutomation::new`, and is given away once.
    unsafe {
        if GetWindowSubclass(window, Some(procedure), SUBCLASS, Some(&mut data)).as_bool()
            && RemoveWindowSubclass(window, Some(procedure), SUBCLASS).as_bool()
        {
            drop(Arc::from_raw(data as *const Shared));
        }
    }
}

fn handle(window: WindowNumber) -> HWND {
    HWND(window as *mut _)
}

/// The part of the window's procedure that is for screen readers.
unsafe extern "system" fn procedure(
    window: HWND,
    message: u32,
    wparam: WPARAM,
    lparam: LPARAM,
    _: usize,
    data: usize,
) -> LRESULT {
    if message == WM_NCDESTROY {
        remove(window);
    } else if message == WM_GETOBJECT {
        // SAFETY: the subclass owns a reference, which outlives this message in a copy: the window
        // can be closed by what happens meanwhile.
        let shared = unsafe {
            Arc::increment_strong_count(data as *const Shared);
            Arc::from_raw(data as *const Shared)
        };
        let answer = AssertUnwindSafe(|| shared.answer(wparam, lparam));
        if let Ok(Some(answer)) = panic::catch_unwind(answer) {
            return answer;
        }
    }
    // SAFETY: passes on what the system passed.
    unsafe { DefSubclassProc(window, message, wparam, lparam) }
}

impl Shared {
    fn answer(&self, wparam: WPARAM, lparam: LPARAM) -> Option<LRESULT> {
        if !*lock(&self.is_answered).get_or_insert_with(stay_loaded) {
            return None;
        }
        // The adapter must not be locked while the answer is converted, which can cause another
        // such message.
        let answer = {
            let mut adapter = lock(&self.adapter);
            adapter.as_mut()?.handle_wm_getobject(wparam, lparam, &mut Activation(self))
        };
        answer.map(Into::into)
    }

    /// Reports changes, which can cause a message of the kind above.
    fn raise(&self, change: impl FnOnce(&mut Adapter) -> Option<QueuedEvents>) {
        let events = {
            let mut adapter = lock(&self.adapter);
            let Some(known) = adapter.as_mut() else { return };
            let change = AssertUnwindSafe(|| change(known));
            panic::catch_unwind(change).unwrap_or_else(|_| {
                // The tree was inconsistent. Its lock is poisoned now, so that the next question
                // would panic, too: elements that programs still hold have no tree from now on.
                *adapter = None;
                self.is_active.store(false, Ordering::Relaxed);
                None
            })
        };
        if let Some(events) = events {
            // It panics if the system refuses an event, which only loses events.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| events.raise()));
        }
    }
}

impl Bridge for UiAutomation {
    fn is_active(&mut self) -> bool {
        self.shared.is_active.load(Ordering::Relaxed)
    }

    fn update(&mut self, tree: TreeUpdate) {
        self.shared.raise(|adapter| adapter.update_if_active(|| tree));
    }

    fn set_focus(&mut self, has_focus: bool) {
        self.shared.raise(|adapter| adapter.update_window_focus_state(has_focus));
    }

    fn take_requests(&mut self) -> Vec<ActionRequest> {
        mem::take(&mut *lock(&self.shared.requests.waiting))
    }
}

/// Has the next frame make the tree.
struct Activation<'a>(&'a Shared);

impl ActivationHandler for Activation<'_> {
    fn request_initial_tree(&mut self) -> Option<TreeUpdate> {
        self.0.is_active.store(true, Ordering::Relaxed);
        self.0.requests.repaint.request_repaint();
        None
    }
}

/// What the adapter calls, on any thread. It holds nothing of the window, which can be closed by
/// then.
struct Handler(Arc<Requests>);

impl ActionHandler for Handler {
    fn do_action(&mut self, request: ActionRequest) {
        lock(&self.0.waiting).push(request);
        self.0.repaint.request_repaint();
    }
}
