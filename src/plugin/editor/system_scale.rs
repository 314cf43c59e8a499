//! How many pixels the system has for a point, before there is a window that knows:
//! hosts ask for its size first, and make room for it.

/// Pixels a point, as the window library will have it: from the X server's resources.
/// `None` where the system does not say.
#[cfg(target_os = "linux")]
pub fn system_scale() -> Option<f32> {
    /// Dots an inch where a pixel is a point.
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
