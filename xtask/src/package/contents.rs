//! Which files are in the packages, and where.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::{archive, debian, read};
use crate::target::{System, Target};

/// What the packages are made of.
pub struct Parts<'a> {
    /// The folder of our own package.
    pub root: &'a Path,
    /// The folder of the bundles, with the licences.
    pub bundles: &'a Path,
    pub command: &'a Path,
    /// The folder of the man pages and completions.
    pub manual: &'a Path,
}

/// A file of a package.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// Parts are separated by `/`.
    pub path: String,
    pub bytes: Vec<u8>,
    pub executable: bool,
}

impl Entry {
    pub fn mode(&self) -> u32 {
        if self.executable { 0o755 } else { 0o644 }
    }
}

/// The files of an archive, in order of their paths.
pub fn archive(target: &Target, parts: &Parts) -> Result<Vec<Entry>> {
    let mut entries = folder(parts.bundles, "")?;
    let [install, end] = match target.system {
        System::Windows => ["install.bat", "\r\n"],
        System::Linux | System::Mac => ["install.sh", "\n"],
    };
    let script = parts.root.join("assets/install").join(install);
    entries.push(program(install, with_line_ends(&read(&script)?, end)));
    entries.push(program(target.command(), read(parts.command)?));
    entries.push(document("README.md", read(&parts.root.join("README.md"))?));
    for entry in manual(parts)? {
        let folder = if is_page(&entry.path) { "man" } else { "completions" };
        entries.push(Entry { path: format!("{folder}/{}", entry.path), ..entry });
    }
    Ok(sorted(entries))
}

/// The files of a Debian package, in order of their paths.
pub fn debian(parts: &Parts) -> Result<Vec<Entry>> {
    let mut entries = vec![
        program("usr/bin/unbraid", read(parts.command)?),
        document("usr/lib/clap/Unbraid.clap", read(&parts.bundles.join("Unbraid.clap"))?),
    ];
    for entry in folder(&parts.bundles.join("Unbraid.vst3"), "usr/lib/vst3/Unbraid.vst3/")? {
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        // Debian has all licences of a package in one place.
        if !name.starts_with("LICENSE") && name != "THIRD-PARTY.md" {
            entries.push(Entry { executable: false, ..entry });
        }
    }
    for Entry { path, bytes, .. } in manual(parts)? {
        entries.push(match path.as_str() {
            "unbraid.bash" => document("usr/share/bash-completion/completions/unbraid", bytes),
            "_unbraid" => document("usr/share/zsh/vendor-completions/_unbraid", bytes),
            "unbraid.fish" => document("usr/share/fish/vendor_completions.d/unbraid.fish", bytes),
            page if is_page(page) => {
                document(&format!("usr/share/man/man1/{page}.gz"), archive::gzip(&bytes)?)
            }
            _ => continue,
        });
    }
    let documents = "usr/share/doc/unbraid";
    let licence = String::from_utf8(read(&parts.bundles.join("LICENSE-MIT"))?)?;
    entries.push(document(&format!("{documents}/copyright"), debian::copyright(&licence)));
    let compressed = [
        (parts.bundles.join("THIRD-PARTY.md"), "THIRD-PARTY.md.gz"),
        (parts.root.join("CHANGELOG.md"), "CHANGELOG.md.gz"),
    ];
    for (file, name) in compressed {
        let bytes = archive::gzip(&read(&file)?)?;
        entries.push(document(&format!("{documents}/{name}"), bytes));
    }
    Ok(sorted(entries))
}

fn program(path: &str, bytes: Vec<u8>) -> Entry {
    Entry { path: path.to_string(), bytes, executable: true }
}

fn document(path: &str, bytes: Vec<u8>) -> Entry {
    Entry { path: path.to_string(), bytes, executable: false }
}

fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries
}

/// Everything in a folder. Only libraries are executable, as linkers make them: by their
/// names, for systems that do not know the difference.
fn folder(from: &Path, to: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| path.display().to_string())?;
        if path.is_dir() {
            entries.extend(folder(&path, &format!("{to}{name}/"))?);
        } else {
            let executable = name.starts_with("Unbraid");
            entries.push(Entry { path: format!("{to}{name}"), bytes: read(&path)?, executable });
        }
    }
    Ok(entries)
}

/// The man pages and completions.
fn manual(parts: &Parts) -> Result<Vec<Entry>> {
    let entries = folder(parts.manual, "")?;
    ensure!(entries.iter().any(|entry| entry.path == "unbraid.1"), "there is no man page");
    Ok(entries)
}

fn is_page(name: &str) -> bool {
    name.ends_with(".1")
}

