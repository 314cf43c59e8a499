//! Installs, runs and removes this system's packages, as a user does.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::{debian, folder, name, read};
use crate::system;
use crate::target::{System, Target};

/// What is done in the root of the Debian system.
const IN_DEBIAN: &str = include_str!("in_debian.sh");

const USAGE: &str = "usage: cargo xtask package-check [home | debian [RELEASE]]";

/// `cargo xtask package-check`: `words` choose one of the two checks.
pub fn run(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (home, debian) = match words[..] {
        [] => (true, Some("stable")),
        ["home"] => (true, None),
        ["debian"] => (false, Some("stable")),
        ["debian", release] => (false, Some(release)),
        _ => bail!(USAGE),
    };
    let target = Target::host()?;
    ensure!(target.system == System::Linux, "there is no check for this system's packages yet");
    if home {
        let archive = existing(&format!("{}.tar.gz", name(&target)))?;
        timed("in an empty home", || in_home(&target, &archive))?;
    }
    if let Some(release) = debian {
        let package = existing(&debian::file_name(&target))?;
        timed("in an empty Debian", || in_debian(&package, release))?;
    }
    Ok(())
}

fn existing(name: &str) -> Result<PathBuf> {
    let path = folder()?.join(name);
    ensure!(path.is_file(), "{} is missing: run `cargo xtask package`", path.display());
    Ok(path)
}

fn timed(what: &str, check: impl FnOnce() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    check().with_context(|| what.to_string())?;
    eprintln!("{what}: installed, ran and was removed, in {} s", start.elapsed().as_secs());
    Ok(())
}

/// With a blank in the paths of both.
fn in_home(target: &Target, archive: &Path) -> Result<()> {
    let place = empty_folder()?;
    let [home, unpacked] = ["a home", "an archive"].map(|name| place.join(name));
    fs::create_dir_all(&home).with_context(|| home.display().to_string())?;
    let bytes = read(archive)?;
    tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..])).unpack(&unpacked)?;
    let script = unpacked.join(name(target)).join("install.sh");
    let run = |program: &OsStr, words: &[&str]| {
        let mut command = Command::new(program);
        command.args(words).current_dir(&home).env("HOME", &home);
        command.env_remove("XDG_DATA_HOME").env_remove("SUDO_USER");
        succeeds(&mut command)
    };
    let script = script.to_str().context("the path is not Unicode")?;
    run("sh".as_ref(), &[script])?;
    for file in [".clap/Unbraid.clap", ".vst3/Unbraid.vst3/Contents"] {
        ensure!(home.join(file).exists(), "there is no ~/{file}");
    }
    run(home.join(".local/bin/unbraid").as_ref(), &["--quiet", "demo", "-o", "demo"])?;
    fs::remove_dir_all(home.join("demo"))?;
    run("sh".as_ref(), &[script, "--uninstall"])?;
    let left = files(&home)?;
    ensure!(left.is_empty(), "these files are left: {left:?}");
    fs::remove_dir_all(&place).with_context(|| place.display().to_string())
}

/// In a root that has the packages of a minimal system only, and is removed again.
fn in_debian(package: &Path, release: &str) -> Result<()> {
    system::install(&system::EMPTY_DEBIAN)?;
    let place = empty_folder()?;
    fs::write(place.join("in_debian.sh"), IN_DEBIAN)?;
    fs::copy(package, place.join("unbraid.deb"))?;
    let hook = |text: &str| format!("--customize-hook={text}");
    let mut make = Command::new("mmdebstrap");
    make.args(["--variant=minbase", "--include=man-db", "--format=null", "--quiet"])
        .arg(hook("copy-in in_debian.sh unbraid.deb /root"))
        .arg(hook(r#"chroot "$1" sh /root/in_debian.sh"#))
        .args([release, "/dev/null"])
        .current_dir(&place);
    succeeds(&mut make)?;
    fs::remove_dir_all(&place).with_context(|| place.display().to_string())
}

/// Where a check is made.
fn empty_folder() -> Result<PathBuf> {
    let place = folder()?.join("check");
    if place.exists() {
        fs::remove_dir_all(&place).with_context(|| place.display().to_string())?;
    }
    fs::create_dir_all(&place).with_context(|| place.display().to_string())?;
    Ok(place)
}

fn succeeds(command: &mut Command) -> Result<()> {
    let line = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {line}"))?;
    ensure!(status.success(), "{line} failed");
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
