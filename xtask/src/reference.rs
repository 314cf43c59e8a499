//! The command's man pages and shell completions, for packages.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::run::{COMMAND, cargo};

/// Shells, and the names under which they look for completions.
const SHELLS: [(&str, &str); 4] = [
    ("bash", "unbraid.bash"),
    ("zsh", "_unbraid"),
    ("fish", "unbraid.fish"),
    ("powershell", "_unbraid.ps1"),
];

/// Writes everything into `target/man`.
pub fn write(_: &[String]) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let folder = root.join("target/man");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    cargo(COMMAND)?.args(["man".as_ref(), folder.as_os_str()]).run()?;
    for (shell, name) in SHELLS {
        let text = cargo(COMMAND)?.args(["completions", shell]).output()?;
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
