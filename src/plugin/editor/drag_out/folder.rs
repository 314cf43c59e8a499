//! The folder of the files that were dragged out. Hosts refer to a dropped file where it is,
//! today and whenever their project is opened: what is here stays, and nothing here changes.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::REMEDY;
use crate::audio;
use crate::dictionary::storable;
use crate::plugin::hub::Hub;

/// Beside the library.
const NAME: &str = "dragged";

/// Bytes that are compared at a time.
const PIECE: usize = 1 << 16;

pub struct Folder(PathBuf);

/// A file of the folder.
pub struct Added {
    pub path: PathBuf,
    /// Whether it was not there before.
    is_new: bool,
}

impl Added {
    /// Deletes a new file that no other program has been given.
    pub fn discard(&self) {
        if self.is_new {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Folder {
    /// The user's folder, in the system's folder for data.
    pub fn of(hub: &Hub) -> Result<Self, String> {
        let library = hub
            .library
            .as_ref()
            .ok_or_else(|| format!("there is no home folder for the file: {REMEDY}"))?;
        Ok(Self(library.folder().with_file_name(NAME)))
    }

    /// Adds the file that `write` writes under a name that is still free. If there is an equal
    /// file already, that one: what is dragged twice is there once.
    pub fn add(
        &self,
        name: &str,
        write: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<Added, String> {
        let folder = self.0.display();
        let problem =
            |error: io::Error| format!("{folder} cannot be written to ({error}): {REMEDY}");
        std::fs::create_dir_all(&self.0).map_err(problem)?;
        let aside = tempfile::tempdir_in(&self.0).map_err(problem)?;
        let path = aside.path().join("new");
        write(&path)?;
        let mut file = TempPath::try_from_path(path).map_err(problem)?;
        let name = storable(name);
        let numbered = (2..).map(|number| format!("{name} {number}"));
        for name in std::iter::once(name.clone()).chain(numbered) {
            let target = self.0.join(audio::file_name(&name));
            match file.persist_noclobber(&target) {
                Ok(()) => return Ok(Added { path: target, is_new: true }),
                Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = failed.path;
                }
                Err(failed) => return Err(problem(failed.error)),
            }
            // One that cannot be read is another file.
            if are_equal(&file, &target).unwrap_or(false) {
                return Ok(Added { path: target, is_new: false });
            }
        }
        unreachable!("there is always another number")
    }
}

fn are_equal(one: &Path, other: &Path) -> io::Result<bool> {
    let [one, other] = [File::open(one)?, File::open(other)?];
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let [mut one, mut other] = [one, other].map(|file| BufReader::with_capacity(PIECE, file));
    let (mut a, mut b) = (vec![0; PIECE], vec![0; PIECE]);
    loop {
        let read = one.read(&mut a)?;
        if read == 0 {
            return Ok(true);
        }
        other.read_exact(&mut b[..read])?;
        if a[..read] != b[..read] {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_folder_and_a_remedy() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let folder = Folder(file.path().join("dragged"));
        let problem = folder.add("Guitar", |_| unreachable!()).err().unwrap();
        assert!(problem.starts_with(&folder.0.display().to_string()), "{problem}");
        assert!(problem.ends_with(REMEDY), "{problem}");
    }

    #[test]
    fn nothing_is_replaced_and_nothing_is_there_twice() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder(parent.path().join("made/when/needed"));
        let add = |name: &str, content: &str| {
            let write = |path: &Path| std::fs::write(path, content).map_err(|e| e.to_string());
            let path = folder.add(name, write).unwrap().path;
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
            path.file_name().unwrap().to_str().unwrap().to_string()
        };
        assert_eq!(add("Guitar", "one"), "Guitar.wav");
        assert_eq!(add("Guitar", "two"), "Guitar 2.wav");
        assert_eq!(add("Guitar", "three"), "Guitar 3.wav");
        assert_eq!(add("Guitar", "two"), "Guitar 2.wav");
        assert_eq!(add("a/b", "one"), "a_b.wav");
        let failed = folder.add("Guitar", |path| {
            std::fs::write(path, "half of").unwrap();
            Err("full".to_string())
        });
        assert_eq!(failed.err().unwrap(), "full");
        // What nobody was given goes, unless it was there before.
        let write = |text: &'static str| {
            move |path: &Path| std::fs::write(path, text).map_err(|e| e.to_string())
        };
        folder.add("Guitar", write("two")).unwrap().discard();
        let other = folder.add("Guitar", write("four")).unwrap();
        other.discard();
        assert!(!other.path.exists());
        let mut left: Vec<_> = std::fs::read_dir(&folder.0).unwrap().flatten().collect();
        left.sort_by_key(|entry| entry.file_name());
        let names: Vec<_> = left.iter().map(|entry| entry.file_name()).collect();
        assert_eq!(names, ["Guitar 2.wav", "Guitar 3.wav", "Guitar.wav", "a_b.wav"]);
    }
}
