//! `SHA256SUMS`: what `sha256sum --check` reads.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::read;

/// Writes the sums of all files in a folder, those of other systems too.
pub fn write(folder: &Path, sums: &Path) -> Result<()> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_file() && path != sums {
            paths.push(path);
        }
    }
    paths.sort();
    let mut text = String::new();
    for path in paths {
        let sum = Sha256::digest(read(&path)?);
        let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(text, "{sum}  {}", path.file_name().unwrap_or_default().to_string_lossy())?;
    }
    fs::write(sums, text).with_context(|| sums.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_but_the_sums_has_one() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::write(at("b.zip"), "abc").unwrap();
        fs::write(at("a.deb"), "").unwrap();
        fs::create_dir(at("reference")).unwrap();
        // Twice: the sums themselves do not count.
        for _ in 0..2 {
            write(place.path(), &at("SHA256SUMS")).unwrap();
        }
        // The examples of FIPS 180-2, and of nothing.
        let expected = "\
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.deb\n\
            ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b.zip\n";
        assert_eq!(fs::read_to_string(at("SHA256SUMS")).unwrap(), expected);
    }
}
