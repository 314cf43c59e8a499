//! Which file of a bundle is where, on each system.
//!
//! VST3: <https://steinbergmedia.github.io/vst3_dev_portal/pages/Technical+Documentation/Locations+Format/Plugin+Format.html>;
//! CLAP: `entry.h` of its headers.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::property_list;
use crate::target::{Processor, System, Target};

/// The VST3's description for hosts, below the package's root. `tests/vst3_factory.rs` checks
/// that it is right.
const MODULE_INFO: &str = "assets/vst3/moduleinfo.json";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Clap,
    Vst3,
}

impl Format {
    pub const ALL: [Self; 2] = [Self::Clap, Self::Vst3];

    pub fn name(self) -> &'static str {
        match self {
            Self::Clap => "Unbraid.clap",
            Self::Vst3 => "Unbraid.vst3",
        }
    }

    /// Where the library is in the bundle; `None` if it is the bundle itself.
    fn library(self, target: &Target) -> Option<&'static str> {
        match (self, target.system, target.processor) {
            (_, System::Mac, _) => Some("Contents/MacOS/Unbraid"),
            (Self::Clap, ..) => None,
            (_, System::Linux, Processor::X86_64) => Some("Contents/x86_64-linux/Unbraid.so"),
            (_, System::Linux, _) => Some("Contents/aarch64-linux/Unbraid.so"),
            (_, System::Windows, Processor::X86_64) => Some("Contents/x86_64-win/Unbraid.vst3"),
            (_, System::Windows, _) => Some("Contents/arm64-win/Unbraid.vst3"),
        }
    }
}

/// Writes the bundles into a folder; returns their paths. `root` is the package's folder;
/// `resources` (name and text) go beside them and into each one that is a folder.
pub fn write(
    target: &Target,
    library: &Path,
    root: &Path,
    resources: &[(&str, String)],
    folder: &Path,
) -> Result<Vec<PathBuf>> {
    let mut bundles = Vec::new();
    for format in Format::ALL {
        let bundle = folder.join(format.name());
        match format.library(target) {
            None => copy(library, &bundle)?,
            Some(inside) => {
                copy(library, &bundle.join(inside))?;
                for (name, text) in resources {
                    save(&bundle.join("Contents/Resources").join(name), text)?;
                }
            }
        }
        if format == Format::Vst3 {
            copy(&root.join(MODULE_INFO), &bundle.join("Contents/Resources/moduleinfo.json"))?;
        }
        if target.system == System::Mac {
            save(&bundle.join("Contents/Info.plist"), &property_list::of(format))?;
            save(&bundle.join("Contents/PkgInfo"), property_list::PACKAGE_INFO)?;
        }
        bundles.push(bundle);
    }
    for (name, text) in resources {
        save(&folder.join(name), text)?;
    }
    Ok(bundles)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    make_folder_of(to)?;
    fs::copy(from, to).with_context(|| format!("{} to {}", from.display(), to.display()))?;
    Ok(())
}

fn save(to: &Path, text: &str) -> Result<()> {
    make_folder_of(to)?;
    fs::write(to, text).with_context(|| to.display().to_string())
}

fn make_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().context("no folder")?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::UNIVERSAL;

    /// Paths below a folder, sorted, and what each file holds.
    fn files(folder: &Path) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut open = vec![folder.to_path_buf()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                let inside: Vec<_> = path.strip_prefix(folder).unwrap().iter().collect();
                let inside: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
                found.push((inside.join("/"), fs::read_to_string(&path).unwrap()));
            }
        }
        found.sort();
        found
    }

    /// The files that are written for a target, with a library that is a text.
    fn written(triple: &str) -> Vec<(String, String)> {
        let place = tempfile::tempdir().unwrap();
        let library = place.path().join("library");
        fs::write(&library, "binary").unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let resources = [("LICENSE-MIT", "text".to_string())];
        let out = place.path().join("out");
        let target = Target::named(triple).unwrap();
        let bundles = write(&target, &library, &root, &resources, &out).unwrap();
        assert_eq!(bundles, Format::ALL.map(|format| out.join(format.name())));
        files(&out)
    }

    fn names(files: &[(String, String)]) -> Vec<&str> {
        files.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn content<'a>(files: &'a [(String, String)], name: &str) -> &'a str {
        &files.iter().find(|(found, _)| found == name).unwrap().1
    }

    #[test]
    fn linux_and_windows_have_one_library_and_a_folder() {
        let cases = [
            ("x86_64-unknown-linux-gnu", "x86_64-linux/Unbraid.so"),
            ("aarch64-unknown-linux-gnu", "aarch64-linux/Unbraid.so"),
            ("x86_64-pc-windows-gnu", "x86_64-win/Unbraid.vst3"),
            ("aarch64-pc-windows-msvc", "arm64-win/Unbraid.vst3"),
        ];
        for (triple, library) in cases {
            let files = written(triple);
            let library = format!("Unbraid.vst3/Contents/{library}");
            let mut expected = [
                "LICENSE-MIT",
                "Unbraid.clap",
                "Unbraid.vst3/Contents/Resources/LICENSE-MIT",
                "Unbraid.vst3/Contents/Resources/moduleinfo.json",
                &library,
            ];
            expected.sort_unstable();
            assert_eq!(names(&files), expected, "{triple}");
            for name in ["Unbraid.clap", &library] {
                assert_eq!(content(&files, name), "binary", "{triple}: {name}");
            }
        }
    }

    #[test]
    fn macos_has_two_folders_with_property_lists() {
        for triple in ["aarch64-apple-darwin", "x86_64-apple-darwin", UNIVERSAL] {
            let files = written(triple);
            let expected = [
                "LICENSE-MIT",
                "Unbraid.clap/Contents/Info.plist",
                "Unbraid.clap/Contents/MacOS/Unbraid",
                "Unbraid.clap/Contents/PkgInfo",
                "Unbraid.clap/Contents/Resources/LICENSE-MIT",
                "Unbraid.vst3/Contents/Info.plist",
                "Unbraid.vst3/Contents/MacOS/Unbraid",
                "Unbraid.vst3/Contents/PkgInfo",
                "Unbraid.vst3/Contents/Resources/LICENSE-MIT",
                "Unbraid.vst3/Contents/Resources/moduleinfo.json",
            ];
            assert_eq!(names(&files), expected, "{triple}");
            for bundle in ["Unbraid.clap", "Unbraid.vst3"] {
                let file = |name: &str| content(&files, &format!("{bundle}/Contents/{name}"));
                assert_eq!(file("MacOS/Unbraid"), "binary");
                assert_eq!(file("PkgInfo"), "BNDL????");
                let identifier = bundle.to_lowercase();
                assert!(file("Info.plist").contains(&format!("<string>org.unbraid.{identifier}<")));
            }
        }
    }

    #[test]
    fn the_frameworks_bundler_gives_the_same_name() {
        let settings = include_str!("../../../bundler.toml");
        let name = settings.lines().find_map(|line| line.strip_prefix("name = "));
        let name = name.map(|name| name.trim_matches('"'));
        let ours = Format::ALL.map(|format| format.name().split('.').next());
        assert_eq!(ours, [name, name]);
    }
}
