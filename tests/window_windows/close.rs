//! The window comes and goes, and leaves nothing behind.

use windows::Win32::Foundation::HWND;
use windows::Win32::System::Console::{FreeConsole, GetConsoleWindow};

use super::host::library::Library;
use super::host::win32::{Parent, alone, exists, settle};
use super::host::{Setup, UNBRAID};

#[test]
fn the_window_comes_and_goes_with_the_library() {
    // As in hosts, which have no console.
    // SAFETY: the tests' output does not need it.
    let _ = unsafe { FreeConsole() };
    for _ in 0..3 {
        let library = Library::load();
        let mut plugin = library.instance(UNBRAID, Setup::default());
        let mut closed: Option<HWND> = None;
        for _ in 0..3 {
            let mut window = plugin.open_in(Parent::Host, None);
            let child = window.child().expect("there is no window");
            assert!(closed.is_none_or(|closed| !exists(closed) || closed == child));
            plugin.play(&vec![vec![0.1; 4096]; 2], 512);
            window.close();
            assert!(!exists(child), "the window is still there when it is closed");
            closed = Some(child);
        }
        drop(plugin);
        drop(library);
        // Messages, timers and hooks of the windows would run code that is gone.
        let _alone = alone();
        settle();
    }
    // SAFETY: without arguments.
    assert!(unsafe { GetConsoleWindow() }.is_invalid(), "it has opened a console");
}
