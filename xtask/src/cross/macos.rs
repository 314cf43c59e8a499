//! macOS, for which only the lints run: its libraries are on Macs only.

use anyhow::Result;

use super::platform::{Linted, Platform, install};
use crate::system;

const TRIPLE: &str = "aarch64-apple-darwin";

pub fn set_up() -> Result<()> {
    install(TRIPLE)?;
    system::install(&system::CLANG)
}

/// The lints for macOS on ARM.
pub fn check(linted: Linted) -> Result<()> {
    set_up()?;
    // Some packages compile a little C, for which any compiler that knows the system will do.
    let compiler = "CC_aarch64_apple_darwin";
    Platform::new(TRIPLE, None, None).with(compiler, "clang").lint(linted)
}
