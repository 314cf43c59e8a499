//! The real window in a host on Windows: drawn, closed, unloaded, with the keyboard, at every
//! scale, with files.
#![cfg(all(feature = "plugin", windows))]

#[path = "../host/mod.rs"]
mod host;

mod capture;
mod close;
mod dialog;
mod drag_out;
mod draw;
mod drop;
mod keys;
mod scale;
mod screen_reader;

use host::Instance;
use host::guard::Guarded;

#[global_allocator]
static ALLOCATOR: Guarded = Guarded;

/// Positions in the window at its initial size, without scale: the first instrument's name, the
/// waveforms of its clips, the button that loads some, the first entry of its menu, and one
/// where there is nothing.
const NAME: [i16; 2] = [90, 106];
const CLIPS: [i16; 2] = [480, 165];
const LOAD: [i16; 2] = [941, 175];
const AUDIO_FILE: [i16; 2] = [900, 208];
const NOWHERE: [i16; 2] = [540, 440];

/// The first instrument as saved.
fn instrument(plugin: &Instance) -> serde_json::Value {
    plugin.saved_project()["slots"][0].take()
}

fn name(plugin: &Instance) -> String {
    instrument(plugin)["name"].as_str().unwrap_or_default().to_string()
}
