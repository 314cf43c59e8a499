//! A virtual screen.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::window::Screen;

/// Held while there is a screen: it is the process's `DISPLAY`.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// An X server without a display; it ends when this is dropped.
pub struct Xvfb {
    server: Child,
    _alone: MutexGuard<'static, ()>,
}

impl Xvfb {
    /// A virtual screen for this process. Waits for an earlier one to end.
    pub fn start() -> (Self, Screen) {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let started = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "2000x1400x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut server) = started else {
            panic!(
                "Xvfb is missing: run `cargo xtask test`, which installs it, or install the \
                 packages xvfb and libgl1-mesa-dri"
            );
        };
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        // SAFETY: only the test that has the lock has threads that read the environment, and
        // it starts them later.
        unsafe {
            std::env::set_var("DISPLAY", format!(":{}", number.trim()));
            std::env::set_var("LIBGL_ALWAYS_SOFTWARE", "1");
        }
        let screen = Screen::connect().expect("Xvfb does not answer");
        (Self { server, _alone: alone }, screen)
    }
}

impl Drop for Xvfb {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
