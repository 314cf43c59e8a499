//! The package for Debian, Ubuntu and systems based on them. Its form: `man 5 deb`.

use std::fmt::Write as _;

use anyhow::Result;
use md5::{Digest, Md5};
use time::OffsetDateTime;

use super::archive;
use super::contents::Entry;
use crate::target::{Processor, Target};

/// For the owner to fill in, with an address: Debian's tools ask for one.
const MAINTAINER: &str = "The Unbraid contributors";

/// What the plugin loads when it opens its window or looks for a font (the names of the libraries
/// are in the binary), and asks when it opens a file.
const RECOMMENDS: &str = "libdbus-1-3, libegl1, libfontconfig1, libgl1, libx11-6, libx11-xcb1, \
                          libxcb1, libxkbcommon-x11-0, xdg-desktop-portal";

const DESCRIPTION: &str = "\
separates one instrument from a mix, after hearing it for seconds
 Unbraid learns an instrument from a few seconds of it alone, and then
 separates it from a mix, live or in files. This package has the plugin,
 in the formats CLAP and VST3, and the command unbraid.
";

/// As Debian names packages.
pub fn file_name(target: &Target) -> String {
    format!("unbraid_{}_{}.deb", env!("CARGO_PKG_VERSION"), architecture(target))
}

fn architecture(target: &Target) -> &'static str {
    match target.processor {
        Processor::Aarch64 => "arm64",
        Processor::X86_64 | Processor::Universal => "amd64",
    }
}

/// A package of these files. `needs` is for the field `Depends`.
pub fn package(
    target: &Target,
    entries: &[Entry],
    needs: &str,
    when: OffsetDateTime,
) -> Result<Vec<u8>> {
    let mut sums = String::new();
    for Entry { path, bytes, .. } in entries {
        let sum: String = Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(sums, "{sum}  {path}")?;
    }
    let control = [("control", control(target, entries, needs)?), ("md5sums", sums)];
    let control = control.map(|(path, text)| Entry {
        path: path.to_string(),
        bytes: text.into_bytes(),
        executable: false,
    });
    let members = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", archive::gzip(&archive::tar("", &control, when)?)?),
        ("data.tar.gz", archive::gzip(&archive::tar("", entries, when)?)?),
    ];
    let mut builder = ar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = ar::Header::new(name.as_bytes().to_vec(), bytes.len() as u64);
        header.set_mode(0o100_644);
        header.set_mtime(when.unix_timestamp().unsigned_abs());
        builder.append(&header, &bytes[..])?;
    }
    Ok(builder.into_inner()?)
}

fn control(target: &Target, entries: &[Entry], needs: &str) -> Result<String> {
    let bytes: usize = entries.iter().map(|entry| entry.bytes.len()).sum();
    let mut text = String::new();
    for (field, value) in [
        ("Package", "unbraid"),
        ("Version", env!("CARGO_PKG_VERSION")),
        ("Architecture", architecture(target)),
        ("Maintainer", MAINTAINER),
        ("Installed-Size", &bytes.div_ceil(1024).to_string()),
        ("Depends", needs),
        ("Recommends", RECOMMENDS),
        ("Section", "sound"),
        ("Priority", "optional"),
    ] {
        writeln!(text, "{field}: {value}")?;
    }
    write!(text, "Description: {DESCRIPTION}")?;
    Ok(text)
}

/// The file `copyright`: <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>.
/// `mit` is our own licence file: a title, the owner and the terms.
pub fn copyright(mit: &str) -> Vec<u8> {
    let (title, rest) = mit.split_once("\n\n").unwrap_or_default();
    let (owner, terms) = rest.split_once("\n\n").unwrap_or((title, rest));
    let lines = terms.trim_end().lines().map(|line| if line.is_empty() { "." } else { line });
    let terms: String = lines.map(|line| format!(" {line}\n")).collect();
    let owner = owner.trim().trim_start_matches("Copyright (c) ");
    format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
         Upstream-Name: Unbraid\n\
         Comment: The binaries contain packages and fonts of others: see THIRD-PARTY.md.gz in\n \
         this folder.\n\
         \n\
         Files: *\n\
         Copyright: {owner}\n\
         License: Expat or Apache-2.0\n\
         \n\
         License: Expat\n{terms}\
         \n\
         License: Apache-2.0\n On Debian systems, the text is in\n \
         /usr/share/common-licenses/Apache-2.0.\n"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::super::contents;
    use super::*;

    fn made() -> (Vec<Entry>, Vec<u8>) {
        let target = Target::named("aarch64-unknown-linux-gnu").unwrap();
        let entries = contents::tests::with_parts(&contents::tests::LINUX, |parts| {
            contents::debian(parts).unwrap()
        });
        let when = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        let bytes = package(&target, &entries, "libc6 (>= 2.34)", when).unwrap();
        (entries, bytes)
    }

    /// Names and contents of an `ar` archive's members.
    fn members(package: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut archive = ar::Archive::new(package);
        let mut members = Vec::new();
        while let Some(entry) = archive.next_entry() {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            members.push((String::from_utf8(entry.header().identifier().into()).unwrap(), bytes));
        }
        members
    }

    fn files(tar_gz: &[u8]) -> Vec<(String, String)> {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(tar_gz));
        let files = archive.entries().unwrap().map(|file| {
            let mut file = file.unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            let path = file.path().unwrap().to_string_lossy().into_owned();
            (path, String::from_utf8_lossy(&bytes).into_owned())
        });
        files.filter(|(path, _)| !path.ends_with('/')).collect()
    }

    #[test]
    fn a_package_has_three_members_and_a_sum_for_each_file() {
        let (entries, package) = made();
        let members = members(&package);
        let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["debian-binary", "control.tar.gz", "data.tar.gz"]);
        assert_eq!(members[0].1, b"2.0\n");
        let control = files(&members[1].1);
        let data = files(&members[2].1);
        assert_eq!(control[0].0, "control");
        for field in [
            "Package: unbraid\n",
            "Architecture: arm64\n",
            "Depends: libc6 (>= 2.34)\n",
            concat!("Version: ", env!("CARGO_PKG_VERSION"), "\n"),
        ] {
            assert!(control[0].1.contains(field), "no {field} in {}", control[0].1);
        }
        let paths: Vec<_> = data.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, entries.iter().map(|entry| &entry.path[..]).collect::<Vec<_>>());
        let summed: Vec<_> = control[1].1.lines().map(|line| &line[34..]).collect();
        assert_eq!(summed, paths);
        // `printf bundles/Unbraid.clap | md5sum`
        let line = "5697765a858a04e17a2e6707c8456363  usr/lib/clap/Unbraid.clap";
        assert!(control[1].1.contains(line), "{}", control[1].1);
    }

    #[test]
    fn a_package_of_the_same_files_has_the_same_bytes() {
        assert_eq!(made(), made());
    }

    #[test]
    fn the_licences_are_where_debian_has_them() {
        let mit =
            "MIT License\n\nCopyright (c) 2025 Somebody\n\nPermission is\ngranted.\n\nAs is.\n";
        let text = String::from_utf8(copyright(mit)).unwrap();
        assert!(text.contains("\nCopyright: 2025 Somebody\n"), "{text}");
        assert!(text.contains("Expat\n Permission is\n granted.\n .\n As is.\n\n"), "{text}");
        assert!(text.contains("/usr/share/common-licenses/Apache-2.0"), "{text}");
    }
}
