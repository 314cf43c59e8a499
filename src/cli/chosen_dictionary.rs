//! The dictionary that a command uses: a file, or instruments of the library.

use std::path::PathBuf;

use unbraid::dictionary::{Dictionary, same_name};
use unbraid::library::{Library, LibraryInstrument, combined};

use super::failure::usage;
use super::progress;

#[derive(clap::Args)]
pub struct ChosenDictionary {
    /// The dictionary.
    #[arg(
        short,
        long,
        value_name = "DICT",
        required_unless_present = "instrument",
        conflicts_with = "instrument"
    )]
    dictionary: Option<PathBuf>,
    /// An instrument of the library, instead of a dictionary. May be repeated.
    #[arg(long, value_name = "NAME")]
    instrument: Vec<String>,
    /// The folder of the library, if not the user's.
    #[arg(long, value_name = "DIR", requires = "instrument")]
    library: Option<PathBuf>,
}

impl ChosenDictionary {
    pub fn load(&self) -> anyhow::Result<Dictionary> {
        match &self.dictionary {
            Some(path) => Ok(Dictionary::load(path)?),
            None => from_library(&library(self.library.as_ref())?, &self.instrument),
        }
    }

    /// Its file, if it is not from the library.
    pub fn file(&self) -> Option<&PathBuf> {
        self.dictionary.as_ref()
    }

    /// For messages.
    pub fn name(&self) -> String {
        match &self.dictionary {
            Some(path) => path.display().to_string(),
            None => self.instrument.join(", "),
        }
    }
}

/// The library in a folder, or else the user's.
pub fn library(folder: Option<&PathBuf>) -> anyhow::Result<Library> {
    match folder {
        Some(folder) => Ok(Library::at(folder.clone())),
        None => Ok(Library::of_the_user()?),
    }
}

/// One dictionary of the instruments with these names.
pub fn from_library(library: &Library, names: &[String]) -> anyhow::Result<Dictionary> {
    let twice = |(place, name): (usize, &String)| {
        names[..place].iter().any(|other| same_name(name, other)).then(|| name.clone())
    };
    if let Some(name) = names.iter().enumerate().find_map(twice) {
        return Err(usage(format!("{name}: named twice; name each instrument once")));
    }
    let instruments: Result<Vec<LibraryInstrument>, _> =
        names.iter().map(|name| library.find(name)).collect();
    let (dictionary, remapped) =
        combined(&instruments?).ok_or_else(|| usage("name an instrument of the library"))?;
    for (name, change) in remapped {
        progress::note(format_args!("{name}: {change}"));
    }
    Ok(dictionary)
}
