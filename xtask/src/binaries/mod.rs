//! Builds what is shipped: optimised, without the builder's folders, with a file of symbols for
//! each binary beside it.

mod sign;
mod strip;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Metadata;

use super::run::{cargo, metadata};
use super::system;
use super::target::{System, Target, UNIVERSAL};
pub use sign::sign;

/// The oldest macOS that the binaries are built for.
pub const OLDEST_MACOS: &str = "11.0";

/// What is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Plugin,
    Command,
}

/// How it is built.
pub struct Build {
    pub target: Target,
    profile: String,
    /// More arguments of `cargo build`.
    others: Vec<String>,
}

impl Build {
    /// `words` are those of `cargo build`. `unbraid` and `--release` say what is so anyway.
    pub fn of(words: &[String]) -> Result<Self> {
        let (mut target, mut profile, mut others) = (None, "release".to_string(), Vec::new());
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let (name, joined) = word.split_once('=').map_or((word, None), |(a, b)| (a, Some(b)));
            match name {
                "--target" | "--profile" => {
                    let value = joined.or_else(|| words.next());
                    let value = value.with_context(|| format!("{name} needs a name"))?;
                    match name {
                        "--target" => target = Some(Target::named(value)?),
                        _ => profile = value.to_string(),
                    }
                }
                "unbraid" | "--release" => {}
                _ => others.push(word.to_string()),
            }
        }
        let target = target.map_or_else(Target::host, Ok)?;
        Ok(Self { target, profile, others })
    }

    /// Builds it; returns the stripped binary. A program is signed, too.
    pub fn make(&self, part: Part) -> Result<PathBuf> {
        let metadata = metadata()?;
        let folder = metadata.target_directory.as_std_path();
        // The library of each has other features and the same name: in one folder, each build
        // would undo the other.
        let (name, output) = match part {
            Part::Plugin => (self.target.library(), folder.to_path_buf()),
            Part::Command => (self.target.command(), folder.join("command")),
        };
        let mut built = Vec::new();
        for triple in self.target.parts() {
            self.compile(part, triple, &metadata, &output)?;
            built.push(output.join(triple.unwrap_or_default()).join(self.folder()).join(name));
        }
        let built = match &built[..] {
            [one] => one.clone(),
            parts => {
                let whole = folder.join(UNIVERSAL).join(self.folder()).join(name);
                combine(parts, &whole)?;
                whole
            }
        };
        let label = self.target.label();
        let stripped = folder.join("stripped").join(&label).join(name);
        strip::strip(&self.target, &built, &stripped, &folder.join("symbols").join(&label))?;
        if self.target.system == System::Mac && part == Part::Command {
            sign(std::slice::from_ref(&stripped), "codesign".as_ref());
        }
        Ok(stripped)
    }

    /// The command has no use for the plugin, nor for the libraries that it needs.
    fn compile(
        &self,
        part: Part,
        triple: Option<&str>,
        metadata: &Metadata,
        output: &Path,
    ) -> Result<()> {
        let part: &[&str] = match part {
            Part::Plugin => &["--lib"],
            Part::Command => &["--bin", "unbraid", "--no-default-features", "--features", "cli"],
        };
        let mut cargo = cargo("build --locked --package unbraid")?.args(part);
        cargo = cargo.args(["--target-dir".as_ref(), output.as_os_str()]);
        cargo = cargo.args(["--profile", &self.profile]).args(&self.others);
        cargo = cargo.args(flags(metadata, uses_msvc(triple))).args(symbols(&self.profile));
        if let Some(triple) = triple {
            cargo = cargo.args(["--target", triple]);
        }
        if self.target.system == System::Mac {
            cargo = cargo.env("MACOSX_DEPLOYMENT_TARGET", OLDEST_MACOS);
        }
        cargo.run()
    }

    /// The folder of a profile, which is not always its name.
    fn folder(&self) -> &str {
        match self.profile.as_str() {
            "dev" | "test" => "debug",
            "bench" => "release",
            other => other,
        }
    }
}

/// Whether a target, or the machine that builds, has Microsoft's tools and libraries.
pub fn uses_msvc(triple: Option<&str>) -> bool {
    triple.map_or(cfg!(target_env = "msvc"), |triple| triple.ends_with("msvc"))
}

/// The arguments with which cargo leaves the builder's folders out of the binaries, where they
/// would appear in panic messages and debugging information, and takes in Microsoft's runtime
/// library, which not every Windows has. Without effect if the environment has `RUSTFLAGS`.
pub fn flags(metadata: &Metadata, msvc: bool) -> [String; 2] {
    let home = std::env::home_dir();
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| Some(home.as_ref()?.join(".cargo")));
    // The compiler uses the last one that fits.
    let folders = [
        (home, "home"),
        (cargo, "cargo"),
        (Some(metadata.workspace_root.clone().into_std_path_buf()), "unbraid"),
        (Some(metadata.target_directory.clone().into_std_path_buf()), "target"),
    ];
    let mut flags: Vec<String> = folders
        .into_iter()
        .filter_map(|(folder, name)| Some((folder?, name)))
        .filter(|(folder, _)| folder.parent().is_some())
        .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()))
        .collect();
    if msvc {
        flags.push("-Ctarget-feature=+crt-static".to_string());
    }
    ["--config".to_string(), format!("build.rustflags={flags:?}")]
}

/// The arguments with which cargo adds what reports of crashes need: lines of the sources.
fn symbols(profile: &str) -> [String; 2] {
    ["--config".to_string(), format!("profile.{profile}.debug=\"line-tables-only\"")]
}

/// One binary for the processors of all `parts`.
fn combine(parts: &[PathBuf], whole: &Path) -> Result<()> {
    let folder = whole.parent().context("no folder")?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let tool = ["lipo", "llvm-lipo"].into_iter().find(|tool| system::found(tool).is_some());
    let Some(tool) = tool else {
        bail!("binaries for both processors need lipo: on a Mac, run `xcode-select --install`");
    };
    let made = Command::new(tool).arg("-create").args(parts).arg("-output").arg(whole).status();
    ensure!(made.is_ok_and(|status| status.success()), "{tool} failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Processor;

    fn build(words: &[&str]) -> Result<Build> {
        Build::of(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn words_are_cargos() {
        let plain = build(&["unbraid", "--release"]).unwrap();
        assert_eq!(plain.target, Target::host().unwrap());
        assert_eq!((plain.folder(), plain.others.len()), ("release", 0));
        for words in [
            &["--target", "x86_64-pc-windows-gnu", "--offline", "--profile", "dev"][..],
            &["--target=x86_64-pc-windows-gnu", "--profile=dev", "--offline"],
        ] {
            let build = build(words).unwrap();
            assert_eq!(build.target, Target::named("x86_64-pc-windows-gnu").unwrap());
            assert_eq!((build.folder(), &build.others[..]), ("debug", &["--offline".into()][..]));
        }
        assert_eq!(build(&["--target", UNIVERSAL]).unwrap().target.processor, Processor::Universal);
        assert!(build(&["--target"]).is_err());
    }

    #[test]
    fn the_builders_folders_become_names() {
        let metadata = metadata().unwrap();
        let root = &metadata.workspace_root;
        let [_, plain] = flags(&metadata, false);
        assert!(plain.contains(&format!("{:?}", format!("--remap-path-prefix={root}=unbraid"))));
        assert!(!plain.contains("crt-static") && flags(&metadata, true)[1].contains("crt-static"));
    }
}
