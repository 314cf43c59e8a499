//! Initial window settings of new instances: the state of the last window on this machine.
//! They are kept in a small file; if it cannot be read or written, nothing else is lost. Only
//! the window uses it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;

use etcetera::BaseStrategy;

use super::window_state::WindowState;
use crate::atomic_file::write_atomically;

/// Maximum size of the file in bytes; in practice it is far smaller.
const MAX_FILE_BYTES: u64 = 4096;

/// Where the preferences are kept.
#[derive(Clone, Debug, Default)]
pub struct Preferences {
    /// `None` without a home folder.
    file: Option<PathBuf>,
}

impl Preferences {
    /// The user's preferences, in the platform's configuration folder.
    pub fn of_the_user() -> Self {
        let strategy = etcetera::base_strategy::choose_native_strategy().ok();
        let file = strategy.map(|s| s.config_dir().join("unbraid").join("window.json"));
        Self { file }
    }

    /// Preferences in a given file.
    #[cfg(test)]
    pub fn at(file: PathBuf) -> Self {
        Self { file: Some(file) }
    }

    /// The state of the last window, if known.
    pub fn window_state(&self) -> Option<WindowState> {
        let mut text = String::new();
        let file = File::open(self.file.as_ref()?).ok()?;
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok().map(WindowState::sane)
    }

    /// Saves the state of a window.
    pub fn keep(&self, window_state: WindowState) {
        // No remedy would be worth a message.
        let _ = self.write(window_state);
    }

    fn write(&self, window_state: WindowState) -> Option<()> {
        let file = self.file.as_ref()?;
        let folder = file.parent()?;
        fs::create_dir_all(folder).ok()?;
        // Written as a whole or not at all: another instance may be reading or writing it.
        let text = serde_json::to_string(&window_state).ok()?;
        write_atomically(file, |writer| writer.write_all(text.as_bytes())).ok()
    }
}
