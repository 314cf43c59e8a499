//! Output of the command: folders, files and text.

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use tempfile::TempDir;

/// Remedy for write errors.
const REMEDY: &str = "check that it can be written and that the disc has room";

/// Writes text to standard output. The reader may close it early.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context(format!("standard output: cannot write; {REMEDY}"))
        }
        _ => Ok(()),
    }
}

/// Writes JSON to standard output.
pub fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    print(&format!("{value:#}\n"))
}

/// A folder that is created if missing, and removed again if it stays empty.
pub struct Folder {
    /// Folders that were created, innermost first.
    made: Vec<PathBuf>,
}

impl Folder {
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let missing = |p: &&Path| !p.as_os_str().is_empty() && !p.exists();
        let made = path.ancestors().take_while(missing).map(Path::to_path_buf).collect();
        // From here on, created folders are removed if a later step fails.
        let folder = Self { made };
        std::fs::create_dir_all(path).with_context(|| {
            format!("{}: cannot make this folder; choose another place with -o", path.display())
        })?;
        Ok(folder)
    }

    /// Keeps the folder.
    pub fn keep(&mut self) {
        self.made.clear();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for folder in &self.made {
            // Fails, as intended, if it is not empty.
            if std::fs::remove_dir(folder).is_err_and(|error| error.kind() != ErrorKind::NotFound) {
                break;
            }
        }
    }
}

/// Several files that appear in a folder together. They are first written next to it, in a
/// hidden folder that is removed if anything fails.
pub struct Staging {
    // Before `folder`, which can only be removed after this.
    hidden: TempDir,
    folder: Folder,
    target: PathBuf,
}

impl Staging {
    pub fn create(target: &Path) -> anyhow::Result<Self> {
        let folder = Folder::create(target)?;
        let hidden =
            tempfile::Builder::new().prefix(".unbraid-").tempdir_in(target).with_context(|| {
                format!("{}: cannot write into this folder; {REMEDY}", target.display())
            })?;
        Ok(Self { hidden, folder, target: target.to_path_buf() })
    }

    /// The path at which to write what will become `name` in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.hidden.path().join(name)
    }

    /// Writes what will become `name` in the folder, including its parent folder.
    pub fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, bytes))
            .with_context(|| format!("{}: cannot write; {REMEDY}", path.display()))
    }

    /// Converts an error about a temporary file to one with the file's final name.
    pub fn name_target(&self, error: anyhow::Error) -> anyhow::Error {
        let hidden = self.hidden.path().display().to_string();
        let text = format!("{error:#}");
        if !text.contains(&hidden) {
            return error;
        }
        anyhow!(text.replace(&hidden, &self.target.display().to_string()))
    }

    /// Moves all files to their final places, replacing existing ones, and returns their
    /// names.
    ///
    /// `inputs` are files that must not be replaced.
    pub fn publish(mut self, inputs: &[&Path]) -> anyhow::Result<Vec<PathBuf>> {
        let files = files_below(self.hidden.path())?;
        let targets: Vec<PathBuf> = files.iter().map(|file| self.target.join(file)).collect();
        for target in &targets {
            check_target(target, inputs)?;
        }
        for (file, target) in files.iter().zip(&targets) {
            let folder = target.parent().unwrap_or(&self.target);
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::rename(self.hidden.path().join(file), target))
                .with_context(|| format!("{}: cannot write; {REMEDY}", target.display()))?;
        }
        self.folder.keep();
        Ok(targets)
    }
}

/// Whether a file may be written here.
pub fn check_target(target: &Path, inputs: &[&Path]) -> anyhow::Result<()> {
    if target.is_dir() {
        bail!("{}: a folder is in the way; choose another place with -o", target.display());
    }
    if inputs.iter().any(|input| same_file(input, target)) {
        bail!("{}: would overwrite the recording; choose another folder with -o", target.display());
    }
    Ok(())
}

/// Reports files of an earlier run, named like this run's, that are still in a folder: they
/// could be mistaken for new ones.
pub fn note_strangers(
    folder: &Path,
    files: &[PathBuf],
    alike: impl Fn(&str) -> bool,
) -> anyhow::Result<()> {
    let strangers: Vec<String> = names_in(folder)?
        .iter()
        .filter(|name| !files.contains(&folder.join(name)))
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| alike(name))
        .collect();
    if !strangers.is_empty() {
        eprintln!("note: {}: also holds {} from before", folder.display(), strangers.join(", "));
    }
    Ok(())
}

/// Whether both paths refer to the same existing file.
pub fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Names of all files in a folder and its subfolders, relative to it, sorted.
fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
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
    let mut names: Vec<OsString> = entries.with_context(|| {
        format!("{}: cannot read this folder; check the path", folder.display())
    })?;
    names.sort();
    Ok(names)
}
