//! What the bundler leaves out of the bundles, and what users need not have of it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};

/// The bundle's description for hosts, below the package's root.
const MODULE_INFO: &str = "assets/vst3/moduleinfo.json";

/// The arguments with which cargo leaves the builder's folders out of the binaries, where they
/// would appear in panic messages and debugging information. Without effect if the
/// environment has `RUSTFLAGS`.
pub fn without_folders() -> Result<Vec<String>> {
    let metadata = metadata()?;
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
    let flags: Vec<String> = folders
        .into_iter()
        .filter_map(|(folder, name)| Some((folder?, name)))
        .filter(|(folder, _)| folder.parent().is_some())
        .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()))
        .collect();
    Ok(vec!["--config".to_string(), format!("build.rustflags={flags:?}")])
}

/// The arguments with which cargo adds what reports of crashes need: lines of the sources.
pub fn symbols() -> Vec<String> {
    ["--config", "profile.release.debug=\"line-tables-only\""].map(String::from).to_vec()
}

/// Adds the VST3's description for hosts; takes what helps only with debugging out of the
/// plugins, four fifths of their bytes, into files of its own (on Linux); and removes the
/// command line, which the bundler takes for a plugin without a host because of its name.
pub fn tidy() -> Result<()> {
    let metadata = metadata()?;
    let folder = metadata.target_directory.as_std_path().join("bundled");
    add_module_info(&metadata, &folder)?;
    let command_line = folder.join(format!("Unbraid{}", std::env::consts::EXE_SUFFIX));
    match fs::remove_file(&command_line) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| command_line.display().to_string());
        }
        _ => {}
    }
    if cfg!(unix) {
        let symbols = metadata.target_directory.as_std_path().join("symbols");
        fs::create_dir_all(&symbols).with_context(|| symbols.display().to_string())?;
        strip(&folder, &symbols);
    }
    Ok(())
}

fn metadata() -> Result<Metadata> {
    MetadataCommand::new().exec().context("cargo metadata")
}

/// `tests/vst3_factory.rs` checks that it is right.
fn add_module_info(metadata: &Metadata, folder: &Path) -> Result<()> {
    let resources = folder.join("Unbraid.vst3/Contents/Resources");
    if !folder.join("Unbraid.vst3/Contents").is_dir() {
        return Ok(());
    }
    fs::create_dir_all(&resources).with_context(|| resources.display().to_string())?;
    let from = metadata.workspace_root.as_std_path().join(MODULE_INFO);
    let to = resources.join("moduleinfo.json");
    fs::copy(&from, &to).with_context(|| from.display().to_string())?;
    Ok(())
}

/// Strips all files; bundles are as good if that cannot be done.
fn strip(folder: &Path, symbols: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            strip(&path, symbols);
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let kept = symbols.join(format!("{name}.debug"));
            let kept_symbols = cfg!(target_os = "linux")
                && run("objcopy", &["--only-keep-debug".as_ref(), &path, &kept]);
            run("strip", &["-S".as_ref(), &path]);
            if kept_symbols {
                let link = format!("--add-gnu-debuglink={}", kept.display());
                run("objcopy", &[link.as_ref(), &path]);
            }
        }
    }
}

/// Whether a tool did its work; it complains of files that are no binaries.
fn run(tool: &str, arguments: &[&Path]) -> bool {
    let status = Command::new(tool).args(arguments).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
