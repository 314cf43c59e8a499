//! The window is drawn.

use std::collections::HashSet;

use super::host::win32::{Parent, eventually};
use super::host::{Instance, Setup, UNBRAID};

/// A window with text has at least this many colours.
const COLORS: usize = 50;

#[test]
fn the_window_is_drawn() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    for _ in 0..3 {
        let window = plugin.open_in(Parent::Desktop, None);
        let colors = || window.pixels().into_iter().collect::<HashSet<_>>().len();
        assert!(eventually(|| colors() >= COLORS), "the window is empty");
    }
}
