//! How the user has left the window: saved with the host's project.

use serde::{Deserialize, Serialize};

/// Size that the window has at first, and at least, in points at 100 %.
pub const FIRST_SIZE: [f32; 2] = [1080.0, 760.0];
pub const LEAST_SIZE: [f32; 2] = [820.0, 600.0];

/// Largest side of a window that is restored, in points.
const LARGEST: f32 = 8192.0;

/// Zoom factors that are offered.
pub const ZOOMS: [f32; 7] = [1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0];

/// Size, zoom and theme of the window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// In points of the system, zoom included.
    pub width: f32,
    pub height: f32,
    pub zoom: f32,
    pub dark: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: FIRST_SIZE[0], height: FIRST_SIZE[1], zoom: 1.0, dark: true }
    }
}

impl Look {
    /// Within what a window can be: saved states may hold anything.
    pub fn sane(self) -> Self {
        let side = |x: f32, least: f32| if x.is_finite() { x.clamp(least, LARGEST) } else { least };
        Self {
            width: side(self.width, LEAST_SIZE[0]),
            height: side(self.height, LEAST_SIZE[1]),
            zoom: if self.zoom.is_finite() { self.zoom.clamp(ZOOMS[0], ZOOMS[6]) } else { 1.0 },
            dark: self.dark,
        }
    }
}
