//! What the windows of new instances begin with: how the user left the last one on
//! this machine. A small file; where it cannot be read or written nothing is lost
//! but that. Only the window's side touches it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;

use etcetera::BaseStrategy;

use super::window_state::WindowState;

/// Bytes that the file has at most; it has far fewer.
const LARGEST: u64 = 4096;

/// Where the preferences are kept.
#[derive(Clone, Debug, Default)]
pub struct Preferences {
    /// Nowhere, without a home.
    file: Option<PathBuf>,
}

impl Preferences {
    /// The user's, in the platform's folder for configuration.
    pub fn of_the_user() -> Self {
        let strategy = etcetera::base_strategy::choose_native_strategy().ok();
        let file = strategy.map(|s| s.config_dir().join("unbraid").join("window.json"));
        Self { file }
    }

    /// In a file.
    #[cfg(test)]
    pub fn at(file: PathBuf) -> Self {
        Self { file: Some(file) }
    }

    /// How the last window was left, if that is known.
    pub fn window_state(&self) -> Option<WindowState> {
        let mut text = String::new();
        let file = File::open(self.file.as_ref()?).ok()?;
        file.take(LARGEST).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok().map(WindowState::sane)
    }

    /// Keeps how a window is left.
    pub fn keep(&self, window_state: WindowState) {
        // There is no remedy that would be worth a message.
        let _ = self.write(window_state);
    }

    fn write(&self, window_state: WindowState) -> Option<()> {
        let file = self.file.as_ref()?;
        let folder = file.parent()?;
        fs::create_dir_all(folder).ok()?;
        // Whole or not at all: another instance may read or write it just now.
        let mut whole = tempfile::NamedTempFile::new_in(folder).ok()?;
        whole.write_all(serde_json::to_string(&window_state).ok()?.as_bytes()).ok()?;
        whole.persist(file).ok()?;
        Some(())
    }
}
