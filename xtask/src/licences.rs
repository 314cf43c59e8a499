//! The licences of what the binaries contain besides our own code: packages and fonts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};

use super::run;

/// Our own package.
const ROOT: &str = "unbraid";

/// The package that the wheel for Python is built from.
const PYTHON: &str = "unbraid-python";

/// Name of the file that is written.
const NAME: &str = "THIRD-PARTY.md";

/// Our own licences, which go into the bundles as well.
const OWN: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

/// How the names of licence files begin, in capitals.
const PREFIXES: [&str; 4] = ["LICENSE", "LICENCE", "COPYING", "NOTICE"];

/// The package that holds the fonts of the plugin's window.
const WINDOW_FONTS: &str = "epaint_default_fonts";

/// Fonts of the plugin's window: name, licence, and the file of its text in the folder
/// `fonts` of [`WINDOW_FONTS`].
const FONTS: [(&str, &str, &str); 5] = [
    ("Hack", "MIT AND Bitstream-Vera", "Hack-Regular.txt"),
    ("Noto Emoji", "SIL Open Font License 1.1", "OFL.txt"),
    ("Ubuntu Light", "Ubuntu Font Licence 1.0", "UFL.txt"),
    ("emoji-icon-font", "MIT", "emoji-icon-font-mit-license.txt"),
    ("egui-icons, a part of emoji-icon-font", "MIT", "egui-icons.txt"),
];

/// Texts for packages that name one of these licences but come without its file. MIT's
/// text is that of our own file.
const ISC: &str = "\
Permission to use, copy, modify, and/or distribute this software for any purpose with or
without fee is hereby granted, provided that the above copyright notice and this
permission notice appear in all copies.

THE SOFTWARE IS PROVIDED \"AS IS\" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO
THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT
SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR
ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION
OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE
USE OR PERFORMANCE OF THIS SOFTWARE.";

/// Binaries may be distributed without this licence's text.
const BSL: &str = "Boost Software License 1.0: see https://www.boost.org/LICENSE_1_0.txt";

/// `cargo xtask licences`: writes `target/THIRD-PARTY.md`.
pub fn write(_: &[String]) -> Result<()> {
    let metadata = run::metadata()?;
    let path = metadata.target_directory.as_std_path().join(NAME);
    save(&path, &text(&metadata)?)?;
    eprintln!("{}", path.display());
    Ok(())
}

/// The file and our own licences: their names and texts.
pub fn files(metadata: &Metadata) -> Result<Vec<(&'static str, String)>> {
    with_own(metadata, text(metadata)?)
}

/// The same for the wheel for Python, which has other packages and no fonts.
pub fn files_of_wheel(metadata: &Metadata) -> Result<Vec<(&'static str, String)>> {
    let packages = dependencies_of_wheel(metadata)?;
    let mut text = list("packages", &packages)?;
    write_texts(&mut text, metadata, &packages)?;
    with_own(metadata, text)
}

fn with_own(metadata: &Metadata, text: String) -> Result<Vec<(&'static str, String)>> {
    let mut files = vec![(NAME, text)];
    for name in OWN {
        files.push((name, read(&metadata.workspace_root.as_std_path().join(name))?));
    }
    Ok(files)
}

/// The text of the file.
fn text(metadata: &Metadata) -> Result<String> {
    let packages = dependencies(metadata)?;
    let mut out = list("packages and fonts", &packages)?;
    write_fonts(&mut out, metadata, &packages)?;
    write_texts(&mut out, metadata, &packages)?;
    Ok(out)
}

/// The head of the file, and the table of packages.
fn list(what: &str, packages: &[&Package]) -> Result<String> {
    let mut out = format!(
        "# Third-party licences\n\n\
         Unbraid is under MIT or Apache-2.0. Its binaries contain the {what} below,\n\
         under licences of their own, and Rust's standard library (MIT OR Apache-2.0). The list\n\
         covers all systems: a binary for one of them contains only a part. The source of each\n\
         package, also of those under MPL-2.0, is in the Rust community's package registry\n\
         under its name and version; Unbraid uses them unchanged but for `patches/`.\n\n\
         ## Packages\n\n\
         | package | version | licence | authors | repository |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    for package in packages {
        let licence = package.license.as_deref().unwrap_or("see its text below");
        let repository = package.repository.as_deref().unwrap_or_default();
        let authors = package.authors.join(", ").replace('|', "\\|");
        let (name, version) = (&package.name, &package.version);
        writeln!(out, "| {name} | {version} | {licence} | {authors} | {repository} |")?;
    }
    Ok(out)
}

/// The package whose dependencies are listed.
pub fn root(metadata: &Metadata) -> Result<&Package> {
    let root = metadata.workspace_packages().into_iter().find(|package| package.name == ROOT);
    root.with_context(|| format!("no package {ROOT}"))
}

/// What the package is linked with, in the order of names.
pub fn dependencies(metadata: &Metadata) -> Result<Vec<&Package>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![&root(metadata)?.id]);
    while let Some(id) = open.pop() {
        for used in linked(metadata, id)? {
            if found.insert(used) {
                open.push(used);
            }
        }
    }
    let mut packages: Vec<_> =
        metadata.packages.iter().filter(|package| found.contains(&package.id)).collect();
    packages.sort_by_key(|package| (package.name.as_str(), &package.version));
    Ok(packages)
}

