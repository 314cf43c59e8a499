//! Possible problems with a library, and their remedies.

use std::path::PathBuf;

use crate::dictionary::DictionaryError;

/// Why a library could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error("this user has no home folder, so there is no library: choose its folder")]
    NoHomeFolder,
    #[error("{path}: cannot read the library: {cause}; check that the folder can be read", path = path.display())]
    ReadFolder { path: PathBuf, cause: std::io::Error },
    #[error("{path}: cannot create the library: {cause}; check that the folder above can be written", path = path.display())]
    CreateFolder { path: PathBuf, cause: std::io::Error },
    #[error("the library has no instrument `{name}`; its folder is {folder}", folder = folder.display())]
    NoInstrument { name: String, folder: PathBuf },
    #[error("the library has an instrument `{name}` already; use another name, or replace it")]
    Exists { name: String, folder: PathBuf },
    #[error("{path}: is in the way; move it, or use another name for the instrument", path = path.display())]
    InTheWay { path: PathBuf },
    #[error("{path}: has {found} instruments; a file in the library has one (`unbraid library add` splits it)", path = path.display())]
    NotOne { path: PathBuf, found: usize },
    #[error("{path}: cannot delete: {cause}; check that the folder can be written", path = path.display())]
    Remove { path: PathBuf, cause: std::io::Error },
    #[error(transparent)]
    Dictionary(#[from] DictionaryError),
}
