//! A closed window is gone.

use std::time::Duration;

use super::host::frames::Frames;
use super::host::xvfb::Xvfb;
use super::host::{Instance, Setup, UNBRAID};

/// A host may unload the plugin, or end, as soon as its window is closed: the window's thread
/// must not run on. It destroys the window last, with the graphics context before it.
#[test]
#[cfg_attr(not(patched_framework), ignore = "needs the patched framework: run `cargo xtask test`")]
fn closing_waits_for_the_window_to_be_gone() {
    let (_server, screen) = Xvfb::start();
    let plugin = Instance::new(UNBRAID, Setup::default());
    for _ in 0..5 {
        let mut window = plugin.open_window(&screen);
        let frames = Frames::of(&window);
        frames.settle();
        let child = window.child();
        // The window's thread is to be in the middle of a frame, which it cannot finish while
        // the server is grabbed: so it leaves its event loop as soon as it can.
        screen.grab();
        (0..10).for_each(|step| window.point(300 + step, 440));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(200));
                screen.ungrab();
            });
            window.close();
            assert!(!screen.has(child), "the window is still there when it is closed");
        });
    }
}
