//! The number by which the window system knows the plugin's window.

use raw_window_handle::{HasWindowHandle, RawWindowHandle};

/// A window's number on the X server; its handle on Windows.
#[cfg(not(windows))]
pub type WindowNumber = u32;
#[cfg(windows)]
pub type WindowNumber = isize;

/// The number of a window; `None` for windows of another system.
pub fn window_number(window: &impl HasWindowHandle) -> Option<WindowNumber> {
    match window.window_handle().ok()?.as_raw() {
        #[cfg(not(windows))]
        RawWindowHandle::Xcb(handle) => Some(handle.window.get()),
        #[cfg(not(windows))]
        RawWindowHandle::Xlib(handle) => u32::try_from(handle.window).ok(),
        #[cfg(windows)]
        RawWindowHandle::Win32(handle) => Some(handle.hwnd.get()),
        _ => None,
    }
}
