//! Builds and tests for other systems on Linux: for Windows under Wine, for 64-bit ARM under
//! QEMU; for macOS the lints only. `docs/platforms.md` says what they show.

mod arm;
mod comparison;
mod macos;
mod platform;
mod windows;
mod wine;

use anyhow::{Result, bail};

const USAGE: &str = "usage: cargo xtask cross windows|arm|mac-check [--short]";

/// `cargo xtask cross SYSTEM`; `--short` leaves out the plugin's tests.
pub fn run(words: &[String]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("only Linux has the emulators; here, `cargo xtask test` tests this system");
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["windows"] => windows::test(),
        ["windows", "--short"] => windows::test_command(),
        ["arm"] => arm::test(),
        ["arm", "--short"] => arm::test_command(),
        ["mac-check"] => macos::check(),
        _ => bail!(USAGE),
    }
}

/// The part that is quick enough for every change: lints for Windows and macOS, and the command's
/// tests on Windows. A machine that cannot be set up for it is told so, as a change can be checked
/// well enough without.
pub fn check_briefly() -> Result<()> {
    for (system, ready, check) in [
        ("Windows", windows::set_up as fn() -> Result<()>, windows::test_command as _),
        ("macOS", macos::set_up, macos::check as fn() -> Result<()>),
    ] {
        match ready() {
            Ok(()) => check()?,
            Err(error) => eprintln!("not checked for {system}: {error:#}"),
        }
    }
    Ok(())
}
