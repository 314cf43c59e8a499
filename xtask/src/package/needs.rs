//! Which packages of Debian the binaries need.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// Libraries that a binary may be linked with. Those of the window are loaded when it opens.
const LIBRARIES: [(&str, &str); 5] = [
    ("libc.so.6", "libc6"),
    ("libm.so.6", "libc6"),
    ("ld-linux-x86-64.so.2", "libc6"),
    ("ld-linux-aarch64.so.1", "libc6"),
    ("libgcc_s.so.1", "libgcc-s1"),
];

/// For the field `Depends`: the C library in the oldest version that has all that `binaries`
/// use, and what else they are linked with.
pub fn of(binaries: &[PathBuf]) -> Result<String> {
    let mut readelf = Command::new("readelf");
    readelf.args(["--dynamic", "--version-info", "--wide"]).args(binaries).env("LC_ALL", "C");
    let output = readelf.output().context("a Debian package needs readelf: install binutils")?;
    ensure!(output.status.success(), "readelf: {}", String::from_utf8_lossy(&output.stderr));
    depends(&String::from_utf8_lossy(&output.stdout))
}

/// From what `readelf` prints.
fn depends(text: &str) -> Result<String> {
    let mut packages = Vec::new();
    for line in text.lines() {
        let Some((_, library)) = line.split_once("Shared library: [") else { continue };
        let library = library.trim_end_matches(']');
        let known = LIBRARIES.iter().find(|(name, _)| *name == library);
        let Some((_, package)) = known else {
            bail!("a binary is linked with {library}: add its package in {}", file!())
        };
        packages.push((*package).to_string());
    }
    let versions = text.split("Name: GLIBC_").skip(1).filter_map(|rest| {
        let version = rest.split_whitespace().next()?;
        version.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>()
    });
    let newest = versions.max().context("readelf shows no version of the C library")?;
    let newest = newest.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
    packages.sort();
    packages.dedup();
    for package in packages.iter_mut().filter(|package| *package == "libc6") {
        *package = format!("libc6 (>= {newest})");
    }
    Ok(packages.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "
 0x0000000000000001 (NEEDED)             Shared library: [libgcc_s.so.1]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x0000000000000001 (NEEDED)             Shared library: [libm.so.6]
  0x0010:   Name: GLIBC_2.9  Flags: none  Version: 8
  0x0020:   Name: GLIBC_2.34  Flags: none  Version: 7
  0x0030:   Name: GLIBC_2.2.5  Flags: none  Version: 5
  0x0050:   Name: GCC_3.0  Flags: none  Version: 9
";

    #[test]
    fn the_newest_version_in_use_is_needed() {
        assert_eq!(depends(PRINTED).unwrap(), "libc6 (>= 2.34), libgcc-s1");
    }

    #[test]
    fn an_unknown_library_is_an_error() {
        let printed = format!("{PRINTED} (NEEDED)  Shared library: [libasound.so.2]\n");
        let error = depends(&printed).unwrap_err().to_string();
        assert!(error.contains("libasound.so.2"), "{error}");
        assert!(depends("").is_err());
    }
}
