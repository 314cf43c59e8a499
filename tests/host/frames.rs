//! The notifications with which the X server times the frames of a window (the Present
//! extension), as another client receives them.

use std::cell::Cell;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::present::{CompleteKind, ConnectionExt as _, EventMask};
use x11rb::protocol::xproto::{ConnectionExt as _, MOTION_NOTIFY_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::PATIENCE;
use super::window::Window;

/// Distinguishes our own requests; the window counts its own up from 0.
const OURS: u32 = u32::MAX;

/// Receives the notifications of one window.
pub struct Frames {
    connection: RustConnection,
    root: u32,
    window: u32,
    moves: Cell<i16>,
}

impl Frames {
    pub fn of(window: &Window) -> Self {
        let (connection, number) = x11rb::connect(None).unwrap();
        let root = connection.setup().roots[number].root;
        connection.present_query_version(1, 0).unwrap().reply().unwrap();
        let (id, window) = (connection.generate_id().unwrap(), window.child());
        let mask = EventMask::COMPLETE_NOTIFY;
        connection.present_select_input(id, window, mask).unwrap().check().unwrap();
        Self { connection, root, window, moves: Cell::new(0) }
    }

    /// Waits until the window is notified; returns the number of that refresh of the screen.
    pub fn next(&self) -> u64 {
        self.notification(|serial| serial != OURS, || {})
    }

    /// Like [`Frames::next`], while the pointer moves, so that there is something to draw.
    pub fn next_in_motion(&self) -> u64 {
        self.notification(|serial| serial != OURS, || self.move_pointer())
    }

    /// Waits until everything that the window has received is in a frame: the first
    /// notification arrives after it, and the window requests the others once it has drawn.
    pub fn settle(&self) {
        self.refresh();
        (0..4).for_each(|_| _ = self.next());
    }

    /// The number of the present refresh of the screen. Skips the notifications before it.
    pub fn refresh(&self) -> u64 {
        // With a divisor of 0 the server answers at once.
        self.connection.present_notify_msc(self.window, OURS, 0, 0, 0).unwrap();
        self.connection.flush().unwrap();
        self.notification(|serial| serial == OURS, || {})
    }

    pub fn move_pointer(&self) {
        let x = (self.moves.get() + 1) % 200;
        self.moves.set(x);
        let (kind, root) = (MOTION_NOTIFY_EVENT, self.root);
        self.connection.xtest_fake_input(kind, 0, 0, root, 300 + x, 440, 0).unwrap();
        self.connection.flush().unwrap();
    }

    /// Makes the server keep everyone else waiting.
    pub fn grab(&self) {
        self.connection.grab_server().unwrap();
        self.connection.sync().unwrap();
    }

    pub fn ungrab(&self) {
        self.connection.ungrab_server().unwrap();
        self.connection.flush().unwrap();
    }

    fn notification(&self, wanted: impl Fn(u32) -> bool, meanwhile: impl Fn()) -> u64 {
        let start = Instant::now();
        loop {
            match self.connection.poll_for_event().unwrap() {
                Some(Event::PresentCompleteNotify(event)) => {
                    if event.kind == CompleteKind::NOTIFY_MSC && wanted(event.serial) {
                        return event.msc;
                    }
                }
                Some(_) => {}
                None => {
                    meanwhile();
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            assert!(start.elapsed() < PATIENCE, "the window draws nothing");
        }
    }
}
