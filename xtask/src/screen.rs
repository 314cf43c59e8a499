//! A virtual screen, and the pictures of the window that are taken on it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use super::run::cargo;
use super::{pictures, system};

/// An X server without a screen to look at; it ends with this.
pub struct Screen {
    server: Child,
    /// Its address for programs, in the environment variable `DISPLAY`.
    pub display: String,
}

impl Screen {
    pub fn start() -> Result<Self> {
        system::install(&system::WINDOW)?;
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "3200x2400x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Xvfb")?;
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut number)?;
        }
        Ok(Self { server, display: format!(":{}", number.trim()) })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Takes the plugin's window through every stage and puts a picture of each into
/// `docs/images`.
pub fn shoot(_: &[String]) -> Result<()> {
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images").canonicalize()?;
    window(&[images.display().to_string()])?;
    for entry in fs::read_dir(&images)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("window-")) {
            pictures::write(&path, &pictures::read(&path)?)?;
        }
    }
    Ok(())
}

/// What the window costs, and the pictures a second that it shows. `words` are its
/// width and height, if it is not to have its first size.
pub fn measure(words: &[String]) -> Result<()> {
    window(&[&["measure".to_string()], words].concat())
}

/// Runs the example of the window.
fn window(words: &[String]) -> Result<()> {
    let screen = Screen::start()?;
    cargo("run --release --package unbraid --example window --")?
        .args(words)
        .env("DISPLAY", &screen.display)
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .run()
}
