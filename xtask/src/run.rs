//! Running cargo.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::framework;

/// Builds the command without the plugin, so that no system library is needed,
/// and runs the demo.
pub const DEMO: &str = "run --quiet --release --no-default-features --package unbraid -- demo";

/// A call of the cargo that runs this, in the present folder.
pub struct Cargo(Command);

/// `words` are separated by blanks.
pub fn cargo(words: &str) -> Cargo {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words.split_whitespace());
    Cargo(command)
}

impl Cargo {
    pub fn args(mut self, words: impl IntoIterator<Item: AsRef<std::ffi::OsStr>>) -> Self {
        self.0.args(words);
        self
    }

    /// Builds with the patched framework, as every build of the plugin must.
    pub fn patched(self) -> Result<Self> {
        Ok(self.args(framework::config()?).env(framework::VARIABLE, framework::PATCHED))
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Shows the command and runs it.
    pub fn run(mut self) -> Result<()> {
        let words: Vec<_> = self.0.get_args().map(|word| word.to_string_lossy()).collect();
        let line = format!("cargo {}", words.join(" "));
        eprintln!("+ {line}");
        let status = self.0.status().with_context(|| format!("cannot start `{line}`"))?;
        if !status.success() {
            bail!("`{line}` failed");
        }
        Ok(())
    }
}

/// Adds a component of the toolchain if its sub-command of cargo is missing.
pub fn component(subcommand: &str, name: &str) -> Result<()> {
    let mut probe = cargo(subcommand).args(["--version"]).0;
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
