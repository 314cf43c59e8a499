//! 64-bit ARM on Linux, under QEMU.

use anyhow::Result;

use super::comparison::{self, Expected};
use super::platform::{Linted, Platform, install};
use crate::system;

pub const TRIPLE: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";

/// With the C library of the cross compiler.
const RUNNER: &str = "qemu-aarch64-static -L /usr/aarch64-linux-gnu";

/// Tests of the engine and the learners. Left out are those that watch the system calls of a
/// process, or limit its memory, which are QEMU's here; and those of the command, of which every
/// call takes minutes: the demo, which is compared below, has to do.
const TESTS: [&str; 11] = [
    "audio",
    "audio_files",
    "dictionary",
    "engine",
    "eval",
    "learn",
    "mat",
    "panning",
    "presence",
    "stereo",
    "strength",
];

pub fn set_up() -> Result<Platform> {
    install(TRIPLE)?;
    system::install(&system::ARM)?;
    // Tests that start the command need it, too.
    Ok(Platform::new(TRIPLE, Some(LINKER), Some(RUNNER)).with("UNBRAID_RUNNER", RUNNER))
}

/// Everything that can run: with the plugin's own tests, and the plugin itself built.
pub fn test() -> Result<()> {
    let platform = set_up()?;
    platform.lint(Linted::Everything)?;
    platform.cargo("build --release --lib")?.run()?;
    platform.cargo("test --release --lib --test plugin")?.run()?;
    test_command()
}

/// The library and the command.
pub fn test_command() -> Result<()> {
    let platform = set_up()?;
    let tests = TESTS.iter().flat_map(|name| ["--test", name]);
    let words = "test --release --no-default-features --features cli --lib --bins";
    platform.plain(words).args(tests).run()?;
    comparison::demo(&platform, platform.plain(comparison::COMMANDS_DEMO), Expected::Close)
}