/// What the wheel is linked with, in the order of names. [`Metadata`] has the features of all
/// packages of the workspace at once, so it would list the plugin's packages, too.
fn dependencies_of_wheel(metadata: &Metadata) -> Result<Vec<&Package>> {
    let words = "tree --locked --edges normal,no-proc-macro --target all --prefix none \
                 --color never --format {p}";
    let tree = run::plain(words).args(["--package", PYTHON]).output()?;
    let tree = String::from_utf8(tree).context("cargo tree")?;
    let mut packages = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let (name, version) = (words.next(), words.next().and_then(|word| word.strip_prefix('v')));
        let (Some(name), Some(version)) = (name, version) else {
            bail!("cargo tree: cannot be read: {line}");
        };
        let found = metadata
            .packages
            .iter()
            .find(|package| *package.name == name && package.version.to_string() == version);
        let package = found.with_context(|| format!("cargo tree: no package {name} {version}"))?;
        if ![ROOT, PYTHON].contains(&name) {
            packages.push(package);
        }
    }
    packages.sort_by_key(|package| (package.name.as_str(), &package.version));
    packages.dedup_by_key(|package| &package.id);
    ensure!(!packages.is_empty(), "cargo tree lists no package");
    Ok(packages)
}

/// What a package itself is linked with.
pub fn linked<'a>(metadata: &'a Metadata, id: &PackageId) -> Result<Vec<&'a PackageId>> {
    let resolve = metadata.resolve.as_ref().context("no dependency graph")?;
    let node = resolve.nodes.iter().find(|node| node.id == *id);
    let dependencies = node.context("a package without dependencies")?.deps.iter();
    let linked = dependencies.filter(|dependency| {
        dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
    });
    Ok(linked.map(|dependency| &dependency.pkg).collect())
}

fn write_fonts(out: &mut String, metadata: &Metadata, packages: &[&Package]) -> Result<()> {
    out.push_str("\n## Fonts\n");
    let dejavu = metadata.workspace_root.as_std_path().join("assets/DejaVuSans-LICENSE.txt");
    write_text(out, "DejaVu Sans, in plots: Bitstream Vera and Arev terms", &read(&dejavu)?)?;
    let package = packages.iter().find(|package| package.name == WINDOW_FONTS);
    let folder = folder(package.with_context(|| format!("no package {WINDOW_FONTS}"))?)?;
    for (font, licence, file) in FONTS {
        let text = read(&folder.join("fonts").join(file))?;
        write_text(out, &format!("{font}, in the window: {licence}"), &text)?;
    }
    Ok(())
}

/// The texts in the packages' folders, each once, and those of packages without any.
fn write_texts(out: &mut String, metadata: &Metadata, packages: &[&Package]) -> Result<()> {
    // By their words, so that other line breaks do not make another text.
    let mut texts: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    let mut without: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in packages {
        let files = licence_files(folder(package)?)?;
        if files.is_empty() {
            without.entry(offered(package)?).or_default().push(package);
        }
        for file in files {
            let text = read(&file)?;
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let (_, users) = texts.entry(words).or_insert_with(|| (text, Vec::new()));
            let user = format!("{} {}", package.name, package.version);
            if !users.contains(&user) {
                users.push(user);
            }
        }
    }

    out.push_str("\n## Texts of the packages' licences\n");
    let mut texts: Vec<_> = texts.into_values().map(|(text, users)| (users, text)).collect();
    texts.sort();
    for (users, text) in texts {
        write_text(out, &users.join(", "), &text)?;
    }

    out.push_str("\n## Packages without a licence file\n");
    for (licence, packages) in without {
        writeln!(out, "\n### {licence}\n")?;
        for package in packages {
            let Package { name, version, authors, .. } = package;
            let authors = match authors.join(", ") {
                authors if authors.is_empty() => format!("the authors of {name}"),
                authors => authors,
            };
            writeln!(out, "- {name} {version}: copyright (c) {authors}")?;
        }
        write_block(out, &standard_text(licence, metadata)?)?;
    }
    Ok(())
}

/// Of the licences that a package offers, the one that it is taken under here.
fn offered(package: &Package) -> Result<&'static str> {
    let expression = package.license.as_deref().unwrap_or_default();
    let is_part = |c: char| c.is_alphanumeric() || "-.".contains(c);
    let mut known = ["MIT", "ISC", "BSL-1.0"].into_iter();
    known
        .find(|known| expression.split(|c| !is_part(c)).any(|word| word == *known))
        .with_context(|| format!("{}: no licence file, and `{expression}`", package.name))
}

fn standard_text(licence: &str, metadata: &Metadata) -> Result<String> {
    Ok(match licence {
        "ISC" => ISC.to_string(),
        "BSL-1.0" => BSL.to_string(),
        _ => {
            let own = read(&metadata.workspace_root.as_std_path().join("LICENSE-MIT"))?;
            let start = own.find("Permission is hereby granted").context("LICENSE-MIT")?;
            own[start..].to_string()
        }
    })
}

fn folder(package: &Package) -> Result<&Path> {
    let folder = package.manifest_path.parent().context("no folder")?.as_std_path();
    ensure!(folder.is_dir(), "{} is not there: run `cargo fetch`", folder.display());
    Ok(folder)
}

fn licence_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn write_text(out: &mut String, title: &str, text: &str) -> Result<()> {
    writeln!(out, "\n### {title}")?;
    write_block(out, text)
}

fn write_block(out: &mut String, text: &str) -> Result<()> {
    Ok(writeln!(out, "\n~~~~text\n{}\n~~~~", text.trim_matches('\n'))?)
}

/// A text without trailing blanks and other systems' line ends.
fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.trim_start_matches('\u{feff}').lines();
    Ok(lines.map(|line| format!("{}\n", line.trim_end())).collect())
}

fn save(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}
