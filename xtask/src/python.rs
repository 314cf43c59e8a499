//! The Python package: installed as users install it, and tested.

use std::process::Command;

use anyhow::Result;

use super::python_environment::{install, run, with_requirements};
use super::run::{cargo, metadata};

/// `words` go to pytest.
pub fn test(words: &[String]) -> Result<()> {
    let metadata = metadata()?;
    let package = metadata.workspace_root.join("python").into_std_path_buf();
    let target = metadata.target_directory.into_std_path_buf();
    // The tests compare the package with it.
    cargo("build --release --bin unbraid")?.run()?;
    let tests = package.join("tests");
    let python = with_requirements(&target.join("python"), &tests.join("requirements.txt"))?;
    install(&python, &[&package])?;
    let module = |name: &str| {
        let mut command = Command::new(&python);
        command.args(["-m", name]).current_dir(&package);
        command
    };
    run(module("ruff").args(["check", "--quiet", "."]))?;
    run(module("ruff").args(["format", "--quiet", "--check", "."]))?;
    let command = target.join("release").join(format!("unbraid{}", std::env::consts::EXE_SUFFIX));
    // Not in the package's folder, whose sources lack the native part.
    let mut pytest = module("pytest");
    pytest.current_dir(&tests).env("UNBRAID_COMMAND", command);
    run(pytest.arg("--quiet").args(words))
}
