//! Folders for output.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// A folder that is made where it was missing, and taken away again if nothing
/// comes to lie in it.
pub struct Folder {
    /// Folders that were made, innermost first.
    made: Vec<PathBuf>,
}

impl Folder {
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let missing = |p: &&Path| !p.as_os_str().is_empty() && !p.exists();
        let made = path.ancestors().take_while(missing).map(Path::to_path_buf).collect();
        std::fs::create_dir_all(path)
            .with_context(|| format!("{}: cannot make this folder", path.display()))?;
        Ok(Self { made })
    }

    /// The folder stays.
    pub fn keep(&mut self) {
        self.made.clear();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for folder in &self.made {
            // Fails, as it should, where something lies in it.
            if std::fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}
