//! The plugin framework with the patches of `patches/`: copies of its crates are
//! patched and replace the originals in cargo's builds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand, Package};

/// Says to `build.rs` that the framework is [`PATCHED`].
pub const VARIABLE: &str = "UNBRAID_FRAMEWORK";
pub const PATCHED: &str = "patched";

/// Patches the copies; returns the words that make cargo build from them. Path
/// overrides, unlike `[patch]`, leave `Cargo.lock` as it is.
pub fn config() -> Result<[String; 2]> {
    let metadata = MetadataCommand::new().exec().context("cargo metadata")?;
    let copies = metadata.target_directory.as_std_path().join("patched");
    let patches = metadata.workspace_root.as_std_path().join("patches");
    let mut paths = Vec::new();
    for folder in sorted(&patches)?.iter().filter(|path| path.is_dir()) {
        let copy = copies.join(folder.file_name().unwrap_or_default());
        make_copy(&original(&metadata, folder)?, &copy, Path::new(""), &read(folder)?)?;
        paths.push(copy.display().to_string());
    }
    Ok(["--config".to_string(), format!("paths={paths:?}")])
}

/// Where cargo keeps the sources of the crate that a folder of patches is named after.
fn original(metadata: &Metadata, folder: &Path) -> Result<PathBuf> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_named = |package: &&Package| format!("{}-{}", package.name, package.version) == name;
    let Some(package) = metadata.packages.iter().find(is_named) else {
        bail!(
            "{}: no dependency has this name and version: check which patches the version in \
             Cargo.lock still needs, and rename the folder",
            folder.display()
        );
    };
    let manifest = package.manifest_path.as_std_path();
    Ok(manifest.parent().context("a manifest without a folder")?.to_path_buf())
}

/// The change of one file by one patch.
struct FileChange {
    patch: PathBuf,
    /// Inside the crate.
    file: PathBuf,
    diff: String,
}

/// The changes of all patches in a folder, in the order of their names.
fn read(folder: &Path) -> Result<Vec<FileChange>> {
    let mut changes = Vec::new();
    for patch in sorted(folder)? {
        let text = fs::read_to_string(&patch).with_context(|| patch.display().to_string())?;
        // The reason stands before the first file.
        for part in text.split("\n--- a/").skip(1) {
            let file = part.lines().next().unwrap_or_default().into();
            let diff = format!("--- a/{part}\n");
            changes.push(FileChange { patch: patch.clone(), file, diff });
        }
    }
    Ok(changes)
}

/// Copies a folder of a crate, `inside` it, and applies the changes to the copy. Files
/// that would stay the same are not written, so that nothing is built twice.
fn make_copy(from: &Path, to: &Path, inside: &Path, changes: &[FileChange]) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (target, inside) = (to.join(entry.file_name()), inside.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            make_copy(&entry.path(), &target, &inside, changes)?;
        } else {
            write_if_changed(&target, &patched(&inside, fs::read(entry.path())?, changes)?)?;
        }
    }
    Ok(())
}

fn patched(file: &Path, mut content: Vec<u8>, changes: &[FileChange]) -> Result<Vec<u8>> {
    for FileChange { patch, diff, .. } in changes.iter().filter(|change| change.file == file) {
        let text = String::from_utf8(content)?;
        let result = diffy::Patch::from_str(diff)
            .map_err(anyhow::Error::from)
            .and_then(|parsed| diffy::apply(&text, &parsed).map_err(anyhow::Error::from));
        content = result.with_context(|| patch.display().to_string())?.into_bytes();
    }
    Ok(content)
}

fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    fs::write(path, content).with_context(|| path.display().to_string())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
