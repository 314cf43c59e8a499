//! Packages of the system, installed through its package manager where they are missing.
//!
//! Nothing is needed to build: the plugin loads the window system's libraries when it opens
//! its window.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// What a step of ours needs.
pub struct Packages {
    what: &'static str,
    /// Their names in Debian and Ubuntu.
    debian: &'static [&'static str],
    /// A program of theirs, for systems that have other packages.
    program: &'static str,
}

/// For the tests and pictures of the real window: a virtual screen, OpenGL without a graphics
/// card, the keyboard layouts, and what screen readers need.
pub const WINDOW: Packages = Packages {
    what: "the tests and pictures of the window",
    debian: &["xvfb", "libgl1-mesa-dri", "libegl1", "libxkbcommon-x11-0", "dbus", "at-spi2-core"],
    program: "Xvfb",
};

/// The compiler for Windows, and Wine, which runs its programs.
pub const WINE: Packages = Packages {
    what: "builds for Windows",
    debian: &["gcc-mingw-w64-x86-64-posix", "wine64"],
    program: "x86_64-w64-mingw32-gcc",
};

/// The linker for 64-bit ARM, and QEMU, which runs its programs.
pub const ARM: Packages = Packages {
    what: "builds for ARM",
    debian: &["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user-static"],
    program: "aarch64-linux-gnu-gcc",
};

/// A C compiler that knows every system.
pub const CLANG: Packages =
    Packages { what: "checks for macOS", debian: &["clang"], program: "clang" };

/// Debian has the module that makes Python environments in a package of its own.
pub const PYTHON_ENVIRONMENTS: Packages =
    Packages { what: "Python environments", debian: &["python3-venv"], program: "python3" };

/// Ubuntu has Debian's keys in a package of their own.
pub const EMPTY_DEBIAN: Packages = Packages {
    what: "checks in an empty Debian system",
    debian: &["mmdebstrap", "debian-archive-keyring"],
    program: "mmdebstrap",
};

/// Installs those of `packages` that are missing; the error says what to run.
pub fn install(packages: &Packages) -> Result<()> {
    let missing = missing(packages);
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let Packages { what, program, .. } = packages;
    if found("apt-get").is_none() {
        bail!("{what} need {program}: install it (the packages {names} in Debian)");
    }
    let remedy = format!("{what} need packages: as root, run `apt-get install {names}`");
    let Some(root) = as_root() else { bail!("{remedy}") };
    let install = ["install", "--yes", "--no-install-recommends"];
    let install = [&install[..], &missing].concat();
    // A machine that has never installed anything has no list of packages yet.
    let apt = |words: &[&str]| run(&[root, &["apt-get"], words].concat());
    if !(apt(&install) || apt(&["update"]) && apt(&install)) {
        bail!("{remedy}");
    }
    Ok(())
}

/// The program's path.
pub fn found(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn missing(packages: &Packages) -> Vec<&'static str> {
    // One line for each package that is known.
    let query = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"])
        .args(packages.debian)
        .stderr(Stdio::null())
        .output();
    match query {
        Ok(output) => not_installed(packages, &String::from_utf8_lossy(&output.stdout)),
        Err(_) if found(packages.program).is_some() => Vec::new(),
        Err(_) => packages.debian.to_vec(),
    }
}

fn not_installed(packages: &Packages, known: &str) -> Vec<&'static str> {
    let is_installed = |name: &str| known.lines().any(|line| line == format!("{name} installed"));
    packages.debian.iter().copied().filter(|name| !is_installed(name)).collect()
}

/// The words before a command that is to run as root; `None` if that needs a password.
fn as_root() -> Option<&'static [&'static str]> {
    let id = Command::new("id").arg("--user").output().ok()?;
    if id.stdout.trim_ascii() == b"0" {
        return Some(&[]);
    }
    let sudo: &[&str] = &["sudo", "--non-interactive"];
    let quiet = Stdio::null;
    let mut probe = Command::new(sudo[0]);
    probe.args(&sudo[1..]).arg("true").stdin(quiet()).stdout(quiet()).stderr(quiet());
    probe.status().is_ok_and(|status| status.success()).then_some(sudo)
}

/// Shows the command and runs it; whether it succeeded.
fn run(words: &[&str]) -> bool {
    eprintln!("+ {}", words.join(" "));
    let status = Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_and_unknown_packages_are_missing() {
        let known = "xvfb installed\nlibegl1 config-files\nlibgl1-mesa-dri not-installed\n\
                     dbus installed\nat-spi2-core installed\n";
        let missing = ["libgl1-mesa-dri", "libegl1", "libxkbcommon-x11-0"];
        assert_eq!(not_installed(&WINDOW, known), missing);
    }
}
