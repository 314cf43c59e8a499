//! Windows, under Wine.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::comparison::{self, Expected};
use super::platform::{Linted, Platform, install};
use super::wine;
use crate::screen::Screen;
use crate::{run, system};

pub const TRIPLE: &str = "x86_64-pc-windows-gnu";

/// The libraries that Windows comes with and that the binaries may use.
const SYSTEM_LIBRARIES: &[&str] = &[
    "advapi32.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "combase.dll",
    "comctl32.dll",
    "dwmapi.dll",
    "gdi32.dll",
    "imm32.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "ole32.dll",
    "oleaut32.dll",
    "opengl32.dll",
    "propsys.dll",
    "rpcrt4.dll",
    "shell32.dll",
    "shlwapi.dll",
    "uiautomationcore.dll",
    "user32.dll",
    "userenv.dll",
    "uxtheme.dll",
    "ws2_32.dll",
];

/// Tests of the library and the command.
const COMMAND_TESTS: [&str; 13] = [
    "audio",
    "audio_files",
    "cli",
    "cli_bad_input",
    "cli_files",
    "dictionary",
    "engine",
    "eval",
    "learn",
    "learn_clips",
    "panning",
    "plot",
    "strength",
];

pub fn set_up() -> Result<()> {
    install(TRIPLE)?;
    system::install(&system::WINE)?;
    wine::prefix()?;
    Ok(())
}

/// With programs that run under Wine on `screen`: without one, not even windows that
/// nobody sees can be created.
fn platform(screen: &Screen) -> Result<Platform> {
    set_up()?;
    let prefix = wine::prefix()?;
    let platform = Platform::new(TRIPLE, None, Some(wine::program()?));
    Ok(platform
        .with("WINEPREFIX", prefix.display().to_string())
        .with("WINEDEBUG", "-all")
        .with("DISPLAY", &screen.display))
}

/// Every test, and what the bundles contain.
pub fn test() -> Result<()> {
    let screen = Screen::start()?;
    let platform = platform(&screen)?;
    platform.lint(Linted::Everything)?;
    platform.cargo("test --release")?.run()?;
    comparison::states(&platform)?;
    comparison::demo(&platform, platform.cargo(comparison::DEMO)?, Expected::Same)?;
    platform.cargo("build --release --lib")?.run()?;
    check_libraries(&["unbraid.exe", "unbraid.dll"])
}

/// The lints of what is shipped, the library's tests and the command's.
pub fn test_command() -> Result<()> {
    let screen = Screen::start()?;
    let platform = platform(&screen)?;
    platform.lint(Linted::WhatIsShipped)?;
    let words = "test --release --no-default-features --features cli --bins";
    let tests = || {
        let tests = COMMAND_TESTS.iter().flat_map(|name| ["--test", name]);
        platform.plain(words).args(tests).run()
    };
    // On a busy machine, Wine 8 now and then fails to start a program (error 1359). What fails
    // because of the program fails again.
    tests().or_else(|error| {
        eprintln!("{error:#}; once more, as this may be Wine's fault");
        tests()
    })?;
    comparison::demo(&platform, platform.plain(comparison::COMMANDS_DEMO), Expected::Same)?;
    check_libraries(&["unbraid.exe"])
}

/// Whether the binaries need nothing that Windows does not come with, such as the compiler's own
/// libraries.
fn check_libraries(binaries: &[&str]) -> Result<()> {
    for name in binaries {
        let path = run::target_folder()?.join(TRIPLE).join("release").join(name);
        let foreign = libraries_beyond_windows(&path)?;
        ensure!(foreign.is_empty(), "{name} needs {}", foreign.join(", "));
    }
    Ok(())
}

/// What a binary needs that Windows does not come with.
pub fn libraries_beyond_windows(path: &Path) -> Result<Vec<String>> {
    let output = Command::new("x86_64-w64-mingw32-objdump").arg("-p").arg(path).output();
    let output = output.context("cannot start x86_64-w64-mingw32-objdump")?;
    ensure!(output.status.success(), "{}: cannot be read", path.display());
    foreign_libraries(&String::from_utf8_lossy(&output.stdout))
}

/// Of the imported libraries, those that are not the system's.
fn foreign_libraries(headers: &str) -> Result<Vec<String>> {
    let names = headers.lines().filter_map(|line| line.trim().strip_prefix("DLL Name: "));
    let names: Vec<_> = names.map(str::to_lowercase).collect();
    ensure!(!names.is_empty(), "no imported libraries are listed");
    let is_foreign = |name: &String| {
        !name.starts_with("api-ms-win-") && !SYSTEM_LIBRARIES.contains(&name.as_str())
    };
    Ok(names.into_iter().filter(is_foreign).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compilers_libraries_are_foreign() {
        let headers = "\tDLL Name: KERNEL32.dll\n\tvma: Hint\n\tDLL Name: libgcc_s_seh-1.dll\n\
                       \tDLL Name: api-ms-win-core-synch-l1-2-0.dll\n";
        assert_eq!(foreign_libraries(headers).unwrap(), ["libgcc_s_seh-1.dll"]);
        assert!(foreign_libraries("file format not recognized").is_err());
    }
}
