//! The plugin framework with the patches of `patches` applied, of which every build
//! here is. `patches/README.md` says what each patch is for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Metadata;
use diffy::patch_set::{FileOperation, FilePatch, ParseOptions, PatchSet};

use super::run::metadata;

/// A package's files, by their paths inside it.
type Sources = BTreeMap<PathBuf, Vec<u8>>;

/// The arguments with which cargo builds from patched copies, which this makes when
/// it is first called.
///
/// Overriding paths leaves `Cargo.lock` as it is; `patch.crates-io` does not.
pub fn config() -> Result<&'static [String]> {
    static WORDS: OnceLock<Vec<String>> = OnceLock::new();
    if let Some(words) = WORDS.get() {
        return Ok(words);
    }
    let paths = format!("paths={:?}", patched_copies()?);
    // For build.rs.
    let told = r#"env.UNBRAID_FRAMEWORK="patched""#.to_string();
    let words = vec!["--config".to_string(), paths, "--config".to_string(), told];
    Ok(WORDS.get_or_init(|| words))
}

/// Makes a copy of each package that has patches.
fn patched_copies() -> Result<Vec<PathBuf>> {
    let metadata = metadata()?;
    let patches = metadata.workspace_root.as_std_path().join("patches");
    let copies = metadata.target_directory.as_std_path().join("patched");
    let mut made = Vec::new();
    for folder in sorted(&patches)?.into_iter().filter(|path| path.is_dir()) {
        let package = folder.file_name().unwrap_or_default().to_string_lossy();
        let copy = copies.join(&*package);
        write_folder(&copy, &patched(&original(&metadata, &package)?, &folder)?)?;
        made.push(copy);
    }
    Ok(made)
}

/// The files of `original` with the patches of a folder applied, in order of their names.
fn patched(original: &Path, patches: &Path) -> Result<Sources> {
    let mut sources = Sources::new();
    read_folder(original, Path::new(""), &mut sources)?;
    for patch in sorted(patches)? {
        if patch.extension().is_some_and(|extension| extension == "patch") {
            let text = std::fs::read_to_string(&patch)?;
            apply(&mut sources, &text).with_context(|| patch.display().to_string())?;
        }
    }
    Ok(sources)
}

/// Where the dependency is that a folder called `NAME-VERSION` has patches for.
fn original(metadata: &Metadata, folder: &str) -> Result<PathBuf> {
    let (name, version) = folder.rsplit_once('-').with_context(|| format!("{folder}?"))?;
    let found: Vec<_> = metadata.packages.iter().filter(|found| found.name == name).collect();
    let versions: Vec<_> = found.iter().map(|package| package.version.to_string()).collect();
    let Some(place) = versions.iter().position(|found| found == version) else {
        bail!(
            "patches/{folder}: the dependencies have {name} {versions:?}; see which of these \
             patches are still needed, and rename the folder"
        );
    };
    let folder = found[place].manifest_path.parent().context("no folder")?;
    Ok(folder.as_std_path().to_owned())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn read_folder(from: &Path, inside: &Path, sources: &mut Sources) -> Result<()> {
    for path in sorted(from)? {
        let inside = inside.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            read_folder(&path, &inside, sources)?;
        } else {
            sources.insert(inside, std::fs::read(&path)?);
        }
    }
    Ok(())
}

/// Files that have the right content are left alone, so that nothing is built twice.
fn write_folder(to: &Path, sources: &Sources) -> Result<()> {
    for (inside, content) in sources {
        let path = to.join(inside);
        if std::fs::read(&path).is_ok_and(|present| present == *content) {
            continue;
        }
        std::fs::create_dir_all(path.parent().unwrap_or(to))?;
        std::fs::write(&path, content).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Applies a patch, which can change several files.
fn apply(sources: &mut Sources, patch: &str) -> Result<()> {
    for change in PatchSet::parse(patch, ParseOptions::unidiff()) {
        let change = change?;
        let file = changed_file(&change)?;
        let content = sources
            .get_mut(Path::new(&file))
            .with_context(|| format!("the package has no {file}"))?;
        let hunks = change.patch().as_text().context("not a patch of text")?;
        let patched = diffy::apply(std::str::from_utf8(content)?, hunks)
            .with_context(|| format!("does not apply to {file}"))?;
        *content = patched.into_bytes();
    }
    Ok(())
}

fn changed_file(change: &FilePatch<'_, str>) -> Result<String> {
    let FileOperation::Modify { original, modified } = change.operation().strip_prefix(1) else {
        bail!("adds, removes or renames a file");
    };
    ensure!(original == modified, "renames {original} to {modified}");
    Ok(original.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(old: &str, new: &str) -> String {
        format!("Why.\n\n--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1 +1 @@\n-{old}\n+{new}\n")
    }

    fn sources(content: &str) -> Sources {
        Sources::from([(PathBuf::from("src/lib.rs"), content.into())])
    }

    #[test]
    fn patches_build_on_each_other() {
        let mut sources = sources("one\n");
        apply(&mut sources, &patch("one", "two")).unwrap();
        apply(&mut sources, &patch("two", "three")).unwrap();
        assert_eq!(sources[Path::new("src/lib.rs")], b"three\n");
    }

    #[test]
    fn a_patch_that_does_not_fit_is_refused() {
        let error = apply(&mut sources("other\n"), &patch("one", "two")).unwrap_err();
        assert_eq!(error.to_string(), "does not apply to src/lib.rs");
        let error = apply(&mut Sources::new(), &patch("one", "two")).unwrap_err();
        assert_eq!(error.to_string(), "the package has no src/lib.rs");
        assert!(apply(&mut sources("one\n"), "no patch").is_err());
    }
}
