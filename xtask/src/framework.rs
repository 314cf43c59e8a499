//! Faults of the plugin framework that concern users, mended in a copy from
//! which the bundles are built. Each goes when a version without it is out.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The version that the mends below are for.
const VERSION: &str = "0.4.2";

/// A place in the framework's sources, and what stands there instead.
struct Mend {
    file: &'static str,
    found: &'static str,
    wanted: &'static str,
}

const MENDS: [Mend; 5] = [
    // On Linux these tasks run on a thread of their own while the window is being
    // opened or closed on another; borrowing then panicked, and the host was
    // aborted when the plugin was removed.
    Mend {
        file: "src/wrapper/vst3/inner.rs",
        found: "if let Some(editor_window) = self.editor_window.borrow().as_ref() {
                    editor_window.get().handle.state_changed();",
        wanted: "if let Ok(editor_window) = self.editor_window.try_borrow()
                    && let Some(Ok(editor_window)) = editor_window.as_ref().map(|w| w.try_get())
                {
                    editor_window.handle.state_changed();",
    },
    Mend {
        file: "src/wrapper/vst3/inner.rs",
        found: "if let Some(editor_window) = self.editor_window.borrow().as_ref() {
                    let param_id = &self.param_id_by_hash[&param_hash];
                    editor_window
                        .get()
",
        wanted: "if let Ok(editor_window) = self.editor_window.try_borrow()
                    && let Some(Ok(editor_window)) = editor_window.as_ref().map(|w| w.try_get())
                {
                    let param_id = &self.param_id_by_hash[&param_hash];
                    editor_window
",
    },
    Mend {
        file: "src/wrapper/vst3/inner.rs",
        found: "if let Some(editor_window) = self.editor_window.borrow().as_ref() {
                    let editor_window = editor_window.get();
",
        wanted: "if let Ok(editor_window) = self.editor_window.try_borrow()
                    && let Some(Ok(editor_window)) = editor_window.as_ref().map(|w| w.try_get())
                {
",
    },
    // The main bus was taken for the first auxiliary one when a host asks for a
    // layout.
    Mend {
        file: "src/wrapper/vst3/wrapper.rs",
        found: "let aux_input_start_idx = if has_main_input { 0 } else { 1 };",
        wanted: "let aux_input_start_idx = if has_main_input { 1 } else { 0 };",
    },
    Mend {
        file: "src/wrapper/vst3/wrapper.rs",
        found: "let aux_output_start_idx = if has_main_output { 0 } else { 1 };",
        wanted: "let aux_output_start_idx = if has_main_output { 1 } else { 0 };",
    },
];

/// Runs `build` with what has to be told to cargo to build from the mended copy.
/// The lock file is left as it was.
pub fn with_mended(build: impl FnOnce(Vec<String>) -> Result<()>) -> Result<()> {
    let metadata = cargo_metadata::MetadataCommand::new().exec().context("cargo metadata")?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == "nice-plug")
        .context("nice-plug is not among the dependencies")?;
    if package.version.to_string() != VERSION {
        bail!("nice-plug {}: see which of {} are still needed", package.version, file!());
    }
    let original = package.manifest_path.parent().context("no folder")?.as_std_path();
    let copy = metadata.target_directory.as_std_path().join("mended").join("nice-plug");
    make_copy(original, &copy, Path::new(""))?;
    let lock: PathBuf = metadata.workspace_root.as_std_path().join("Cargo.lock");
    let locked = std::fs::read(&lock)?;
    let patch = format!("patch.crates-io.nice-plug.path={:?}", copy.display().to_string());
    let result = build(vec!["--config".to_string(), patch]);
    std::fs::write(&lock, locked)?;
    result
}

/// Copies a folder of the framework, `inside` it, and mends the copy. Files that
/// would come out as they are stay untouched, so that nothing is built twice.
fn make_copy(from: &Path, to: &Path, inside: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (target, inside) = (to.join(entry.file_name()), inside.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            make_copy(&entry.path(), &target, &inside)?;
        } else {
            write_if_other(&target, &mended(&inside, std::fs::read(entry.path())?)?)?;
        }
    }
    Ok(())
}

fn mended(file: &Path, content: Vec<u8>) -> Result<Vec<u8>> {
    let mends: Vec<&Mend> = MENDS.iter().filter(|mend| Path::new(mend.file) == file).collect();
    if mends.is_empty() {
        return Ok(content);
    }
    let mut text = String::from_utf8(content)?;
    for mend in mends {
        if text.matches(mend.found).count() != 1 {
            bail!("{}: `{}` is not there once", mend.file, mend.found);
        }
        text = text.replace(mend.found, mend.wanted);
    }
    Ok(text.into_bytes())
}

fn write_if_other(path: &Path, content: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    std::fs::write(path, content).with_context(|| path.display().to_string())
}
