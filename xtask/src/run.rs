//! Running cargo.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand};

use super::framework;

/// Builds the command without the plugin, so that no system library is needed,
/// and runs it.
pub const COMMAND: &str =
    "run --quiet --release --no-default-features --features cli --package unbraid --";

/// [`COMMAND`] with the demo.
pub const DEMO: &str =
    "run --quiet --release --no-default-features --features cli --package unbraid -- demo";

/// A call of the cargo that runs this, in the present folder.
pub struct Cargo(Command);

/// A call that builds with the patched framework. `words` are separated by blanks, and
/// the first is cargo's subcommand.
pub fn cargo(words: &str) -> Result<Cargo> {
    let (subcommand, others) = words.split_once(' ').unwrap_or((words, ""));
    Ok(plain(subcommand).args(framework::config()?).args(others.split_whitespace()))
}

/// A call that builds nothing of the framework's: not all subcommands know `--config`.
pub fn plain(words: &str) -> Cargo {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words.split_whitespace());
    Cargo(command)
}

impl Cargo {
    pub fn args(mut self, words: impl IntoIterator<Item: AsRef<std::ffi::OsStr>>) -> Self {
        self.0.args(words);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Shows the command, runs it, and returns what it writes to standard output.
    pub fn output(mut self) -> Result<Vec<u8>> {
        let line = self.show();
        let output = self.0.stderr(Stdio::inherit()).output();
        let output = output.with_context(|| format!("cannot start `{line}`"))?;
        if !output.status.success() {
            bail!("`{line}` failed");
        }
        Ok(output.stdout)
    }

    /// Shows the command; returns it as a line.
    fn show(&self) -> String {
        let words: Vec<_> = self.0.get_args().map(|word| quoted(&word.to_string_lossy())).collect();
        let line = format!("cargo {}", words.join(" "));
        eprintln!("+ {line}");
        line
    }

    /// Shows the command and runs it.
    pub fn run(mut self) -> Result<()> {
        let line = self.show();
        let status = self.0.status().with_context(|| format!("cannot start `{line}`"))?;
        if !status.success() {
            bail!("`{line}` failed");
        }
        Ok(())
    }
}

/// As a shell needs it.
fn quoted(word: &str) -> String {
    if word.contains([' ', '"', '[']) { format!("'{word}'") } else { word.to_string() }
}

/// What cargo knows of the packages.
pub fn metadata() -> Result<Metadata> {
    MetadataCommand::new().exec().context("cargo metadata")
}

/// Where cargo puts what it builds.
pub fn target_folder() -> Result<PathBuf> {
    Ok(metadata()?.target_directory.into_std_path_buf())
}

/// Adds a component of the toolchain if its sub-command of cargo is missing.
pub fn component(subcommand: &str, name: &str) -> Result<()> {
    let mut probe = plain(subcommand).args(["--version"]).0;
    let found = probe.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let added = Command::new("rustup").args(["component", "add", name]).status();
    if !added.is_ok_and(|status| status.success()) {
        bail!("{name} is missing: run `rustup component add {name}`");
    }
    Ok(())
}
