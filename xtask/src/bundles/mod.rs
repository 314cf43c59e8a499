//! The plugin as hosts look for it: `Unbraid.clap` and `Unbraid.vst3`.

pub mod layout;
mod property_list;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::binaries::{self, Build, Part};
use super::target::{System, UNIVERSAL};
use super::{licences, run};

/// `cargo xtask bundle`: `words` are those of `cargo build`.
pub fn make(words: &[String]) -> Result<()> {
    let build = Build::of(words)?;
    let folder = of(&build)?;
    for format in layout::Format::ALL {
        eprintln!("{}", folder.join(format.name()).display());
    }
    Ok(())
}

/// `cargo xtask bundle-universal`: for both processors of Macs.
pub fn make_universal(words: &[String]) -> Result<()> {
    let universal = ["--target", UNIVERSAL].map(String::from);
    make(&[&universal, words].concat())
}

/// Builds the plugin and writes its bundles; returns their folder, which holds nothing else
/// than them and the licences.
pub fn of(build: &Build) -> Result<PathBuf> {
    let library = build.make(Part::Plugin)?;
    let metadata = run::metadata()?;
    let folder = metadata.target_directory.as_std_path().join("bundled");
    empty(&folder)?;
    let resources = licences::files(&metadata)?;
    let root = metadata.workspace_root.as_std_path();
    let bundles = layout::write(&build.target, &library, root, &resources, &folder)?;
    if build.target.system == System::Mac {
        binaries::sign(&bundles, "codesign".as_ref());
    }
    Ok(folder)
}

/// Without the bundles of another system, whose files have other names.
fn empty(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    }
    .with_context(|| folder.display().to_string())
}
