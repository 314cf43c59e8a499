//! What is built for: a system and a processor.

use anyhow::{Context, Result, bail};

/// Not one of the compiler's: binaries for both processors of Macs in one file.
pub const UNIVERSAL: &str = "universal-apple-darwin";

/// The compiler's names of the targets that make up [`UNIVERSAL`].
pub const MAC_TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Linux,
    Windows,
    Mac,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processor {
    X86_64,
    Aarch64,
    /// Both, on macOS.
    Universal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub system: System,
    pub processor: Processor,
    /// As given to `--target`; `None` builds for the machine that builds.
    pub triple: Option<String>,
}

impl Target {
    /// The machine that builds.
    pub fn host() -> Result<Self> {
        let (processor, system) = (std::env::consts::ARCH, std::env::consts::OS);
        let (processor, system) = (Processor::of(processor)?, System::of(system)?);
        Ok(Self { system, processor, triple: None })
    }

    /// By the compiler's name, or [`UNIVERSAL`].
    pub fn named(triple: &str) -> Result<Self> {
        let parts = triple.split_once('-');
        let (processor, rest) = parts.with_context(|| format!("--target {triple}: no target"))?;
        let known = ["linux-gnu", "windows", "darwin"].into_iter().find(|it| rest.contains(it));
        let context = || format!("--target {triple}");
        let processor = Processor::of(processor).with_context(context)?;
        let system = System::of(known.unwrap_or(rest)).with_context(context)?;
        if processor == Processor::Universal && triple != UNIVERSAL {
            bail!("--target {triple}: only {UNIVERSAL} is universal");
        }
        Ok(Self { system, processor, triple: Some(triple.to_string()) })
    }

    /// For the names of files: `linux-x86_64`.
    pub fn label(&self) -> String {
        let system = match self.system {
            System::Linux => "linux",
            System::Windows => "windows",
            System::Mac => "macos",
        };
        let processor = match self.processor {
            Processor::X86_64 => "x86_64",
            Processor::Aarch64 => "aarch64",
            Processor::Universal => "universal",
        };
        format!("{system}-{processor}")
    }

    /// What the compiler has to build for.
    pub fn parts(&self) -> Vec<Option<&str>> {
        match self.processor {
            Processor::Universal => MAC_TARGETS.map(Some).to_vec(),
            _ => vec![self.triple.as_deref()],
        }
    }

    /// Whether its programs run on the machine that builds.
    pub fn runs_here(&self) -> bool {
        Self::host().is_ok_and(|host| {
            let processors = [host.processor, Processor::Universal];
            self.system == host.system && processors.contains(&self.processor)
        })
    }

    /// The file of the plugin's library, as cargo names it.
    pub fn library(&self) -> &'static str {
        match self.system {
            System::Linux => "libunbraid.so",
            System::Windows => "unbraid.dll",
            System::Mac => "libunbraid.dylib",
        }
    }

    pub fn command(&self) -> &'static str {
        if self.system == System::Windows { "unbraid.exe" } else { "unbraid" }
    }
}

impl System {
    /// By the name in the standard library, or by the part of a target's that says it.
    fn of(name: &str) -> Result<Self> {
        Ok(match name {
            "linux" | "linux-gnu" => Self::Linux,
            "windows" => Self::Windows,
            "macos" | "darwin" => Self::Mac,
            _ => bail!("Unbraid is built for Linux (GNU), Windows and macOS, not for {name}"),
        })
    }
}

impl Processor {
    fn of(name: &str) -> Result<Self> {
        Ok(match name {
            "x86_64" => Self::X86_64,
            "aarch64" => Self::Aarch64,
            "universal" => Self::Universal,
            _ => bail!("Unbraid is built for x86_64 and aarch64, not for {name}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compilers_names_are_understood() {
        let cases = [
            ("x86_64-unknown-linux-gnu", "linux-x86_64", "libunbraid.so", "unbraid"),
            ("aarch64-unknown-linux-gnu", "linux-aarch64", "libunbraid.so", "unbraid"),
            ("x86_64-pc-windows-gnu", "windows-x86_64", "unbraid.dll", "unbraid.exe"),
            ("aarch64-pc-windows-msvc", "windows-aarch64", "unbraid.dll", "unbraid.exe"),
            ("aarch64-apple-darwin", "macos-aarch64", "libunbraid.dylib", "unbraid"),
            (UNIVERSAL, "macos-universal", "libunbraid.dylib", "unbraid"),
        ];
        for (triple, label, library, command) in cases {
            let target = Target::named(triple).unwrap();
            let found = (target.label(), target.library(), target.command());
            assert_eq!(found, (label.to_string(), library, command));
        }
    }

    #[test]
    fn a_universal_binary_has_two_parts() {
        let parts = Target::named(UNIVERSAL).unwrap();
        assert_eq!(parts.parts(), MAC_TARGETS.map(Some));
        let one = Target::named(MAC_TARGETS[0]).unwrap();
        assert_eq!(one.parts(), [Some(MAC_TARGETS[0])]);
        assert_eq!(Target::host().unwrap().parts(), [None]);
    }

    #[test]
    fn other_systems_are_refused_with_a_reason() {
        let cases = [
            ("x86_64-unknown-freebsd", "not for unknown-freebsd"),
            ("x86_64-unknown-linux-musl", "not for unknown-linux-musl"),
            ("i686-pc-windows-msvc", "not for i686"),
            ("universal-pc-windows-msvc", "only universal-apple-darwin"),
            ("windows", "no target"),
        ];
        for (triple, reason) in cases {
            let error = format!("{:#}", Target::named(triple).unwrap_err());
            assert!(error.contains(triple) && error.contains(reason), "{error}");
        }
    }
}
