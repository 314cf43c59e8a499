//! Takes what helps only with debugging out of a binary, four fifths of its bytes, into a file
//! of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::target::{Processor, System, Target};

/// Writes `from`, stripped, as `to`, and its symbols into the folder `symbols` (not for macOS).
/// A binary is as good if that cannot be done.
pub fn strip(target: &Target, from: &Path, to: &Path, symbols: &Path) -> Result<()> {
    for folder in [to.parent().context("no folder")?, symbols] {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    let Some(tool) = candidates(target).into_iter().find(|tool| works(tool)) else {
        eprintln!("not stripped: there is no objcopy for {}", target.label());
        return Ok(());
    };
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let kept = symbols.join(format!("{name}.debug"));
    let kept_symbols =
        target.system != System::Mac && run(&tool, &["--only-keep-debug".as_ref(), to, &kept]);
    // Apple's own tool has this option only.
    let option = if tool.ends_with("strip") { "-S" } else { "--strip-debug" };
    if !run(&tool, &[option.as_ref(), to]) {
        eprintln!("not stripped: {} failed on {}", tool.display(), to.display());
        fs::copy(from, to).with_context(|| from.display().to_string())?;
    } else if kept_symbols {
        let link = format!("--add-gnu-debuglink={}", kept.display());
        run(&tool, &[link.as_ref(), to]);
    }
    Ok(())
}

/// Tools for a target, the best first.
fn candidates(target: &Target) -> Vec<PathBuf> {
    if target.system == System::Mac && cfg!(target_os = "macos") {
        return vec!["strip".into()];
    }
    // LLVM's, as they come with Rust or as a package, know every system; GNU's only their own.
    let mut tools = vec![];
    tools.extend(of_the_toolchain());
    tools.push("llvm-objcopy".into());
    let gnu = match (target.system, target.processor) {
        (System::Linux, Processor::X86_64) => "x86_64-linux-gnu-objcopy",
        (System::Linux, _) => "aarch64-linux-gnu-objcopy",
        (System::Windows, Processor::X86_64) => "x86_64-w64-mingw32-objcopy",
        _ => return tools,
    };
    tools.push(gnu.into());
    if target.triple.is_none() {
        tools.push("objcopy".into());
    }
    tools
}

/// The one that the compiler itself uses.
fn of_the_toolchain() -> Option<PathBuf> {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).args(["--print", "target-libdir"]).output().ok()?;
    let libraries = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    let name = format!("rust-objcopy{}", std::env::consts::EXE_SUFFIX);
    Some(libraries.parent()?.join("bin").join(name)).filter(|tool| tool.is_file())
}

/// Whether there is such a tool, with the libraries that it needs. Every Mac has Apple's, which
/// does not say its version.
fn works(tool: &Path) -> bool {
    let mut probe = Command::new(tool);
    probe.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    tool.ends_with("strip") || probe.status().is_ok_and(|status| status.success())
}

/// Whether a tool did its work.
fn run(tool: &Path, arguments: &[&Path]) -> bool {
    Command::new(tool).args(arguments).status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stripped_program_is_smaller_runs_and_names_its_symbols() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::write(at("program.rs"), "fn main() { println!(\"runs\") }").unwrap();
        let mut compiler = Command::new("rustc");
        compiler.args(["-g", "program.rs", "-o", "program"]).current_dir(place.path());
        assert!(compiler.status().unwrap().success());
        let (from, to, symbols) = (at("program"), at("stripped"), at("symbols"));
        strip(&Target::host().unwrap(), &from, &to, &symbols).unwrap();
        assert_eq!(Command::new(&to).output().unwrap().stdout.trim_ascii(), b"runs");
        // Elsewhere compilers write symbols into files of their own.
        if cfg!(target_os = "linux") {
            let bytes = |path: &Path| fs::metadata(path).unwrap().len();
            assert!(bytes(&to) * 2 < bytes(&from), "{} of {}", bytes(&to), bytes(&from));
            let kept = symbols.join("stripped.debug");
            assert!(bytes(&kept) * 2 > bytes(&from), "{} of {}", bytes(&kept), bytes(&from));
            let (stripped, name) = (fs::read(&to).unwrap(), b"stripped.debug");
            assert!(stripped.windows(name.len()).any(|found| found == name));
        }
    }

    #[test]
    fn a_tool_of_one_system_is_not_used_on_anothers_binaries() {
        let tools = |triple: &str| candidates(&Target::named(triple).unwrap());
        let has = |tools: &[PathBuf], name: &str| tools.iter().any(|tool| tool.ends_with(name));
        let windows = tools("x86_64-pc-windows-gnu");
        assert!(has(&windows, "x86_64-w64-mingw32-objcopy") && !has(&windows, "objcopy"));
        assert!(has(&tools("aarch64-unknown-linux-gnu"), "aarch64-linux-gnu-objcopy"));
        if cfg!(target_os = "macos") {
            assert_eq!(tools("aarch64-apple-darwin"), [PathBuf::from("strip")]);
        } else {
            assert!(!has(&tools("aarch64-apple-darwin"), "strip"));
        }
    }
}
