//! The bridge to AT-SPI, the interface of screen readers on Linux.
//!
//! AccessKit's adapter does the work on a thread of its own, which it starts once for the
//! process and never ends. Therefore there is no adapter before an assistive technology is in
//! use, and the library stays loaded afterwards.

use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use accesskit_unix::Adapter;
use egui::accesskit::{
    ActionHandler, ActionRequest, ActivationHandler, DeactivationHandler, TreeUpdate,
};
use nice_plug_egui::RepaintNotifier;

use super::Bridge;
use super::position::Position;
use super::status::Status;
use crate::plugin::real_time::lock;
use crate::plugin::resident::stay_loaded;

/// The bridge of one window.
pub struct AtSpi {
    stage: Stage,
    has_focus: bool,
    /// The window's number on the X server.
    window: Option<u32>,
    repaint: RepaintNotifier,
}

enum Stage {
    /// No assistive technology is in use.
    Waiting(Status),
    Connected {
        adapter: Adapter,
        shared: Arc<Shared>,
        position: Option<Box<Position>>,
    },
    /// There is no way to connect.
    Impossible,
}

/// What the adapter's thread tells the window.
struct Shared {
    is_active: AtomicBool,
    requests: Mutex<Vec<ActionRequest>>,
    repaint: RepaintNotifier,
}

/// What the adapter calls, on its thread. It holds nothing of the window, which can be closed
/// by then.
struct Handler(Arc<Shared>);

impl AtSpi {
    /// `None` without a session in which there can be screen readers.
    pub fn new(window: Option<u32>, repaint: RepaintNotifier) -> Option<Self> {
        let stage = Stage::Waiting(Status::watch()?);
        Some(Self { stage, has_focus: false, window, repaint })
    }

    fn connect(&self) -> Stage {
        if !stay_loaded() {
            return Stage::Impossible;
        }
        let repaint = self.repaint.clone();
        let shared = Arc::new(Shared {
            is_active: AtomicBool::new(false),
            requests: Mutex::default(),
            repaint,
        });
        let handler = || Handler(shared.clone());
        let mut adapter = Adapter::new(handler(), handler(), handler());
        adapter.update_window_focus_state(self.has_focus);
        Stage::Connected {
            adapter,
            shared,
            position: self.window.and_then(Position::of).map(Box::new),
        }
    }
}

impl Bridge for AtSpi {
    fn is_active(&mut self) -> bool {
        if let Stage::Waiting(status) = &mut self.stage {
            match status.poll() {
                Ok(false) => {}
                Ok(true) => self.stage = self.connect(),
                Err(_) => self.stage = Stage::Impossible,
            }
        }
        let Stage::Connected { adapter, shared, position } = &mut self.stage else { return false };
        let is_active = shared.is_active.load(Ordering::Relaxed);
        if is_active && let Some(place) = position.as_mut().and_then(|position| position.poll()) {
            adapter.set_root_window_bounds(place, place);
        }
        is_active
    }

    fn update(&mut self, tree: TreeUpdate) {
        if let Stage::Connected { adapter, .. } = &mut self.stage {
            // It panics on an inconsistent tree; the window goes on without it.
            let update = AssertUnwindSafe(|| adapter.update_if_active(|| tree));
            if panic::catch_unwind(update).is_err() {
                self.stage = Stage::Impossible;
            }
        }
    }

    fn set_focus(&mut self, has_focus: bool) {
        self.has_focus = has_focus;
        if let Stage::Connected { adapter, .. } = &mut self.stage {
            adapter.update_window_focus_state(has_focus);
        }
    }

    fn take_requests(&mut self) -> Vec<ActionRequest> {
        match &self.stage {
            Stage::Connected { shared, .. } => mem::take(&mut *lock(&shared.requests)),
            Stage::Waiting(_) | Stage::Impossible => Vec::new(),
        }
    }
}

impl Handler {
    fn set_active(&self, is_active: bool) {
        self.0.is_active.store(is_active, Ordering::Relaxed);
        self.0.repaint.request_repaint();
    }
}

impl ActivationHandler for Handler {
    fn request_initial_tree(&mut self) -> Option<TreeUpdate> {
        // The next frame makes it.
        self.set_active(true);
        None
    }
}

impl DeactivationHandler for Handler {
    fn deactivate_accessibility(&mut self) {
        self.set_active(false);
    }
}

impl ActionHandler for Handler {
    fn do_action(&mut self, request: ActionRequest) {
        lock(&self.0.requests).push(request);
        self.0.repaint.request_repaint();
    }
}
