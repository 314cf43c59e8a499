//! What the window can do only with the patches to the plugin framework: every patch that
//! concerns it has a test here that fails without it. `patches/README.md` says which. What is
//! dragged out of the window is here, too, since it ends with a window that ends as patched.
#![cfg(all(feature = "plugin", target_os = "linux"))]

#[path = "../host/mod.rs"]
mod host;

mod close;
mod drag_out;
mod draw;
mod drop;
mod keys;
mod unsaved;

use std::time::{Duration, Instant};

use host::guard::Guarded;
use host::{Instance, PATIENCE};

#[global_allocator]
static ALLOCATOR: Guarded = Guarded;

/// Positions in the window at its initial size: the first instrument's name, the waveforms of
/// its clips, and one where there is nothing.
const NAME: [i16; 2] = [90, 106];
const CLIPS: [i16; 2] = [480, 165];
const NOWHERE: [i16; 2] = [540, 440];

/// Whether something happens in the end.
fn eventually(mut happened: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !happened() {
        if start.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

/// The first instrument as saved.
fn instrument(plugin: &Instance) -> serde_json::Value {
    plugin.saved_project()["slots"][0].take()
}

fn name(plugin: &Instance) -> String {
    instrument(plugin)["name"].as_str().unwrap_or_default().to_string()
}
