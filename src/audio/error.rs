//! Possible problems with an audio file, and their remedies.

use std::io;
use std::path::{Path, PathBuf};

/// Every message names the file and the remedy, in one line.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    #[error("{path}: cannot read: {source}; check the path and its permissions", path = .path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("{path}: is a folder; name an audio file", path = .path.display())]
    Folder { path: PathBuf },
    #[error("{path}: the file is empty (0 bytes); export it again", path = .path.display())]
    Empty { path: PathBuf },
    #[error("{path}: not an audio file that can be read ({reason}); convert it to WAV, AIFF, FLAC, ALAC, Ogg Vorbis, MP3 or AAC-LC (M4A)", path = .path.display())]
    NotAudio { path: PathBuf, reason: String },
    #[error("{path}: its header contradicts itself ({reason}); export it again", path = .path.display())]
    Header { path: PathBuf, reason: String },
    #[error("{path}: cannot keep what comes through the pipe: {source}; make room in the folder for temporary files, or name a file", path = .path.display())]
    Keep { path: PathBuf, source: io::Error },
    #[error("{path}: {found} channels, expected 1 or 2; mix it down to mono or stereo first, e.g. `ffmpeg -i IN -ac 2 OUT.wav`", path = .path.display())]
    Channels { path: PathBuf, found: usize },
    #[error("{path}: sample rate of {found} Hz, expected 1000 to 768000 Hz; the header is wrong, export the file again", path = .path.display())]
    SampleRate { path: PathBuf, found: u32 },
    #[error("{path}: no audio in it (0 frames); export it again", path = .path.display())]
    NoFrames { path: PathBuf },
    #[error("{path}: the file ends early, after {found}{expected} frames; copy or export it again", path = .path.display(), expected = of(expected))]
    EndsEarly { path: PathBuf, found: u64, expected: Option<u64> },
    #[error("{path}: damaged at {seconds:.3} s ({reason}); copy or export it again", path = .path.display())]
    Damaged { path: PathBuf, seconds: f64, reason: String },
    #[error("{path}: {value} at {seconds:.6} s, expected finite samples; repair that place in an audio editor or render the file again", path = .path.display())]
    NotFinite { path: PathBuf, value: f32, seconds: f64 },
    #[error("{path}: cannot write: {source}; check that the folder exists, that it can be written and that the disk is not full", path = .path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl AudioError {
    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        Self::Open { path: path.to_path_buf(), source }
    }

    pub(super) fn not_audio(path: &Path, reason: &str) -> Self {
        Self::NotAudio { path: path.to_path_buf(), reason: reason.to_string() }
    }
}

fn of(expected: &Option<u64>) -> String {
    expected.map(|frames| format!(" of {frames}")).unwrap_or_default()
}
