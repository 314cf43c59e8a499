//! `--source NAME=FILE[,FILE...]`: sources and their clips.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::bail;

use unbraid::dictionary::same_name;
use unbraid::learn::Recording;

use super::super::clip_file::{ClipFile, Room};
use super::super::failure::usage;

/// A source's name, and the files of its clips.
pub type NamedFiles = (String, Vec<PathBuf>);

/// Nothing can be learned from less than this: a drum stroke is longer.
const MIN_S: f64 = 0.01;

/// `NAME=FILE[,FILE...]` of every source.
pub fn named_files(texts: &[OsString]) -> anyhow::Result<Vec<NamedFiles>> {
    let mut sources: Vec<NamedFiles> = Vec::new();
    for text in texts {
        let malformed = || {
            let text = text.to_string_lossy();
            usage(format!("--source {text}: write it as NAME=FILE[,FILE...]"))
        };
        let parts = split(text, b'=', 2);
        let [name, files] = &parts[..] else { return Err(malformed()) };
        let name = name.to_str().unwrap_or_default().trim();
        if name.is_empty() || files.is_empty() {
            return Err(malformed());
        }
        if sources.iter().any(|(other, _)| same_name(other, name)) {
            return Err(usage(format!(
                "two sources are named `{name}`: list all its clips behind one name, \
                 --source {name}=FILE,FILE"
            )));
        }
        let files = split_files(files);
        if files.is_empty() {
            return Err(malformed());
        }
        sources.push((name.to_string(), files));
    }
    Ok(sources)
}

/// A comma separates files, unless a file of the whole name exists.
fn split_files(files: &OsStr) -> Vec<PathBuf> {
    if Path::new(files).exists() {
        return vec![PathBuf::from(files)];
    }
    let names = split(files, b',', usize::MAX);
    names.into_iter().filter(|file| !file.is_empty()).map(PathBuf::from).collect()
}

/// Splits at an ASCII character into at most `most` parts. File names need not be UTF-8.
fn split(text: &OsStr, at: u8, most: usize) -> Vec<&OsStr> {
    let parts = text.as_encoded_bytes().splitn(most, |byte| *byte == at);
    // SAFETY: the bytes are those of an `OsStr`, split next to an ASCII character.
    parts.map(|part| unsafe { OsStr::from_encoded_bytes_unchecked(part) }).collect()
}

/// Reads the clips of one source, which must not be silent.
pub fn read_clips(files: &[PathBuf], room: &mut Room) -> anyhow::Result<Vec<ClipFile>> {
    let clips: Vec<ClipFile> =
        files.iter().map(|file| ClipFile::open(file, room)).collect::<Result<_, _>>()?;
    let seconds: f64 = clips.iter().map(ClipFile::seconds).sum();
    let files: Vec<&Path> = clips.iter().map(ClipFile::name).collect();
    if !clips.is_empty() && !clips.iter().any(ClipFile::sounds) {
        bail!("{}: silent from start to end; give a clip in which it plays", listed(&files));
    }
    if !clips.is_empty() && seconds < MIN_S {
        let samples: usize = clips.iter().map(|clip| clip.samples() * clip.channels()).sum();
        bail!("{}: {samples} samples are too few; give several seconds", listed(&files));
    }
    Ok(clips)
}

pub fn listed(files: &[&Path]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}
