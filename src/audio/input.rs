//! Where audio comes from: a file, or a pipe whose content is kept in a temporary file, because
//! headers, tags and lengths cannot be read from a pipe without reading it twice. The temporary
//! file has no name, so that it goes with the process, however that ends.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::format::{self, Format};
use super::shared_file::SharedFile;
use super::{AudioBuffer, AudioError, AudioReader};

/// Bytes that are read from a pipe at a time.
const PIECE_BYTES: usize = 1 << 16;

/// Bytes that are kept of a pipe whose content is of no known audio format.
const UNKNOWN_BYTES: u64 = 1 << 30;

/// Audio that can be opened any number of times.
pub struct Input {
    /// What messages call it.
    name: PathBuf,
    kept: Option<SharedFile>,
}

impl Input {
    /// A file, or a pipe that has a name, which is read to its end.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, AudioError> {
        let path = path.as_ref();
        let unreadable = |error| AudioError::unreadable(path, error);
        let found = std::fs::metadata(path).map_err(unreadable)?;
        if found.is_dir() {
            return Err(AudioError::Folder { path: path.to_path_buf() });
        }
        if found.is_file() {
            return Ok(Self { name: path.to_path_buf(), kept: None });
        }
        Self::from_stream(path, File::open(path).map_err(unreadable)?)
    }

    /// Reads a stream to its end; messages call it `name`.
    pub fn from_stream(name: impl AsRef<Path>, stream: impl Read) -> Result<Self, AudioError> {
        let name = name.as_ref().to_path_buf();
        let kept = keep(&name, stream)?;
        Ok(Self { name, kept: Some(kept) })
    }

    /// The path, or what messages call a stream.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// The bytes, from the start.
    pub fn file(&self) -> Result<SharedFile, AudioError> {
        if let Some(kept) = &self.kept {
            return Ok(kept.clone());
        }
        let file = File::open(&self.name);
        file.map(SharedFile::from).map_err(|error| AudioError::unreadable(&self.name, error))
    }

    pub fn open(&self) -> Result<AudioReader, AudioError> {
        AudioReader::of(self)
    }

    /// Reads all of it.
    pub fn read(&self) -> Result<AudioBuffer, AudioError> {
        self.open()?.read_to_end()
    }
}

fn keep(name: &Path, mut stream: impl Read) -> Result<SharedFile, AudioError> {
    let full = |source| AudioError::Keep { path: name.to_path_buf(), source };
    let mut kept = tempfile::tempfile().map_err(full)?;
    let mut piece = vec![0; PIECE_BYTES];
    let mut start = Vec::new();
    let mut count = 0;
    loop {
        let read = match stream.read(&mut piece) {
            Ok(0) => return Ok(kept.into()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(AudioError::unreadable(name, error)),
        };
        if start.len() < 128 {
            start.extend(&piece[..read]);
        }
        count += read as u64;
        kept.write_all(&piece[..read]).map_err(full)?;
        // Devices such as /dev/zero have no end.
        if count > UNKNOWN_BYTES && format::of(&start) == Format::Unknown {
            return Ok(kept.into());
        }
    }
}
