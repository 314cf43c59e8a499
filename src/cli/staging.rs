//! Several files that appear in a folder together, or not at all.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use tempfile::TempDir;
use unbraid::atomic_file::rename;

use super::output::{REMEDY, check_target, files_below, names_in};

/// How the names of temporary folders start.
const PREFIX: &str = ".unbraid-";

/// A file in a temporary folder that stays locked as long as its command runs, and what is in it:
/// nothing else tells such a folder from one that a user gave a similar name.
const LOCK: &str = ".lock";
const LOCKED: &[u8] = b"locked while in use\n";

/// A temporary folder whose lock has not been written may be one that is being created.
const CREATED_WITHIN: Duration = Duration::from_secs(60);

/// What is in use by this command, for the handler of Ctrl-C.
static ACTIVE: Mutex<Vec<Active>> = Mutex::new(Vec::new());

struct Active {
    hidden: PathBuf,
    /// Folders that were created for the target, innermost first.
    made: Vec<PathBuf>,
}

fn active() -> MutexGuard<'static, Vec<Active>> {
    ACTIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all temporary files. Nothing can be written or published afterwards: this is for
/// ending the process while its threads still run. Waits for what is being published.
pub fn abandon_all() {
    let active = active();
    for Active { hidden, made } in active.iter() {
        // Another thread may be creating a file in it.
        (0..3).any(|_| fs::remove_dir_all(hidden).is_ok() || !hidden.exists());
        remove_empty(made);
    }
    std::mem::forget(active);
}

/// Runs a short step that Ctrl-C must not break off, such as writing one file.
pub fn uninterrupted<T>(step: impl FnOnce() -> T) -> T {
    let _active = active();
    step()
}

/// A folder that is created if missing, and removed again if it stays empty.
struct CreatedFolder {
    /// Folders that were created, innermost first.
    made: Vec<PathBuf>,
}

impl CreatedFolder {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let missing = |p: &&Path| !p.as_os_str().is_empty() && !p.exists();
        let made = path.ancestors().take_while(missing).map(Path::to_path_buf).collect();
        // From here on, created folders are removed if a later step fails.
        let folder = Self { made };
        fs::create_dir_all(path).map_err(|error| {
            anyhow!(
                "{}: cannot make this folder: {error}; choose another place with -o",
                path.display()
            )
        })?;
        Ok(folder)
    }
}

impl Drop for CreatedFolder {
    fn drop(&mut self) {
        remove_empty(&self.made);
    }
}

fn remove_empty(folders: &[PathBuf]) {
    for folder in folders {
        // Fails, as intended, if it is not empty.
        if fs::remove_dir(folder).is_err_and(|error| error.kind() != ErrorKind::NotFound) {
            break;
        }
    }
}

/// Files that are first written next to their places, in a hidden folder that is removed if
/// anything fails.
pub struct Staging {
    // In the order in which they have to be dropped.
    _active: Registered,
    _lock: File,
    hidden: TempDir,
    folder: CreatedFolder,
    target: PathBuf,
}

/// Keeps a temporary folder in the list of those in use.
struct Registered(PathBuf);

impl Registered {
    fn new(hidden: &Path, folder: &CreatedFolder) -> Self {
        active().push(Active { hidden: hidden.to_path_buf(), made: folder.made.clone() });
        Self(hidden.to_path_buf())
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        active().retain(|active| active.hidden != self.0);
    }
}

impl Staging {
    /// Creates the folder `target` if it is missing, and a hidden one in it. Removes those
    /// that earlier commands left there because they were killed.
    pub fn create(target: &Path) -> anyhow::Result<Self> {
        let folder = CreatedFolder::create(target)?;
        remove_abandoned(target);
        let failed = |error: std::io::Error| {
            // The library's text has the hidden folder's name.
            let cause = error.raw_os_error().map_or(error, std::io::Error::from_raw_os_error);
            let context =
                format!("{}: cannot write into this folder: {cause}; {REMEDY}", target.display());
            anyhow::Error::new(cause).context(context)
        };
        let hidden = tempfile::Builder::new().prefix(PREFIX).tempdir_in(target).map_err(failed)?;
        let active = Registered::new(hidden.path(), &folder);
        let lock = locked(&hidden.path().join(LOCK)).map_err(failed)?;
        Ok(Self { _active: active, _lock: lock, hidden, folder, target: target.to_path_buf() })
    }

