//! What users need not have of what the bundler makes.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// Takes what helps only with debugging out of the plugins, four fifths of their
/// bytes, and removes the command line, which the bundler takes for a plugin without
/// a host because of its name.
pub fn tidy() -> Result<()> {
    let metadata = cargo_metadata::MetadataCommand::new().exec().context("cargo metadata")?;
    let folder = metadata.target_directory.as_std_path().join("bundled");
    let command_line = folder.join(format!("Unbraid{}", std::env::consts::EXE_SUFFIX));
    match fs::remove_file(&command_line) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| command_line.display().to_string());
        }
        _ => {}
    }
    if cfg!(unix) {
        strip(&folder);
    }
    Ok(())
}

/// Strips all files; bundles are as good if that cannot be done.
fn strip(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            strip(&path);
        } else {
            let quiet = Stdio::null;
            let _ = Command::new("strip").arg("-S").arg(&path).stderr(quiet()).status();
        }
    }
}
