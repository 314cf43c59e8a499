//! The window that a file dialog belongs to: it stays in front of it, and cannot be lost behind
//! it.
//!
//! Only on Windows. On Linux, dialogs are another program's, which takes top-level windows only,
//! and the plugin's is inside the host's. On macOS, the window could be closed while another
//! thread still refers to it.

use nice_plug_egui::baseview::WindowContext;

#[cfg(windows)]
pub use win32::DialogParent;

/// See above: there is none.
#[cfg(not(windows))]
#[derive(Clone, Copy)]
pub enum DialogParent {}

#[cfg(not(windows))]
impl DialogParent {
    pub fn of(_: &WindowContext) -> Option<Self> {
        None
    }

    pub fn adopt(self, _: rfd::FileDialog) -> rfd::FileDialog {
        match self {}
    }
}

#[cfg(windows)]
mod win32 {
    use raw_window_handle::{
        DisplayHandle, HandleError, HasDisplayHandle, HasWindowHandle, RawWindowHandle,
        Win32WindowHandle, WindowHandle,
    };

    use super::WindowContext;

    /// The plugin's window. It may have been closed: the system refuses the handle then.
    #[derive(Clone, Copy)]
    pub struct DialogParent(std::num::NonZeroIsize);

    impl DialogParent {
        pub fn of(window: &WindowContext) -> Option<Self> {
            match window.window_handle().ok()?.as_raw() {
                RawWindowHandle::Win32(handle) => Some(Self(handle.hwnd)),
                _ => None,
            }
        }

        pub fn adopt(self, dialog: rfd::FileDialog) -> rfd::FileDialog {
            dialog.set_parent(&self)
        }
    }

    impl HasWindowHandle for DialogParent {
        fn window_handle(&self) -> Result<WindowHandle<'_>, HandleError> {
            let handle = RawWindowHandle::Win32(Win32WindowHandle::new(self.0));
            // SAFETY: Windows checks every use of a handle.
            Ok(unsafe { WindowHandle::borrow_raw(handle) })
        }
    }

    impl HasDisplayHandle for DialogParent {
        fn display_handle(&self) -> Result<DisplayHandle<'_>, HandleError> {
            Ok(DisplayHandle::windows())
        }
    }
}
