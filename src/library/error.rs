//! Possible problems with a library, and their remedies.

use std::path::PathBuf;

use crate::dictionary::DictionaryError;

/// Why a library could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error("no home folder was found for this user; choose the library's folder with --library")]
    NoHomeFolder,
    #[error("{path}: cannot read the library: {cause}; check that the folder can be read", path = path.display())]
    ReadFolder { path: PathBuf, cause: std::io::Error },
    #[error("{path}: cannot create the library: {cause}; check that its parent folder exists and is writable", path = path.display())]
    CreateFolder { path: PathBuf, cause: std::io::Error },
    #[error("the library has no instrument `{name}`; its folder is {folder}", folder = folder.display())]
    NoInstrument { name: String, folder: PathBuf },
    #[error("the library already has an instrument `{name}`; use another name, or replace it")]
    Exists { name: String },
    #[error("{path}: another file already has this name; move it, or rename the instrument", path = path.display())]
    InTheWay { path: PathBuf },
    #[error("{path}: has {found} instruments; a file in the library has one (`unbraid library add` splits it)", path = path.display())]
    NotOne { path: PathBuf, found: usize },
    #[error("two files hold an instrument `{name}`: {one} and {other}; delete or move one of them", one = one.display(), other = other.display())]
    Twice { name: String, one: PathBuf, other: PathBuf },
    #[error("{path}: its recordings are incomplete; save the instrument again from a project that has them", path = path.display())]
    Recordings { path: PathBuf },
    #[error("{path}: cannot delete: {cause}; check that the folder can be written", path = path.display())]
    Remove { path: PathBuf, cause: std::io::Error },
    #[error(transparent)]
    Dictionary(#[from] DictionaryError),
}
