//! Environments of Python, in the folder of build results.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::system;

/// The interpreter of an environment that has what a list of packages names.
pub fn with_requirements(environment: &Path, requirements: &Path) -> Result<PathBuf> {
    let python = new(environment)?;
    install(&python, &[Path::new("--requirement"), requirements])?;
    Ok(python)
}

/// The interpreter of an environment, which is made if it is not there.
pub fn new(environment: &Path) -> Result<PathBuf> {
    let inside = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    let python = environment.join(inside);
    if !has_pip(&python) {
        make(environment)?;
    }
    Ok(python)
}

/// Calls `pip install`.
pub fn install(python: &Path, what: &[&Path]) -> Result<()> {
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(Command::new(python).args(pip).args(what))
}

fn make(environment: &Path) -> Result<()> {
    let make = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment));
    if make().is_ok() {
        return Ok(());
    }
    system::install(&system::PYTHON_ENVIRONMENTS)?;
    make()
}

fn has_pip(python: &Path) -> bool {
    let mut probe = Command::new(python);
    probe.args(["-m", "pip", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Shows the command and runs it.
pub fn run(command: &mut Command) -> Result<()> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    eprintln!("+ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    ensure!(status.success(), "`{line}` failed");
    Ok(())
}
