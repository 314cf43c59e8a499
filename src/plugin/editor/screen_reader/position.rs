//! Where the window is on the screen: magnifiers and screen readers that follow the pointer need
//! to know it, and only the X server does.

use std::time::{Duration, Instant};

use egui::accesskit::Rect;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::ConnectionExt;
use x11rb::rust_connection::RustConnection;

/// Time between two questions.
const INTERVAL: Duration = Duration::from_secs(1);

/// A connection to the X server of its own: that of the window cannot be shared.
pub struct Position {
    connection: RustConnection,
    root: u32,
    window: u32,
    last: Option<Instant>,
}

impl Position {
    pub fn of(window: u32) -> Option<Self> {
        let (connection, screen) = x11rb::connect(None).ok()?;
        let root = connection.setup().roots.get(screen)?.root;
        Some(Self { connection, root, window, last: None })
    }

    /// The window in pixels of the screen; `None` if it is not time to ask again.
    pub fn poll(&mut self) -> Option<Rect> {
        if self.last.is_some_and(|last| last.elapsed() < INTERVAL) {
            return None;
        }
        self.last = Some(Instant::now());
        let size = self.connection.get_geometry(self.window).ok()?;
        let corner = self.connection.translate_coordinates(self.window, self.root, 0, 0).ok()?;
        let (size, corner) = (size.reply().ok()?, corner.reply().ok()?);
        let (x, y) = (f64::from(corner.dst_x), f64::from(corner.dst_y));
        Some(Rect { x0: x, y0: y, x1: x + f64::from(size.width), y1: y + f64::from(size.height) })
    }
}
