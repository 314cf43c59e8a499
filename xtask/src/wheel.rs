//! The wheel of the Python package, for this system or another.

use std::fs;
use std::io::Read as _;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::binaries::{OLDEST_MACOS, flags, uses_msvc};
use super::target::{Processor, System, Target};
use super::{cross, licences, package, python_environment, run};

/// What builds it, as `pip install` names it.
const MATURIN: &str = "maturin==1.16.0";

/// For all versions of Python from 3.10 on.
const PYTHON: &str = "cp310-abi3";

/// What the module may need beyond what Windows comes with.
const PYTHON_LIBRARY: &str = "python3.dll";

/// `cargo xtask wheel`: builds it and puts it into `target/package`.
pub fn make(words: &[String]) -> Result<()> {
    let target = target(words)?;
    let mut environment = cross::ready_to_build(&target)?;
    let metadata = run::metadata()?;
    let root = metadata.workspace_root.as_std_path();
    let folder = metadata.target_directory.as_std_path();
    let sources = root.join("python");
    // What has to go with the packages that are linked in: `license-files` in pyproject.toml.
    for (name, text) in licences::files_of_wheel(&metadata)? {
        write(&sources.join(name), text.as_bytes())?;
    }

    let python = python_environment::new(&folder.join("wheel-environment"))?;
    python_environment::install(&python, &[Path::new(MATURIN)])?;
    let built = folder.join("wheel").join(target.label());
    if built.exists() {
        fs::remove_dir_all(&built).with_context(|| built.display().to_string())?;
    }
    if target.system == System::Mac {
        environment.push(("MACOSX_DEPLOYMENT_TARGET".to_string(), OLDEST_MACOS.to_string()));
    }
    let mut maturin = Command::new(&python);
    maturin.args(["-m", "maturin", "build", "--release", "--strip", "--locked"]);
    maturin.arg("--manifest-path").arg(sources.join("Cargo.toml")).arg("--out").arg(&built);
    // A folder of its own, as other flags build everything again.
    maturin.arg("--target-dir").arg(folder.join("wheel-build")).envs(environment);
    maturin.args(flags(&metadata, uses_msvc(target.triple.as_deref())));
    if let Some(triple) = &target.triple {
        maturin.args(["--target", maturins_name(triple)]);
    }
    python_environment::run(&mut maturin)?;

    let wheel = only_file(&built)?;
    check(&wheel, &target, root).with_context(|| wheel.display().to_string())?;
    if target.runs_here() {
        python_environment::install(&python, &[Path::new("--force-reinstall"), &wheel])?;
        let import = "import unbraid; print(unbraid.__version__)";
        python_environment::run(Command::new(&python).args(["-c", import]))?;
    }
    remove_older(&package::folder()?, &target)?;
    let released = package::add(&wheel)?;
    eprintln!("{:>10} bytes  {}", fs::metadata(&released)?.len(), released.display());
    Ok(())
}

fn target(words: &[String]) -> Result<Target> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => Target::host(),
        ["--target", triple] => Target::named(triple),
        _ => bail!("usage: cargo xtask wheel [--target TARGET]"),
    }
}

/// Removes this version's wheels for a target: another compiler gives another name.
fn remove_older(folder: &Path, target: &Target) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if check_name(&name, target).is_ok() {
            fs::remove_file(&path).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

fn maturins_name(triple: &str) -> &str {
    if triple == super::target::UNIVERSAL { "universal2-apple-darwin" } else { triple }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| path.display().to_string())
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let [file] = &files[..] else { bail!("{} files in {}", files.len(), folder.display()) };
    Ok(file.clone())
}

