//! Output of the command: folders, files and text.

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};

use super::progress;

/// Remedy for write errors.
pub const REMEDY: &str = "check that it can be written and that the disk is not full";

/// Writes text to standard output. The reader may close it early.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow!("standard output: cannot write: {error}; {REMEDY}"))
        }
        _ => Ok(()),
    }
}

/// Writes JSON to standard output.
pub fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    print(&format!("{value:#}\n"))
}

/// Whether a file may be written here: never in place of a folder or of one of `inputs`,
/// and in place of another file only with `force`.
pub fn check_target(target: &Path, inputs: &[&Path], force: bool) -> anyhow::Result<()> {
    if target.is_dir() {
        bail!("{}: a folder is in the way; choose another place with -o", target.display());
    }
    if inputs.iter().any(|input| same_file(input, target)) {
        bail!("{}: would overwrite the recording; choose another folder with -o", target.display());
    }
    // A link counts even if it leads nowhere: it would be replaced.
    if !force && target.symlink_metadata().is_ok() {
        bail!(
            "{}: exists already; choose another place with -o, or replace it with --force",
            target.display()
        );
    }
    Ok(())
}

/// Reports files of an earlier run, named like this run's, that are still in a folder: they
/// could be mistaken for new ones.
pub fn note_leftover_files(
    folder: &Path,
    files: &[PathBuf],
    alike: impl Fn(&str) -> bool,
) -> anyhow::Result<()> {
    let leftovers: Vec<String> = names_in(folder)?
        .iter()
        .filter(|name| !files.contains(&folder.join(name)))
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| alike(name))
        .collect();
    if !leftovers.is_empty() {
        progress::note(format_args!(
            "{}: also holds {} from before",
            folder.display(),
            leftovers.join(", ")
        ));
    }
    Ok(())
}

/// Whether both paths refer to the same existing file.
pub fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Names of all files in a folder and its subfolders, relative to it, sorted.
pub fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for name in names_in(folder)? {
        let path = folder.join(&name);
        if path.is_dir() {
            files.extend(files_below(&path)?.iter().map(|file| Path::new(&name).join(file)));
        } else {
            files.push(PathBuf::from(name));
        }
    }
    Ok(files)
}

/// The content of a folder, sorted by name.
pub fn names_in(folder: &Path) -> anyhow::Result<Vec<OsString>> {
    let entries = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    let mut names: Vec<OsString> = entries.map_err(|error: std::io::Error| {
        let text =
            format!("{}: cannot read this folder: {error}; check the path", folder.display());
        // Kept as its cause, so that too many open files are recognised.
        anyhow::Error::new(error).context(text)
    })?;
    names.sort();
    Ok(names)
}

/// Names that are not UTF-8 have no exact form in JSON.
pub fn lossy(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_of_an_unreadable_folder_is_kept() {
        let error = names_in(Path::new("no such folder")).unwrap_err();
        assert!(error.chain().any(|cause| cause.is::<std::io::Error>()));
        let line = crate::failure::line(&error);
        assert_eq!(line.matches("os error").count(), 1, "{line}");
        assert!(line.ends_with("; check the path"), "{line}");
    }
}
