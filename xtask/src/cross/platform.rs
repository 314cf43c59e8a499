//! Systems and processors besides the machine's own, and what cargo needs for them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{Cargo, cargo, plain};

/// What is built for, and how.
pub struct Platform {
    pub triple: &'static str,
    /// Environment variables for cargo.
    pub environment: Vec<(String, String)>,
}

/// What the lints look at.
#[derive(Clone, Copy)]
pub enum Linted {
    Everything,
    /// Not the tests, benchmarks and examples, nor what only they need: half of the time.
    WhatIsShipped,
}

impl Platform {
    /// Programs that are linked by `linker`, and run by `runner` (words separated by blanks).
    pub fn new(triple: &'static str, linker: Option<&str>, runner: Option<&str>) -> Self {
        let upper = triple.to_uppercase().replace('-', "_");
        let variable = |name: &str| format!("CARGO_TARGET_{upper}_{name}");
        let words = [("LINKER", linker), ("RUNNER", runner)];
        let words = words.into_iter().filter_map(|(name, word)| Some((variable(name), word?)));
        let environment = words.map(|(name, word)| (name, word.to_string())).collect();
        Self { triple, environment }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_string(), value.into()));
        self
    }

    /// A call of cargo for this target, with the patched framework.
    pub fn cargo(&self, words: &str) -> Result<Cargo> {
        Ok(self.prepared(cargo(words)?))
    }

    /// A call for builds without the plugin, which need no patched framework.
    pub fn plain(&self, words: &str) -> Cargo {
        self.prepared(plain(words))
    }

    fn prepared(&self, cargo: Cargo) -> Cargo {
        let cargo = cargo.env("CARGO_BUILD_TARGET", self.triple);
        self.environment.iter().fold(cargo, |cargo, (name, value)| cargo.env(name, value))
    }

    /// The lints, with warnings denied.
    pub fn lint(&self, targets: Linted) -> Result<()> {
        let words = "clippy --locked --release --package unbraid";
        let targets: &[&str] = match targets {
            Linted::Everything => &["--all-targets"],
            Linted::WhatIsShipped => &["--lib", "--bins"],
        };
        // Behind `--`, words are the compiler's.
        self.cargo(words)?.args(targets).args(["--", "-D", "warnings"]).run()
    }
}

/// Installs the standard library for a target, if it is missing.
pub fn install(triple: &str) -> Result<()> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = output.context("cannot start rustc")?.stdout;
    let sysroot = String::from_utf8_lossy(&sysroot).trim().to_string();
    if Path::new(&sysroot).join("lib/rustlib").join(triple).join("lib").is_dir() {
        return Ok(());
    }
    let remedy = format!("run `rustup target add {triple}`");
    eprintln!("+ rustup target add {triple}");
    let added = Command::new("rustup").args(["target", "add", triple]).status();
    if !added.is_ok_and(|status| status.success()) {
        bail!("the standard library for {triple} is missing: {remedy}");
    }
    Ok(())
}
