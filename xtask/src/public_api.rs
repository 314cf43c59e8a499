//! The library's public interface, compared with the list of it that is committed: a change that
//! breaks users' programs is made on purpose, or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::run::{cargo, target_folder};

/// One item a line, sorted.
const LIST: &str = "tests/fixtures/public_api.txt";

/// Public only because the tests and the standalone program use it.
const PLUGIN: &str = "unbraid::plugin";

/// Lets this release of rustdoc write JSON, which it does for the nightly toolchain only. It is
/// set for rustdoc alone: some packages' build scripts look at it, and would be built again.
const RUSTDOC: &str = "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n";

/// `cargo xtask public-api`; `--update` writes the list.
pub fn run(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let update = match words[..] {
        [] => false,
        ["--update"] => true,
        _ => bail!("usage: cargo xtask public-api [--update]"),
    };
    if !cfg!(unix) {
        eprintln!("the public interface was not compared: this is done on Linux and macOS");
        return Ok(());
    }
    let json = describe()?;
    let found = format_of(&json)?;
    if found != rustdoc_types::FORMAT_VERSION {
        let expected = rustdoc_types::FORMAT_VERSION;
        eprintln!(
            "the public interface was not compared: this compiler describes it in format {found}, \
             and the package public-api in xtask/Cargo.toml reads format {expected}"
        );
        return Ok(());
    }
    let items = items(&json)?;
    if update {
        return fs::write(LIST, items).context(LIST);
    }
    let listed = fs::read_to_string(LIST).context(LIST)?;
    let changes = changes(&listed, &items);
    ensure!(
        changes.is_empty(),
        "the public interface differs from {LIST}:\n{}\nIf that is meant, run `cargo xtask \
         public-api --update`, and say in CHANGELOG.md what users have to change",
        changes.join("\n")
    );
    Ok(())
}

/// Has rustdoc describe the library, and returns the file.
fn describe() -> Result<PathBuf> {
    let target = target_folder()?;
    let rustdoc = target.join("rustdoc_json.sh");
    write_program(&rustdoc).with_context(|| rustdoc.display().to_string())?;
    let doc = cargo("rustdoc --locked --release --package unbraid --lib")?;
    let doc = doc.args(["--", "-Z", "unstable-options", "--output-format", "json"]);
    doc.env("RUSTDOC", &rustdoc.display().to_string()).run()?;
    Ok(target.join("doc/unbraid.json"))
}

fn write_program(path: &Path) -> std::io::Result<()> {
    fs::write(path, RUSTDOC)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}

/// The version of rustdoc's format that a description is written in.
fn format_of(json: &Path) -> Result<u32> {
    let text = fs::read_to_string(json).with_context(|| json.display().to_string())?;
    let description: Value = serde_json::from_str(&text)?;
    let version = description["format_version"].as_u64();
    Ok(version.context("rustdoc's JSON has no format_version")?.try_into()?)
}

/// The list. Implementations that every type has, or that are derived, say nothing.
fn items(json: &Path) -> Result<String> {
    let builder = public_api::Builder::from_rustdoc_json(json);
    let builder = builder.omit_blanket_impls(true).omit_auto_trait_impls(true);
    let api = builder.build().context("rustdoc's JSON cannot be read")?;
    let lines = api.items().map(ToString::to_string).filter(|line| !line.contains(PLUGIN));
    Ok(lines.map(|line| line + "\n").collect())
}

/// What is gone, as `- ITEM`, and what is new, as `+ ITEM`.
fn changes(listed: &str, found: &str) -> Vec<String> {
    let (listed, found): (BTreeSet<&str>, BTreeSet<&str>) =
        (listed.lines().collect(), found.lines().collect());
    let gone = listed.difference(&found).map(|item| format!("- {item}"));
    gone.chain(found.difference(&listed).map(|item| format!("+ {item}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_and_what_is_new_is_named() {
        let changes = changes("pub fn a()\npub fn b()\n", "pub fn b()\npub fn b(u8)\n");
        assert_eq!(changes, ["- pub fn a()", "+ pub fn b(u8)"]);
        assert!(super::changes("pub fn a()\n", "pub fn a()\n").is_empty());
    }
}
