//! Builds and tests for other systems on Linux: for Windows under Wine, for 64-bit ARM under
//! QEMU; for macOS the lints only. `docs/platforms.md` says what they show.

mod arm;
mod comparison;
mod macos;
mod platform;
mod windows;
mod wine;

use anyhow::{Result, bail};

use super::system;
use super::target::{System, Target};
use platform::Linted;
pub use windows::libraries_beyond_windows;

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
        ["mac-check"] => macos::check(Linted::Everything),
        ["mac-check", "--short"] => macos::check(Linted::WhatIsShipped),
        _ => bail!(USAGE),
    }
}

/// Makes this machine ready to build for a target; returns the variables that cargo needs.
pub fn ready_to_build(target: &Target) -> Result<Vec<(String, String)>> {
    let Some(triple) = target.triple.as_deref().filter(|_| !target.runs_here()) else {
        return Ok(Vec::new());
    };
    match triple {
        arm::TRIPLE => Ok(arm::set_up()?.environment),
        windows::TRIPLE => {
            platform::install(triple)?;
            system::install(&system::WINE)?;
            Ok(Vec::new())
        }
        // Macs build for both of their processors.
        _ if target.system == System::Mac && cfg!(target_os = "macos") => Ok(Vec::new()),
        _ => bail!(
            "nothing is built here for {triple}, only for {} and {}",
            windows::TRIPLE,
            arm::TRIPLE
        ),
    }
}

/// The part that is quick enough for every change: lints of what is shipped for Windows and macOS,
/// and the command's tests on Windows. A machine that cannot be set up for it is told so, as a change can be checked
/// well enough without.
pub fn check_briefly() -> Result<()> {
    type Step = fn() -> Result<()>;
    let systems: [(&str, Step, Step); 2] = [
        ("Windows", windows::set_up, windows::test_command),
        ("macOS", macos::set_up, || macos::check(Linted::WhatIsShipped)),
    ];
    for (system, ready, check) in systems {
        match ready() {
            Ok(()) => check()?,
            Err(error) => eprintln!("not checked for {system}: {error:#}"),
        }
    }
    Ok(())
}
