//! Wine, with a prefix (its C: drive and registry) of the project's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::{run, system};

/// Debian does not have it on the path.
const PROGRAMS: [&str; 2] = ["/usr/lib/wine/wine64", "wine"];

/// A library of Windows that Rust's standard library needs and Wine 8 does not have.
const MISSING: &str = "bcryptprimitives.dll";

/// Its only function that is needed: fills a buffer with random bytes.
const MISSING_SOURCE: &str = r"
unsigned char SystemFunction036(void *buffer, unsigned long bytes);
__declspec(dllexport) int ProcessPrng(unsigned char *buffer, unsigned long long bytes)
{
    return SystemFunction036(buffer, (unsigned long)bytes);
}
";

/// It takes about 10 seconds.
const BOOT_LIMIT_S: &str = "120";

/// What starts a Windows program.
pub fn program() -> Result<&'static str> {
    let mut found = PROGRAMS.into_iter();
    let is_there = |name: &&str| Path::new(name).is_file() || system::found(name).is_some();
    found.find(is_there).context("Wine is missing: install it (the package wine64 in Debian)")
}

/// Makes the prefix if it is not there, and returns its path.
pub fn prefix() -> Result<PathBuf> {
    let prefix = run::target_folder()?.join("wine");
    let system = prefix.join("drive_c/windows/system32");
    if !system.join("kernel32.dll").is_file() {
        fs::create_dir_all(&prefix).with_context(|| prefix.display().to_string())?;
        // With a limit, as nobody answers if it asks; and without the parts that it would ask
        // whether to download.
        let mut boot = Command::new("timeout");
        boot.args(["--kill-after=5", BOOT_LIMIT_S, program()?, "wineboot", "--init"]);
        boot.env("WINEPREFIX", &prefix).env("WINEDEBUG", "-all").env_remove("DISPLAY");
        boot.env("WINEDLLOVERRIDES", "mscoree,mshtml=");
        let booted = boot.stdout(Stdio::null()).stderr(Stdio::null()).status();
        ensure!(booted.is_ok_and(|status| status.success()), "`wineboot --init` failed");
    }
    let library = system.join(MISSING);
    if !library.is_file() {
        let source = prefix.join("bcryptprimitives.c");
        fs::write(&source, MISSING_SOURCE).with_context(|| source.display().to_string())?;
        let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
        compiler.args(["-shared", "-O1", "-o"]).arg(&library).arg(&source).arg("-ladvapi32");
        let status = compiler.status().context("cannot start x86_64-w64-mingw32-gcc")?;
        ensure!(status.success(), "{MISSING} cannot be built");
    }
    Ok(prefix)
}