/// As the system's shell needs it, however git checked the file out.
fn with_line_ends(text: &[u8], end: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    text.lines().flat_map(|line| [line, end]).collect::<String>().into_bytes()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::target::UNIVERSAL;

    pub const LINUX: [&str; 4] = [
        "Unbraid.clap",
        "Unbraid.vst3/Contents/Resources/LICENSE-MIT",
        "Unbraid.vst3/Contents/Resources/moduleinfo.json",
        "Unbraid.vst3/Contents/x86_64-linux/Unbraid.so",
    ];

    /// Calls `use_parts` with parts whose files hold their own paths.
    pub fn with_parts<T>(bundles: &[&str], use_parts: impl FnOnce(&Parts) -> T) -> T {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let save = |name: String| {
            let path = at(&name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        };
        let licences = ["LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY.md"];
        bundles.iter().chain(&licences).for_each(|name| save(format!("bundles/{name}")));
        let pages = ["unbraid.1", "unbraid-learn.1"];
        let completions = ["unbraid.bash", "_unbraid", "unbraid.fish", "_unbraid.ps1"];
        pages.iter().chain(&completions).for_each(|name| save(format!("manual/{name}")));
        save("command".to_string());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let (bundles, command, manual) = (at("bundles"), at("command"), at("manual"));
        use_parts(&Parts { root: &root, bundles: &bundles, command: &command, manual: &manual })
    }

    fn paths(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.path.as_str()).collect()
    }

    fn programs(entries: &[Entry]) -> Vec<&str> {
        let programs = entries.iter().filter(|entry| entry.executable);
        programs.map(|entry| entry.path.as_str()).collect()
    }

    #[test]
    fn an_archive_has_everything_and_a_script_for_its_system() {
        let cases = [
            ("x86_64-unknown-linux-gnu", "unbraid", "install.sh"),
            ("x86_64-pc-windows-gnu", "unbraid.exe", "install.bat"),
            (UNIVERSAL, "unbraid", "install.sh"),
        ];
        for (triple, command, script) in cases {
            let target = Target::named(triple).unwrap();
            let entries = with_parts(&LINUX, |parts| archive(&target, parts).unwrap());
            let mut expected = LINUX.to_vec();
            expected.extend(["LICENSE-APACHE", "LICENSE-MIT", "README.md", "THIRD-PARTY.md"]);
            expected.extend(["completions/_unbraid", "completions/_unbraid.ps1"]);
            expected.extend(["completions/unbraid.bash", "completions/unbraid.fish"]);
            expected.extend(["man/unbraid-learn.1", "man/unbraid.1", command, script]);
            expected.sort_unstable();
            assert_eq!(paths(&entries), expected, "{triple}");
            let mut expected = vec![LINUX[0], LINUX[3], command, script];
            expected.sort_unstable();
            assert_eq!(programs(&entries), expected, "{triple}");
        }
    }

    #[test]
    fn a_debian_package_has_files_where_the_system_looks() {
        let entries = with_parts(&LINUX, |parts| debian(parts).unwrap());
        let expected = [
            "usr/bin/unbraid",
            "usr/lib/clap/Unbraid.clap",
            "usr/lib/vst3/Unbraid.vst3/Contents/Resources/moduleinfo.json",
            "usr/lib/vst3/Unbraid.vst3/Contents/x86_64-linux/Unbraid.so",
            "usr/share/bash-completion/completions/unbraid",
            "usr/share/doc/unbraid/CHANGELOG.md.gz",
            "usr/share/doc/unbraid/THIRD-PARTY.md.gz",
            "usr/share/doc/unbraid/copyright",
            "usr/share/fish/vendor_completions.d/unbraid.fish",
            "usr/share/man/man1/unbraid-learn.1.gz",
            "usr/share/man/man1/unbraid.1.gz",
            "usr/share/zsh/vendor-completions/_unbraid",
        ];
        assert_eq!(paths(&entries), expected);
        assert_eq!(programs(&entries), expected[..1]);
        assert_eq!(entries[1].bytes, b"bundles/Unbraid.clap");
    }

    #[test]
    fn scripts_have_the_line_ends_of_their_system() {
        for text in ["one\ntwo\n", "one\r\ntwo\r\n"] {
            assert_eq!(with_line_ends(text.as_bytes(), "\r\n"), b"one\r\ntwo\r\n");
            assert_eq!(with_line_ends(text.as_bytes(), "\n"), b"one\ntwo\n");
        }
    }

    #[test]
    fn packages_without_a_manual_are_refused() {
        let target = Target::named("x86_64-unknown-linux-gnu").unwrap();
        let empty = tempfile::tempdir().unwrap();
        with_parts(&LINUX, |parts| {
            let parts = Parts { manual: empty.path(), ..*parts };
            assert_eq!(archive(&target, &parts).unwrap_err().to_string(), "there is no man page");
        });
    }
}
