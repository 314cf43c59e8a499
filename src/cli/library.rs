//! `unbraid library`: the user's learned instruments, which the plugin uses as well.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use unbraid::dictionary::{Dictionary, same_name};
use unbraid::library::{Details, Library, LibraryError, LibraryInstrument, recordings_of};

use super::failure::usage;
use super::{chosen_dictionary, output, progress, recording};

/// Lists and changes the library of learned instruments, which all instances of the plugin
/// and this command share.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
    /// Library folder [default: the user's own].
    #[arg(long, value_name = "DIR", global = true)]
    library: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Action {
    /// Lists the instruments.
    List {
        /// Only instruments with this tag. May be repeated: with any of them.
        #[arg(long, value_name = "TAG")]
        tag: Vec<String>,
        /// Report on standard output as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Adds each instrument of a dictionary to the library.
    Add {
        /// The dictionary.
        #[arg(value_name = "DICT")]
        dictionary: PathBuf,
        /// Only this source. May be repeated.
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// Tag the added instruments with this word. May be repeated.
        #[arg(long, value_name = "TAG")]
        tag: Vec<String>,
        /// Replace instruments of the same names.
        #[arg(long, short)]
        force: bool,
    },
    /// Replaces the tags of an instrument; without TAG, removes them all.
    Tag {
        #[arg(value_name = "NAME")]
        name: String,
        #[arg(value_name = "TAG")]
        tags: Vec<String>,
    },
    /// Writes one or more instruments to one dictionary.
    Write {
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
        /// The dictionary to write; `-` is standard output.
        #[arg(short, long, value_name = "DICT")]
        output: PathBuf,
        /// Replace an existing file.
        #[arg(long, short)]
        force: bool,
    },
    /// Deletes instruments.
    Remove {
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let library = chosen_dictionary::library(args.library.as_ref())?;
    match &args.action {
        Action::List { tag, json } => list(&library, tag, *json),
        Action::Add { dictionary, only, tag, force } => {
            add(&library, dictionary, only, tag, *force)
        }
        Action::Tag { name, tags } => Ok(library.set_tags(name, tags.clone())?),
        Action::Write { names, output, force } => write(&library, names, output, *force),
        Action::Remove { names } => remove(&library, names),
    }
}

fn list(library: &Library, tags: &[String], json: bool) -> anyhow::Result<()> {
    let listing = library.list()?;
    let wanted = |one: &&LibraryInstrument| {
        let has = |tag: &String| one.details.tags.iter().any(|other| same_name(tag, other));
        tags.is_empty() || tags.iter().any(has)
    };
    for problem in &listing.unusable {
        progress::note(format_args!("{problem}"));
    }
    let instruments = listing.instruments.iter().filter(wanted);
    let unusable: Vec<String> = listing.unusable.iter().map(ToString::to_string).collect();
    if json {
        let instruments: Vec<_> = instruments.map(as_json).collect();
        return output::print_json(&json!({
            "folder": library.folder().to_string_lossy(),
            "instruments": instruments,
            "unusable": unusable,
        }));
    }
    let text: String = instruments.map(as_text).collect();
    if text.is_empty() && !listing.instruments.is_empty() {
        progress::note(format_args!("no instrument has this tag"));
    } else if text.is_empty() {
        progress::note(format_args!(
            "{}: no instrument; `unbraid library add` adds those of a dictionary",
            library.folder().display()
        ));
    }
    output::print(&text)
}

fn as_text(one: &LibraryInstrument) -> String {
    let frames = &one.dictionary.frames;
    let added_on = one.details.added_on().unwrap_or_else(|| "-".to_string());
    let mut line = format!(
        "{:<20} {added_on:<10}  {:<8} {:>6} Hz  {:>3} components",
        one.name(),
        frames.mode.name(),
        frames.sample_rate_hz,
        one.dictionary.components()
    );
    for tag in &one.details.tags {
        line += &format!("  #{tag}");
    }
    let recorded = (one.recorded_s > 0.0).then(|| format!("{:.1} s of recordings", one.recorded_s));
    let origin = Some(one.details.origin.clone()).filter(|origin| !origin.is_empty());
    let aside: Vec<String> = origin.into_iter().chain(recorded).collect();
    if !aside.is_empty() {
        line += &format!("  ({})", aside.join(", "));
    }
    line + "\n"
}

fn as_json(one: &LibraryInstrument) -> serde_json::Value {
    json!({
        "name": one.name(),
        "file": one.path.to_string_lossy(),
        "tags": one.details.tags,
        "added_unix_s": one.details.added_unix_s,
        "origin": one.details.origin,
        "mode": one.dictionary.frames.mode.name(),
        "sample_rate_hz": one.dictionary.frames.sample_rate_hz,
        "components": one.dictionary.components(),
        "recorded_s": one.recorded_s,
    })
}

fn add(
    library: &Library,
    path: &Path,
    only: &[String],
    tags: &[String],
    force: bool,
) -> anyhow::Result<()> {
    let dictionary = Dictionary::load(path)?;
    let instruments = || dictionary.sources.iter().enumerate().filter(|(_, source)| !source.rest);
    let names: Vec<&str> = instruments().map(|(_, source)| source.name.as_str()).collect();
    let known = |name: &&String| names.iter().any(|other| same_name(name, other));
    if let Some(unknown) = only.iter().find(|name| !known(name)) {
        let names = names.join(", ");
        return Err(usage(format!("--only {unknown}: the dictionary's sources are {names}")));
    }
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| same_name(only, name));
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let chosen = || instruments().filter(|(_, source)| wanted(&source.name));
    // All or none of them.
    let mut targets: Vec<(&str, PathBuf)> = Vec::new();
    for (_, source) in chosen() {
        let target = library.target(&source.name, force).map_err(|error| match error {
            LibraryError::Exists { .. } => anyhow::anyhow!(
                "{}: the library already has an instrument of this name; replace it with --force, \
                 or leave it out with --only",
                source.name
            ),
            error => error.into(),
        })?;
        let folded = |path: &Path| path.to_string_lossy().to_lowercase();
        let same = |(_, other): &&(&str, PathBuf)| folded(other) == folded(&target);
        if let Some((other, _)) = targets.iter().find(same) {
            anyhow::bail!(
                "{other} and {} would both be stored as {}: add one of them with --only",
                source.name,
                target.display()
            );
        }
        targets.push((&source.name, target));
    }
    if targets.is_empty() {
        anyhow::bail!("{}: it holds no source beside the rest", path.display());
    }
    // A file of another library may have the recordings of its only instrument.
    let recordings = if names.len() == 1 { recordings_of(path)? } else { Vec::new() };
    for (index, source) in chosen() {
        let details = Details::now(tags.to_vec(), format!("from {file}"));
        let written = library.add(&dictionary, index, &recordings, details, force)?;
        progress::note(format_args!("{}: added as {}", source.name, written.display()));
    }
    Ok(())
}

fn remove(library: &Library, names: &[String]) -> anyhow::Result<()> {
    // All or none of them.
    chosen_dictionary::instruments(library, names)?;
    for name in names {
        let path = library.remove(name)?;
        progress::note(format_args!("{name}: deleted {}", path.display()));
    }
    Ok(())
}

fn write(library: &Library, names: &[String], output: &Path, force: bool) -> anyhow::Result<()> {
    let instruments = chosen_dictionary::instruments(library, names)?;
    let dictionary = chosen_dictionary::from_library(library, names)?;
    if !recording::is_standard(output) {
        let files: Vec<&Path> = instruments.iter().map(|one| one.path.as_path()).collect();
        output::check_target(output, &files, force)?;
    }
    recording::write_output(output, |path| Ok(dictionary.save(path)?))
}
