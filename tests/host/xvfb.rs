//! A virtual screen.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::window::Screen;

/// An X server without a display; it ends when this is dropped.
pub struct Xvfb(Child);

impl Xvfb {
    /// A virtual screen for this process; `None` if Xvfb is missing.
    pub fn start() -> Option<(Self, Screen)> {
        let started = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "2000x1400x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut server) = started else {
            eprintln!("skipped: Xvfb is not installed (packages xvfb, libgl1-mesa-dri)");
            return None;
        };
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        // SAFETY: the only test of this process, before it has other threads.
        unsafe {
            std::env::set_var("DISPLAY", format!(":{}", number.trim()));
            std::env::set_var("LIBGL_ALWAYS_SOFTWARE", "1");
        }
        Some((Self(server), Screen::connect().unwrap()))
    }
}

impl Drop for Xvfb {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
