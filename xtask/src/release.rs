//! `cargo xtask release-check`: whether the sources can be released as they are.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Metadata;
use serde_json::Value;

use super::run::plain;
use super::{licences, run};

/// The version that is in `Cargo.toml`.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the published package cannot do without.
const PUBLISHED: [&str; 7] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "src/cli/main.rs",
    "src/lib.rs",
];

struct Sources<'a> {
    metadata: &'a Metadata,
    root: &'a Path,
    /// The tag to release, if one is given.
    tag: Option<&'a str>,
}

/// Returns what was found.
type Check = fn(&Sources) -> Result<String>;

const CHECKS: [(&str, Check); 6] = [
    ("version", version),
    ("changes", changes),
    ("VST3", module_info),
    ("licences", licences),
    ("git", clean),
    ("published", published),
];

/// Runs every check; `words` may name the tag to release.
pub fn check(words: &[String]) -> Result<()> {
    let tag = match words {
        [] => None,
        [tag] => Some(tag.as_str()),
        _ => bail!("usage: cargo xtask release-check [TAG]"),
    };
    let metadata = run::metadata()?;
    let sources = Sources { metadata: &metadata, root: metadata.workspace_root.as_std_path(), tag };
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        match check(&sources) {
            Ok(found) => eprintln!("ok     {name}: {found}"),
            Err(error) => {
                eprintln!("wrong  {name}: {error:#}");
                failed.push(name);
            }
        }
    }
    ensure!(failed.is_empty(), "not ready: {}", failed.join(", "));
    Ok(())
}

fn version(sources: &Sources) -> Result<String> {
    for package in sources.metadata.workspace_packages() {
        let (name, found) = (&package.name, package.version.to_string());
        ensure!(found == VERSION, "{name} has {found}: write `version.workspace = true`");
    }
    matching_tag(sources.tag)?;
    Ok(VERSION.to_string())
}

fn matching_tag(tag: Option<&str>) -> Result<()> {
    let expected = format!("v{VERSION}");
    match tag {
        Some(tag) if tag != expected => bail!("the tag is `{tag}`, and has to be {expected}"),
        _ => Ok(()),
    }
}

fn changes(sources: &Sources) -> Result<String> {
    section(&text(&sources.root.join("CHANGELOG.md"))?, sources.tag.is_some())
}

/// The heading of the version's section; until it is tagged, that of the next one will do.
fn section(changes: &str, is_tagged: bool) -> Result<String> {
    let headings = [format!("## [{VERSION}]"), "## [Unreleased]".to_string()];
    let wanted = if is_tagged { &headings[..1] } else { &headings };
    let mut lines = changes.lines();
    let heading = lines.find(|line| wanted.iter().any(|heading| line.starts_with(heading)));
    let heading = heading.with_context(|| format!("CHANGELOG.md has no `{}`", headings[0]))?;
    let mut section = lines.take_while(|line| !line.starts_with("## "));
    ensure!(section.any(|line| line.starts_with("- ")), "`{heading}` of CHANGELOG.md is empty");
    Ok(heading.trim_start_matches("## ").to_string())
}

/// What hosts read of the VST3 without loading it.
fn module_info(sources: &Sources) -> Result<String> {
    let path = sources.root.join("assets/vst3/moduleinfo.json");
    let info: Value = serde_json::from_str(&text(&path)?).context("moduleinfo.json")?;
    let found = versions(&info);
    ensure!(found.len() > 1, "moduleinfo.json names no plugin");
    for found in found {
        ensure!(found == VERSION, "moduleinfo.json has version {found}, not {VERSION}");
    }
    Ok("moduleinfo.json has the version".to_string())
}

/// Those of the module and of its plugins.
fn versions(info: &Value) -> Vec<&str> {
    let classes = info["Classes"].as_array().into_iter().flatten();
    let all = std::iter::once(info).chain(classes);
    all.map(|it| it["Version"].as_str().unwrap_or("(none)")).collect()
}

fn licences(sources: &Sources) -> Result<String> {
    licences::files(sources.metadata)?;
    let packages = licences::dependencies(sources.metadata)?;
    let without = packages.iter().find(|it| it.license.is_none() && it.license_file.is_none());
    if let Some(package) = without {
        bail!("{} {} names none", package.name, package.version);
    }
    Ok(format!("complete for {} packages", packages.len()))
}

/// An outdated `Cargo.lock` is found here, too: cargo has changed it before this runs.
fn clean(sources: &Sources) -> Result<String> {
    let git = |words: &[&str]| -> Result<String> {
        let output = Command::new("git").args(words).current_dir(sources.root).output();
        let output = output.context("git is not installed")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let changed = git(&["status", "--porcelain"])?;
    ensure!(changed.is_empty(), "commit or remove these first:\n{changed}");
    let head = git(&["rev-parse", "HEAD"])?;
    if let Some(tag) = sources.tag {
        let tagged = git(&["rev-parse", "--verify", &format!("refs/tags/{tag}^{{commit}}")]);
        let tagged = tagged.with_context(|| format!("there is no tag {tag}"))?;
        ensure!(tagged == head, "{tag} is at {tagged}, and the sources are at {head}");
    }
    Ok(format!("no changes after {head}"))
}

/// By the names of its files; `cargo publish --dry-run` builds it as well.
fn published(_: &Sources) -> Result<String> {
    let files = plain("package --list --locked --allow-dirty --package unbraid").output()?;
    let files = String::from_utf8(files)?;
    if let Some(missing) = missing(&files) {
        bail!("{missing} is left out: see `exclude` in Cargo.toml");
    }
    Ok(format!("{} files", files.lines().count()))
}

fn missing(files: &str) -> Option<&'static str> {
    PUBLISHED.into_iter().find(|needed| files.lines().all(|file| file != *needed))
}

fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_tag_is_the_version() {
        assert!(matching_tag(None).is_ok() && matching_tag(Some(&format!("v{VERSION}"))).is_ok());
        for wrong in [VERSION, "v99.0.0", ""] {
            let error = matching_tag(Some(wrong)).unwrap_err().to_string();
            assert!(error.contains(&format!("v{VERSION}")), "{error}");
        }
    }

    #[test]
    fn a_tagged_version_has_its_own_section() {
        let next = "# Changelog\n\n## [Unreleased]\n\n- Something.\n\n## [0.0.1]\n\n- Older.\n";
        let released = next.replace("Unreleased]", &format!("{VERSION}] - 2026-01-31"));
        assert_eq!(section(next, false).unwrap(), "[Unreleased]");
        let found = section(&released, true).unwrap();
        assert_eq!(found, format!("[{VERSION}] - 2026-01-31"));
        assert!(section(next, true).unwrap_err().to_string().contains(VERSION));
        let empty = next.replace("- Something.\n", "");
        assert!(section(&empty, false).unwrap_err().to_string().contains("is empty"));
    }

    #[test]
    fn every_version_of_the_module_info_is_compared() {
        let info = json!({ "Version": "1", "Classes": [{ "Version": "2" }, {}] });
        assert_eq!(versions(&info), ["1", "2", "(none)"]);
    }

    #[test]
    fn a_file_that_is_left_out_is_found() {
        let files = PUBLISHED.join("\n");
        assert_eq!(missing(&files), None);
        assert_eq!(missing(&files.replace("src/lib.rs", "src/lib.rs.orig")), Some("src/lib.rs"));
    }
}
