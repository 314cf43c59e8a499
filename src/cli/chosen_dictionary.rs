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
    /// Library folder [default: the user's own].
    #[arg(long, value_name = "DIR", requires = "instrument", conflicts_with = "dictionary")]
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
    let (dictionary, notes) = combined(&instruments(library, names)?)
        .ok_or_else(|| usage("name an instrument of the library"))?;
    notes.into_iter().for_each(|note| progress::note(format_args!("{note}")));
    Ok(dictionary)
}

/// The instruments with these names, each of which is named once.
pub fn instruments(library: &Library, names: &[String]) -> anyhow::Result<Vec<LibraryInstrument>> {
    let is_repeated = |(place, name): &(usize, &String)| {
        names[..*place].iter().any(|other| same_name(name, other))
    };
    if let Some((_, name)) = names.iter().enumerate().find(is_repeated) {
        return Err(usage(format!("{name}: named twice; name each instrument once")));
    }
    Ok(names.iter().map(|name| library.find(name)).collect::<Result<_, _>>()?)
}
