//! The number of the plugin's window on the X server.

use raw_window_handle::{HasWindowHandle, RawWindowHandle};

/// The X server's number of a window; `None` for windows of another kind.
pub fn window_number(window: &impl HasWindowHandle) -> Option<u32> {
    match window.window_handle().ok()?.as_raw() {
        RawWindowHandle::Xcb(handle) => Some(handle.window.get()),
        RawWindowHandle::Xlib(handle) => u32::try_from(handle.window).ok(),
        _ => None,
    }
}
