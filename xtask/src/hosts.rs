//! The bundled VST3 in hosts that others made. `docs/hosts.md` says what they show.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::binaries::{Build, Part};
use super::{bundles, system};

/// Checks in Python; each is given the bundle, the command and the demo's clips.
const SCRIPTS: [&str; 2] = ["vst3.py", "dawdreamer_check.py"];

/// Bundles the plugin, builds the command and runs every check; `words`, if any,
/// are a VST3 and a command to check instead.
pub fn check(words: &[String]) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let (bundle, command) = match words {
        [] => built()?,
        [bundle, command] => (PathBuf::from(bundle), PathBuf::from(command)),
        _ => bail!("usage: cargo xtask hosts [BUNDLE.vst3 COMMAND]"),
    };
    for path in [&bundle, &command] {
        ensure!(path.exists(), "{} is not there", path.display());
    }
    let checks = root.join("tests/hosts");
    let python = python(&root.join("target/hosts"), &checks)?;
    let clips = root.join("assets/demo");
    let given = [bundle.as_path(), &command, &clips];

    let mut failed = Vec::new();
    let mut note = |name: &str, result: Result<()>| {
        if let Err(error) = result {
            eprintln!("{error:#}");
            failed.push(name.to_string());
        }
    };
    for script in SCRIPTS {
        note(script, run(Command::new(&python).arg(checks.join(script)).args(given)));
    }
    if system::found("ardour7-lua").is_some() {
        let script = checks.join("ardour.sh");
        note("ardour.sh", run(Command::new(script).args(given).arg(&python)));
    } else {
        eprintln!("left out: Ardour 7 is not installed; run `apt-get install ardour`");
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// The VST3 and the command, as they are shipped, made from the present sources.
fn built() -> Result<(PathBuf, PathBuf)> {
    let build = Build::of(&[])?;
    Ok((bundles::of(&build)?.join("Unbraid.vst3"), build.make(Part::Command)?))
}

/// The interpreter of an environment that has the hosts from PyPI.
fn python(environment: &Path, checks: &Path) -> Result<PathBuf> {
    let inside = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    let python = environment.join(inside);
    if !has_pip(&python) {
        make_environment(environment)?;
    }
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(checks.join("requirements.txt")))?;
    Ok(python)
}

fn make_environment(environment: &Path) -> Result<()> {
    let make = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment));
    if make().is_ok() {
        return Ok(());
    }
    system::install(&system::PYTHON_ENVIRONMENTS)?;
    make()
}

fn has_pip(python: &Path) -> bool {
    let mut probe = Command::new(python);
    probe.args(["-m", "pip", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Shows the command and runs it.
fn run(command: &mut Command) -> Result<()> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    eprintln!("+ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    ensure!(status.success(), "`{line}` failed");
    Ok(())
}
