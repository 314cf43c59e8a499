//! Possible problems with a MAT-file, and their remedies.

use std::io;
use std::path::{Path, PathBuf};

use super::variable::Variable;

/// Every message names the file and the remedy, in one line.
#[derive(Debug, thiserror::Error)]
pub enum MatError {
    #[error("{path}: cannot read: {cause}; check the path and its permissions", path = path.display())]
    Read { path: PathBuf, cause: io::Error },
    #[error("{path}: cannot write: {cause}; check that the folder exists, that it can be written and that the disk is not full", path = path.display())]
    Write { path: PathBuf, cause: io::Error },
    #[error("{path}: {found}, which cannot be read; save it in MATLAB or Octave with `save -v7`", path = path.display())]
    Format { path: PathBuf, found: &'static str },
    #[error("{path}: damaged ({reason}); copy it, or save it again with `save -v7`", path = path.display())]
    Damaged { path: PathBuf, reason: &'static str },
    #[error("{path}: no variable `{name}`, only {}; save it under that name", list(found), path = path.display())]
    Missing { path: PathBuf, name: String, found: Vec<String> },
    #[error("{path}: {variable}, expected a full real matrix; convert it before saving", path = path.display())]
    NotAMatrix { path: PathBuf, variable: Variable },
    #[error("{path}: {variable}, too large for this format; use fewer frames", path = path.display())]
    TooLarge { path: PathBuf, variable: Variable },
    #[error("`{0}` cannot name a variable: use 1 to 63 letters, digits and _, and a letter first")]
    Name(String),
}

/// `` `a`, `b` ``, at most so many that it remains one line.
fn list(names: &[String]) -> String {
    const MOST: usize = 10;
    let mut names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        return "an empty list".to_string();
    }
    if names.len() > MOST {
        let others = names.len() - MOST;
        names.truncate(MOST);
        names.push(format!("{others} others"));
    }
    names.join(", ")
}

/// A problem in a file whose path is added later.
#[derive(Debug)]
pub(super) enum Problem {
    Io(io::Error),
    Format(&'static str),
    Damaged(&'static str),
    NotAMatrix(Variable),
    TooLarge(Variable),
}

impl Problem {
    pub(super) fn at(self, path: &Path) -> MatError {
        let path = path.to_path_buf();
        match self {
            // Decompression reports what it cannot decode as one of the last two.
            Problem::Io(cause) => match cause.kind() {
                io::ErrorKind::UnexpectedEof => MatError::Damaged { path, reason: "it ends early" },
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                    MatError::Damaged { path, reason: "a variable cannot be decompressed" }
                }
                _ => MatError::Read { path, cause },
            },
            Problem::Format(found) => MatError::Format { path, found },
            Problem::Damaged(reason) => MatError::Damaged { path, reason },
            Problem::NotAMatrix(variable) => MatError::NotAMatrix { path, variable },
            Problem::TooLarge(variable) => MatError::TooLarge { path, variable },
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Problem::Io(error)
    }
}
