//! The user's library of learned instruments, shared by all instances of the plugin and by the
//! command: a folder with one dictionary file per instrument, which other programs may copy,
//! rename or delete.

mod details;
mod error;
mod instrument;
mod recordings;

pub use details::Details;
pub use error::LibraryError;
pub use instrument::{LibraryInstrument, changes, combined, recordings_of};
pub use recordings::StoredRecording;

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::dictionary::{Dictionary, same_name, storable};

/// Extension of the files.
const EXTENSION: &str = "safetensors";

/// A folder of learned instruments. It is read again by each call, since others write to it.
///
/// ```
/// # use unbraid::dictionary::{Dictionary, Provenance, Source};
/// # use unbraid::frames::{FrameSettings, Mode};
/// # let frames = FrameSettings::new(Mode::Live, 8000);
/// # let dictionary = Dictionary {
/// #     w: unbraid::ndarray::Array2::from_elem((frames.bins(), 1), 1.0 / frames.bins() as f32),
/// #     rarity: vec![0.0],
/// #     sources: vec![Source::new("flute", 0, vec![0])],
/// #     frames,
/// #     transpose: 0,
/// #     divergence: unbraid::divergence::Divergence::KullbackLeibler,
/// #     provenance: Provenance { method: String::new(), seed: 0 },
/// # };
/// use unbraid::library::{Details, Library};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().to_path_buf();
/// let library = Library::at(path); // Or `Library::of_the_user()?`.
/// let details = Details::now(vec!["woodwind".into()], "a rehearsal".into());
/// library.add(&dictionary, 0, &[], details, false)?;
/// assert_eq!(library.find("flute")?.dictionary.sources[0].name, "flute");
/// assert_eq!(library.list()?.instruments.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Library {
    folder: PathBuf,
}

/// The content of a library.
#[derive(Debug, Default)]
pub struct Listing {
    /// Sorted by name.
    pub instruments: Vec<LibraryInstrument>,
    /// Files that cannot be used, and why.
    pub unusable: Vec<LibraryError>,
}

impl Library {
    /// The library in the system's folder for a user's data. It need not exist yet.
    ///
    /// # Errors
    /// If the user has no home folder.
    pub fn of_the_user() -> Result<Self, LibraryError> {
        let strategy = etcetera::base_strategy::choose_native_strategy()
            .map_err(|_| LibraryError::NoHomeFolder)?;
        Ok(Self::at(strategy.data_dir().join("unbraid").join("library")))
    }

    /// The library in a given folder, which need not exist yet.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads all instruments, without their recordings.
    ///
    /// # Errors
    /// If the folder exists and cannot be read. A file that cannot be used is part of the result.
    pub fn list(&self) -> Result<Listing, LibraryError> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Listing::default());
            }
            Err(cause) => {
                return Err(LibraryError::ReadFolder { path: self.folder.clone(), cause });
            }
        };
        let mut listing = Listing::default();
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| is_instrument(path)) {
            match LibraryInstrument::load(path) {
                Ok(instrument) => listing.instruments.push(instrument),
                Err(error) => listing.unusable.push(error),
            }
        }
        listing.instruments.sort_by_cached_key(|one| (one.name().to_lowercase(), one.path.clone()));
        listing.unusable.sort_by_cached_key(ToString::to_string);
        Ok(listing)
    }

    /// Reads the instrument of a name, as in [`same_name`].
    ///
    /// # Errors
    /// If there is none or more than one, or the folder cannot be read.
    pub fn find(&self, name: &str) -> Result<LibraryInstrument, LibraryError> {
        self.present(name)?.ok_or_else(|| LibraryError::NoInstrument {
            name: name.to_string(),
            folder: self.folder.clone(),
        })
    }

    fn present(&self, name: &str) -> Result<Option<LibraryInstrument>, LibraryError> {
        let mut found =
            self.list()?.instruments.into_iter().filter(|one| same_name(one.name(), name));
        match (found.next(), found.next()) {
            (Some(one), Some(other)) => Err(LibraryError::Twice {
                name: name.to_string(),
                one: one.path,
                other: other.path,
            }),
            (one, _) => Ok(one),
        }
    }

    /// The file that an instrument of this name is added as; also tells whether that is possible.
    ///
    /// # Errors
    /// If there is such an instrument already and it is not to be replaced, or another file has
    /// the name.
    pub fn target(&self, name: &str, replace: bool) -> Result<PathBuf, LibraryError> {
        match self.present(name)? {
            Some(present) if replace => Ok(present.path),
            Some(_) => Err(LibraryError::Exists { name: name.to_string() }),
            None => {
                let path = self.folder.join(format!("{}.{EXTENSION}", storable(name)));
                // One that cannot be used, or of a name that is stored in the same way.
                match path.symlink_metadata() {
                    Ok(_) => Err(LibraryError::InTheWay { path }),
                    Err(_) => Ok(path),
                }
            }
        }
    }

    /// Adds a source of a dictionary under its name, with the recordings that it was learned from,
    /// as far as there are any (the first 1000); returns the file. With `replace`, an instrument of
    /// the same name is replaced, with its recordings; its tags stay if `details` has none.
    ///
    /// # Errors
    /// As [`Library::target`], and if the file cannot be written.
    pub fn add(
        &self,
        dictionary: &Dictionary,
        source: usize,
        recordings: &[StoredRecording],
        mut details: Details,
        replace: bool,
    ) -> Result<PathBuf, LibraryError> {
        let mut one = dictionary.clone();
        one.keep_sources(&[source]);
        let name = one.sources[0].name.clone();
        let path = self.target(&name, replace)?;
        if let (true, Some(present)) = (details.tags.is_empty(), self.present(&name)?) {
            details.tags = present.details.tags;
        }
        std::fs::create_dir_all(&self.folder)
            .map_err(|cause| LibraryError::CreateFolder { path: self.folder.clone(), cause })?;
        instrument::save(&one, &details.sane(), recordings, &path)?;
        Ok(path)
    }

    /// Deletes the instrument of a name; returns its file.
    ///
    /// # Errors
    /// If there is none, or its file cannot be deleted.
    pub fn remove(&self, name: &str) -> Result<PathBuf, LibraryError> {
        let path = self.find(name)?.path;
        std::fs::remove_file(&path)
            .map_err(|cause| LibraryError::Remove { path: path.clone(), cause })?;
        Ok(path)
    }

    /// Replaces the tags of an instrument.
    ///
    /// # Errors
    /// If there is none, or its file cannot be written.
    pub fn set_tags(&self, name: &str, tags: Vec<String>) -> Result<(), LibraryError> {
        let LibraryInstrument { details, path, .. } = self.find(name)?;
        instrument::save_details(&Details { tags, ..details }.sane(), &path)
    }
}

/// Decided by the file name. Files that begin with a dot belong to other programs or are
/// incomplete.
fn is_instrument(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
    !hidden && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(EXTENSION))
}
