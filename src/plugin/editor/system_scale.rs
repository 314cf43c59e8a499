//! The system's number of pixels per point, before a window exists that knows it: hosts ask
//! for the window's size first, and make room for it.

/// Dots per inch at one pixel per point.
#[cfg(any(target_os = "linux", windows))]
const USUAL_DPI: f32 = 96.0;

/// Pixels per point, as the window library will use it: from the X server's resources. `None`
/// if the system does not provide it.
#[cfg(target_os = "linux")]
pub fn system_scale() -> Option<f32> {
    let (connection, _) = x11rb::connect(None).ok()?;
    let resources = x11rb::resource_manager::new_from_default(&connection).ok()?;
    let dpi: u32 = resources.get_value("Xft.dpi", "").ok()??;
    (dpi > 0).then_some(dpi as f32 / USUAL_DPI)
}

/// Pixels per point, as the window library will use it, on the main screen; 1 if the system
/// enlarges the host's windows by itself. `None` in a host whose windows follow their screens
/// without the system's help: there, the window library uses what the host reports.
#[cfg(windows)]
pub fn system_scale() -> Option<f32> {
    use windows_sys::Win32::UI::HiDpi::{
        AreDpiAwarenessContextsEqual, DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE, GetDpiForSystem,
        GetThreadDpiAwarenessContext,
    };
    // SAFETY: they read settings of the system and of this thread.
    let (host_decides, dpi) = unsafe {
        let host = GetThreadDpiAwarenessContext();
        let decides = AreDpiAwarenessContextsEqual(host, DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE);
        (decides != 0, GetDpiForSystem())
    };
    (!host_decides && dpi > 0).then_some(dpi as f32 / USUAL_DPI)
}

/// `None`: macOS has sizes in points, which hosts need not convert.
#[cfg(not(any(target_os = "linux", windows)))]
pub fn system_scale() -> Option<f32> {
    None
}
