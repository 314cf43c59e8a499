//! The bundled VST3 in hosts that others made. `docs/hosts.md` says what they show.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail, ensure};

use super::binaries::{Build, Part};
use super::python_environment::{run, with_requirements};
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
    let environment = root.join("target/hosts");
    let python = with_requirements(&environment, &checks.join("requirements.txt"))?;
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
