//! Size, zoom and theme of the window, as saved with the host's project.

use serde::{Deserialize, Serialize};

/// Initial size of the window, in points at 100 %: it fits a screen of 1366 × 768 with a host's
/// frame and a panel.
pub const FIRST_SIZE: [f32; 2] = [1080.0, 690.0];

/// Size that its contents need; smaller windows scroll.
pub const MIN_SIZE: [f32; 2] = [820.0, 600.0];

/// Longest side of a restored window, in points.
const MAX_SIDE: f32 = 8192.0;

/// Zoom factors on offer.
pub const ZOOMS: [f32; 9] = [0.75, 0.9, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0];

/// Minimum size of the window at a zoom, in points of the system. Larger contents scroll.
pub fn min_size(zoom: f32) -> [f32; 2] {
    MIN_SIZE.map(|side| side * zoom.min(1.0))
}

/// Size, zoom and theme of the window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowState {
    /// In points of the system, zoom included.
    pub width: f32,
    pub height: f32,
    pub zoom: f32,
    pub dark: bool,
}

impl Default for WindowState {
    fn default() -> Self {
        Self { width: FIRST_SIZE[0], height: FIRST_SIZE[1], zoom: 1.0, dark: true }
    }
}

impl WindowState {
    /// Clamped to valid values: a saved state can contain anything.
    pub fn sane(self) -> Self {
        let side =
            |x: f32, least: f32| if x.is_finite() { x.clamp(least, MAX_SIDE) } else { least };
        let [least, .., most] = ZOOMS;
        let zoom = if self.zoom.is_finite() { self.zoom.clamp(least, most) } else { 1.0 };
        let [width, height] = min_size(zoom);
        Self {
            width: side(self.width, width),
            height: side(self.height, height),
            zoom,
            dark: self.dark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_as_small_as_its_contents() {
        let window_state =
            |width, height, zoom| WindowState { width, height, zoom, dark: true }.sane();
        let size = |window_state: WindowState| [window_state.width, window_state.height];
        assert_eq!(size(window_state(0.0, 0.0, 0.75)), [615.0, 450.0]);
        assert_eq!(size(window_state(700.0, 500.0, 0.75)), [700.0, 500.0]);
        assert_eq!(size(window_state(700.0, 500.0, 1.0)), MIN_SIZE);
        // Larger contents scroll.
        assert_eq!(size(window_state(700.0, 500.0, 3.0)), MIN_SIZE);
        assert_eq!(size(window_state(f32::NAN, f32::INFINITY, 1.0)), MIN_SIZE);
        assert_eq!(
            window_state(1e9, 1e9, 0.0),
            WindowState { width: 8192.0, height: 8192.0, zoom: 0.75, dark: true }
        );
        assert_eq!(window_state(0.0, 0.0, 100.0).zoom, 3.0);
        assert_eq!(window_state(0.0, 0.0, f32::NAN).zoom, 1.0);
    }
}