/// Whether a wheel is for the target, complete, and without the builder's folders.
fn check(wheel: &Path, target: &Target, root: &Path) -> Result<()> {
    let name = wheel.file_name().context("no name")?.to_string_lossy();
    check_name(&name, target)?;
    let mut archive = zip::ZipArchive::new(fs::File::open(wheel)?)?;
    let names: Vec<String> = archive.file_names().map(str::to_string).collect();
    let module = module_of(&names, target)?;
    // With an end, as a short home may be a part of other words.
    let inside = |folder: &Path| format!("{}{MAIN_SEPARATOR}", folder.display());
    let home = std::env::home_dir().filter(|home| home.parent().is_some());
    let folders = [Some(inside(root)), home.as_deref().map(inside)];
    let folders: Vec<String> = folders.into_iter().flatten().collect();
    for name in &names {
        let mut bytes = Vec::new();
        archive.by_name(name)?.read_to_end(&mut bytes)?;
        for folder in &folders {
            let found = bytes.windows(folder.len()).any(|part| part == folder.as_bytes());
            ensure!(!found, "{name} names the builder's folder {folder}");
        }
        if name == module && target.system == System::Windows && !target.runs_here() {
            let path = wheel.with_file_name("module.pyd");
            write(&path, &bytes)?;
            let needed = cross::libraries_beyond_windows(&path)?;
            ensure!(needed == [PYTHON_LIBRARY], "{name} needs {needed:?}, not {PYTHON_LIBRARY}");
        }
    }
    Ok(())
}

fn check_name(name: &str, target: &Target) -> Result<()> {
    let start = format!("unbraid-{}-{PYTHON}-", env!("CARGO_PKG_VERSION"));
    let tag = name.strip_prefix(&start).and_then(|rest| rest.strip_suffix(".whl"));
    let tag = tag.with_context(|| format!("its name does not begin with {start}"))?;
    let system = match target.system {
        System::Linux => tag.contains("linux"),
        System::Windows => tag.starts_with("win_"),
        System::Mac => tag.starts_with("macosx_"),
    };
    let names: &[&str] = match target.processor {
        Processor::X86_64 => &["x86_64", "amd64"],
        Processor::Aarch64 => &["aarch64", "arm64"],
        Processor::Universal => &["universal2"],
    };
    let processor = names.iter().any(|name| tag.ends_with(name));
    ensure!(system && processor, "it is for {tag}, not for {}", target.label());
    Ok(())
}

/// The name of the module. Fails if it is missing, or another file.
fn module_of(names: &[String], target: &Target) -> Result<&'static str> {
    let module = match target.system {
        System::Windows => "unbraid/_unbraid.pyd",
        System::Linux | System::Mac => "unbraid/_unbraid.abi3.so",
    };
    let ends = ["/LICENSE-MIT", "/LICENSE-APACHE", "/THIRD-PARTY.md"];
    let wanted = [module, "unbraid/__init__.py", "unbraid/_unbraid.pyi", "unbraid/py.typed"];
    let absent = wanted.iter().filter(|wanted| !names.iter().any(|name| name == **wanted));
    let absent = absent.chain(ends.iter().filter(|end| !names.iter().any(|n| n.ends_with(**end))));
    let absent: Vec<&str> = absent.copied().collect();
    ensure!(absent.is_empty(), "it lacks {}", absent.join(", "));
    Ok(module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_names_its_target() {
        let version = env!("CARGO_PKG_VERSION");
        for (triple, tag) in [
            ("x86_64-unknown-linux-gnu", "manylinux_2_34_x86_64"),
            ("aarch64-unknown-linux-gnu", "linux_aarch64"),
            ("x86_64-pc-windows-gnu", "win_amd64"),
            ("universal-apple-darwin", "macosx_11_0_universal2"),
        ] {
            let target = Target::named(triple).unwrap();
            check_name(&format!("unbraid-{version}-cp310-abi3-{tag}.whl"), &target).unwrap();
            for wrong in ["cp310-abi3-win_arm64", "cp313-cp313-win_amd64", "cp310-abi3-any"] {
                assert!(check_name(&format!("unbraid-{version}-{wrong}.whl"), &target).is_err());
            }
        }
    }

    #[test]
    fn other_words_are_refused() {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(target(&[]).unwrap(), Target::host().unwrap());
        let named = target(&words(&["--target", "x86_64-pc-windows-gnu"])).unwrap();
        assert_eq!(named.label(), "windows-x86_64");
        for wrong in [&["--targt", "x86_64-pc-windows-gnu"][..], &["--offline"], &["--target"]] {
            assert!(target(&words(wrong)).is_err());
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let target = Target::named("x86_64-pc-windows-gnu").unwrap();
        let names = ["unbraid/_unbraid.pyd", "unbraid/__init__.py", "unbraid/py.typed"];
        let names = names.map(str::to_string);
        let error = module_of(&names, &target).unwrap_err().to_string();
        assert_eq!(
            error,
            "it lacks unbraid/_unbraid.pyi, /LICENSE-MIT, /LICENSE-APACHE, /THIRD-PARTY.md"
        );
    }
}