    /// The path at which to write what will become `name` in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.hidden.path().join(name)
    }

    /// Writes what will become `name` in the folder, including its parent folder.
    pub fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, bytes))
            .map_err(|error| unwritable(&path, error))
    }

    /// Converts an error about a temporary file to one with the file's final name.
    pub fn name_target(&self, error: anyhow::Error) -> anyhow::Error {
        let hidden = self.hidden.path().display().to_string();
        let text = super::failure::line(&error);
        if !text.contains(&hidden) {
            return error;
        }
        let text = text.replace(&hidden, &self.target.display().to_string());
        anyhow::Error::new(Renamed { text, error })
    }

    /// Moves all files to their final places and returns their names.
    ///
    /// `inputs` are files that must not be replaced; other existing files are replaced with
    /// `force` only.
    pub fn publish(mut self, inputs: &[&Path], force: bool) -> anyhow::Result<Vec<PathBuf>> {
        let mut files = files_below(self.hidden.path())?;
        files.retain(|file| file != Path::new(LOCK));
        let targets: Vec<PathBuf> = files.iter().map(|file| self.target.join(file)).collect();
        for target in &targets {
            check_target(target, inputs, force)?;
        }
        let mut active = active();
        for (file, target) in files.iter().zip(&targets) {
            let folder = target.parent().unwrap_or(&self.target);
            fs::create_dir_all(folder)
                .and_then(|()| rename(&self.hidden.path().join(file), target))
                .map_err(|error| unwritable(target, error))?;
        }
        self.folder.made.clear();
        active.retain(|active| active.hidden != self.hidden.path());
        drop(active);
        Ok(targets)
    }
}

fn unwritable(path: &Path, cause: std::io::Error) -> anyhow::Error {
    let text = format!("{}: cannot write: {cause}; {REMEDY}", path.display());
    anyhow::Error::new(cause).context(text)
}

/// An error with the final names of files, and the causes of the original.
#[derive(Debug)]
struct Renamed {
    text: String,
    error: anyhow::Error,
}

impl std::fmt::Display for Renamed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Renamed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.chain().nth(1)
    }
}

/// Creates a file that is locked, and not empty only once it is.
fn locked(path: &Path) -> std::io::Result<File> {
    let mut file = File::create(path)?;
    // Some file systems have no locks; there, folders of killed commands stay.
    let _ = file.lock();
    file.write_all(LOCKED)?;
    Ok(file)
}

/// Removes the temporary folders that killed commands left in `folder`, and their files.
pub fn remove_abandoned(folder: &Path) {
    unbraid::atomic_file::remove_abandoned(folder);
    for name in names_in(folder).unwrap_or_default() {
        let path = folder.join(&name);
        let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        if name.to_string_lossy().starts_with(PREFIX) && path.is_dir() && !is_link {
            remove_if_abandoned(&path);
        }
    }
}

fn remove_if_abandoned(hidden: &Path) {
    let lock = hidden.join(LOCK);
    match start_of(&lock) {
        Ok(text) if text == LOCKED => {
            if is_unlocked(&lock) {
                let _ = fs::remove_dir_all(hidden);
            }
        }
        // The command was killed before it wrote anything.
        Ok(text) if text.is_empty() && is_old(hidden) && is_unlocked(&lock) => {
            if names_in(hidden).is_ok_and(|names| names.len() == 1) {
                let _ = fs::remove_file(&lock);
                let _ = fs::remove_dir(hidden);
            }
        }
        // Fails, as intended, if it is not empty.
        Err(error) if error.kind() == ErrorKind::NotFound && is_old(hidden) => {
            let _ = fs::remove_dir(hidden);
        }
        Ok(_) | Err(_) => {}
    }
}

/// What a lock could be, and a little more.
fn start_of(lock: &Path) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(lock)?.take(2 * LOCKED.len() as u64).read_to_end(&mut text)?;
    Ok(text)
}

fn is_unlocked(lock: &Path) -> bool {
    File::options().read(true).write(true).open(lock).is_ok_and(|lock| lock.try_lock().is_ok())
}

fn is_old(path: &Path) -> bool {
    let age = fs::metadata(path).and_then(|found| found.modified()).map(|time| time.elapsed());
    matches!(age, Ok(Ok(age)) if age > CREATED_WITHIN)
}
