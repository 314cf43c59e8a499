//! The command's man pages and shell completions, for packages.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

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
    write_to(&root.join("target/man"))
}

/// Writes everything into a folder, by a command that is built for it.
pub fn write_to(folder: &Path) -> Result<()> {
    write_by(folder, |words| cargo(COMMAND)?.args(words).output())
}

/// Writes everything into a folder, by a command that is there.
pub fn write_with(command: &Path, folder: &Path) -> Result<()> {
    write_by(folder, |words| {
        let output = Command::new(command).args(words).stderr(Stdio::inherit()).output();
        let output = output.with_context(|| command.display().to_string())?;
        ensure!(output.status.success(), "{} {} failed", command.display(), words[0]);
        Ok(output.stdout)
    })
}

fn write_by(folder: &Path, run: impl Fn(&[&str]) -> Result<Vec<u8>>) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    run(&["man", folder.to_str().with_context(|| folder.display().to_string())?])?;
    for (shell, name) in SHELLS {
        let path = folder.join(name);
        fs::write(&path, run(&["completions", shell])?)
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}
