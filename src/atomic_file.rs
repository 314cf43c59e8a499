//! Files that are written completely or not at all: next to their place under a
//! temporary name and renamed when complete.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};

/// A file under a temporary name in the folder of its target. Dropped before
/// [`AtomicFile::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct AtomicFile {
    file: NamedTempFile,
    target: PathBuf,
}

impl AtomicFile {
    /// Fails when the folder is missing or cannot be written, and when `path`
    /// names something other than a regular file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let target = resolve(path)?;
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // Its error names the temporary file, which would confuse the user.
        let file = builder().tempfile_in(folder).map_err(|error| match system_code(&error) {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::from(error.kind()),
        })?;
        keep_permissions(&target, file.path());
        // Until it is closed; so `remove_abandoned` knows that it is in use. Some file systems
        // have no locks.
        let _ = file.as_file().lock();
        Ok(Self { file, target })
    }

    /// The open file, to be written to.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Gives the file its name, replacing what was there.
    pub fn commit(self) -> io::Result<()> {
        let Self { file, target } = self;
        // Not by `persist`, which on Windows does not replace a file that is open.
        let (_open, temporary) = file.keep().map_err(|failed| failed.error)?;
        let renamed = rename(&temporary, &target);
        if renamed.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        renamed
    }
}

/// Gives a file the permissions of the one that it is to replace, if there is one: what only its
/// owner could read stays so.
fn keep_permissions(replaced: &Path, file: &Path) {
    if cfg!(unix)
        && let Ok(found) = std::fs::metadata(replaced)
        && found.is_file()
    {
        // Some file systems have none.
        let _ = std::fs::set_permissions(file, found.permissions());
    }
}

/// Renames a file, replacing what has its new name; it takes over the permissions.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    keep_permissions(to, from);
    let renamed = std::fs::rename(from, to);
    // On Windows, virus scanners and indexers open new files for a moment.
    if cfg!(windows) && renamed.is_err() {
        for _ in 0..ATTEMPTS {
            std::thread::sleep(BETWEEN_ATTEMPTS);
            if std::fs::rename(from, to).is_ok() {
                return Ok(());
            }
        }
    }
    renamed
}

const ATTEMPTS: usize = 10;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(20);

/// The system's code of an error. Where another error with a path wraps it, only the text has
/// the code.
fn system_code(error: &io::Error) -> Option<i32> {
    let in_text = || {
        let text = error.to_string();
        text.split_once("(os error ")?.1.split_once(')')?.0.parse().ok()
    };
    error.raw_os_error().or_else(in_text)
}

/// Has `write` fill a buffered writer and puts the result at `path` when it
/// succeeds; otherwise what was at `path` stays as it was.
pub fn write_atomically<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> Result<(), E>,
) -> Result<(), E> {
    let mut atomic = AtomicFile::create(path)?;
    let mut writer = BufWriter::new(atomic.file());
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    atomic.commit()?;
    Ok(())
}

/// Where a write to `path` lands: through a link, and nowhere that a rename
/// would replace a folder or a device by a file.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => path.canonicalize(),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => Err(io::Error::other("not a regular file")),
        Err(_) => Ok(path.to_path_buf()),
    }
}

/// Removes the temporary files in `folder` of processes that ended without removing them.
/// Those in use are locked.
pub fn remove_abandoned(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !(name.starts_with(PREFIX) && name.ends_with(SUFFIX)) {
            continue;
        }
        let Ok(file) = File::options().read(true).write(true).open(entry.path()) else { continue };
        // An empty one may just have been created, and not be locked yet.
        let begun = file.metadata().is_ok_and(|found| found.is_file() && found.len() > 0);
        if begun && file.try_lock().is_ok() {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// How the names of temporary files start and end.
const PREFIX: &str = ".unbraid-";
const SUFFIX: &str = ".partial";

fn builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // Temporary files are private by default; results have the usual rights.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_replaced_gives_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let private = folder.path().join("private");
        std::fs::write(&private, b"old").unwrap();
        std::fs::set_permissions(&private, PermissionsExt::from_mode(0o600)).unwrap();
        let write = |path: &Path| {
            let mut file = AtomicFile::create(path).unwrap();
            file.file().write_all(b"new").unwrap();
            let mode = mode(file.file.path());
            file.commit().unwrap();
            mode
        };
        assert_eq!((write(&private), mode(&private)), (0o600, 0o600));
        let new = folder.path().join("new");
        assert_eq!(write(&new), mode(&new));
        let moved = folder.path().join("moved");
        rename(&new, &moved).unwrap();
        std::fs::write(&new, b"newer").unwrap();
        std::fs::set_permissions(&moved, PermissionsExt::from_mode(0o640)).unwrap();
        rename(&new, &moved).unwrap();
        assert_eq!((mode(&moved), std::fs::read(&moved).unwrap()), (0o640, b"newer".to_vec()));
    }
}
