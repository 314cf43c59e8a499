//! What a release has for one system: an archive, on Linux a Debian package as well, a list of
//! the components (SBOM), and checksums of all of them.

mod archive;
pub mod check;
mod checksums;
mod components;
mod contents;
mod debian;
mod needs;
mod when;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::binaries::{Build, Part};
use super::target::{System, Target};
use super::{bundles, reference, run};
use contents::Parts;

/// `cargo xtask package`: builds everything and writes it to `target/package`. `words` are those
/// of `cargo build`.
pub fn make(words: &[String]) -> Result<()> {
    for path in files(&Build::of(words)?)? {
        let bytes = fs::metadata(&path).with_context(|| path.display().to_string())?.len();
        eprintln!("{bytes:>10} bytes  {}", path.display());
    }
    Ok(())
}

/// Writes the files of a release; returns their paths, the checksums last.
fn files(build: &Build) -> Result<Vec<PathBuf>> {
    let metadata = run::metadata()?;
    let out = folder()?;
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    let target = &build.target;
    let bundles = bundles::of(build)?;
    let command = build.make(Part::Command)?;
    let manual = out.join("reference");
    if target.runs_here() {
        reference::write_with(&command, &manual)?;
    } else {
        reference::write_to(&manual)?;
    }
    let root = metadata.workspace_root.as_std_path();
    let parts = Parts { root, bundles: &bundles, command: &command, manual: &manual };
    let when = when::of(root)?;

    let name = name(target);
    let entries = contents::archive(target, &parts)?;
    let mut written = vec![];
    let mut write = |name: String, bytes: Vec<u8>| -> Result<()> {
        let path = out.join(name);
        fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        written.push(path);
        Ok(())
    };
    if target.system == System::Windows {
        write(format!("{name}.zip"), archive::zip(&name, &entries, when)?)?;
    } else {
        write(format!("{name}.tar.gz"), archive::tar_gz(&name, &entries, when)?)?;
    }
    if target.system == System::Linux {
        let needs = needs::of(&[bundles.join("Unbraid.clap"), command.clone()])?;
        let entries = contents::debian(&parts)?;
        write(debian::file_name(target), debian::package(target, &entries, &needs, when)?)?;
    }
    write(format!("{name}.cdx.json"), components::list(target, when)?)?;
    written.push(write_checksums(&out)?);
    Ok(written)
}

/// Copies a file to the others of a release; returns its new path.
pub fn add(file: &Path) -> Result<PathBuf> {
    let out = folder()?;
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    let path = out.join(file.file_name().context("no name")?);
    fs::copy(file, &path).with_context(|| path.display().to_string())?;
    write_checksums(&out)?;
    Ok(path)
}

fn write_checksums(out: &Path) -> Result<PathBuf> {
    let sums = out.join("SHA256SUMS");
    checksums::write(out, &sums)?;
    Ok(sums)
}

/// Where packages are written.
pub fn folder() -> Result<PathBuf> {
    Ok(run::target_folder()?.join("package"))
}

/// The name of a release's files, without an ending, and of the folder in its archive.
fn name(target: &Target) -> String {
    format!("unbraid-{}-{}", env!("CARGO_PKG_VERSION"), target.label())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}
