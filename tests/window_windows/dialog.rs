//! The system's file dialog belongs to the window, and the host goes on meanwhile.

use windows::Win32::Foundation::HWND;
use windows::Win32::UI::WindowsAndMessaging::{
    FindWindowExW, GA_ROOT, GW_OWNER, GetAncestor, GetWindow, GetWindowThreadProcessId,
    IsWindowVisible, WM_CLOSE,
};
use windows::core::w;

use super::host::win32::{Parent, eventually, exists, post};
use super::host::{Instance, Setup, UNBRAID};
use super::{AUDIO_FILE, LOAD};

/// A visible dialog of this process.
fn dialog() -> Option<HWND> {
    let mut last = None;
    // SAFETY: only asks.
    unsafe {
        loop {
            let next = FindWindowExW(None, last, w!("#32770"), None).ok()?;
            let mut process = 0;
            GetWindowThreadProcessId(next, Some(&mut process));
            if process == std::process::id() && IsWindowVisible(next).as_bool() {
                return Some(next);
            }
            last = Some(next);
        }
    }
}

#[test]
fn the_file_dialog_belongs_to_the_window() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    let window = plugin.open_in(Parent::Host, None);
    window.click(LOAD);
    window.click(AUDIO_FILE);
    // This thread is the host's, and goes on.
    assert!(eventually(|| dialog().is_some()), "there is no dialog");
    let dialog = dialog().unwrap();
    // SAFETY: only asks.
    let owner = unsafe { GetAncestor(GetWindow(dialog, GW_OWNER).unwrap(), GA_ROOT) };
    assert_eq!(owner, window.host);
    post(dialog, WM_CLOSE, Default::default(), Default::default());
    assert!(eventually(|| !exists(dialog)), "the dialog stays");
}
