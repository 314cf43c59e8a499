//! Files are dropped onto the window.

use std::path::Path;

use super::host::drag::Drag;
use super::host::frames::Frames;
use super::host::xvfb::Xvfb;
use super::host::{Instance, Setup, UNBRAID};
use super::{CLIPS, eventually, instrument};

#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn a_file_that_is_dropped_becomes_a_clip() {
    let (_server, screen) = Xvfb::start();
    let plugin = Instance::new(UNBRAID, Setup::default());
    let window = plugin.open_window(&screen);
    let frames = Frames::of(&window);
    frames.settle();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/train/bass.flac");
    let drag = Drag::new(&file, CLIPS);
    drag.hover(CLIPS);
    frames.settle();
    drag.release();
    let clips = || instrument(&plugin)["clips"].as_array().map_or(0, Vec::len);
    assert!(eventually(|| clips() == 1), "the file did not arrive");
}
