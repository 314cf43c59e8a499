//! The system's number of pixels per point, before a window exists that knows it: hosts ask
//! for the window's size first, and make room for it.

/// Pixels per point, as the window library will use it: from the X server's resources. `None`
/// if the system does not provide it.
#[cfg(target_os = "linux")]
pub fn system_scale() -> Option<f32> {
    /// Dots per inch at one pixel per point.
    const USUAL_DPI: f32 = 96.0;
    let (connection, _) = x11rb::connect(None).ok()?;
    let resources = x11rb::resource_manager::new_from_default(&connection).ok()?;
    let dpi: u32 = resources.get_value("Xft.dpi", "").ok()??;
    (dpi > 0).then_some(dpi as f32 / USUAL_DPI)
}

#[cfg(not(target_os = "linux"))]
pub fn system_scale() -> Option<f32> {
    None
}
