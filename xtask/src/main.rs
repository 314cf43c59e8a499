//! What a developer, a newcomer or the machine that checks every change runs:
//! `cargo xtask` lists it. The steps are named here and nowhere else.

mod binaries;
mod bundles;
mod cross;
mod framework;
mod graph;
mod hosts;
mod licences;
mod package;
mod pictures;
mod public_api;
mod python;
mod python_environment;
mod reference;
mod release;
mod run;
mod screen;
mod system;
mod target;
mod wheel;

use std::process::ExitCode;

use anyhow::Result;
use run::{cargo, component, plain};

/// Random states per case of `hostile`; `test` tries fewer.
const HOSTILE_ROUNDS: &str = "1000";

struct Task {
    name: &'static str,
    help: &'static str,
    /// Given what follows the name on the command line.
    run: fn(&[String]) -> Result<()>,
}

const TASKS: &[Task] = &[
    Task { name: "demo", help: "build, then separate a band of four instruments", run: demo },
    Task { name: "test", help: "every test, the examples in the documentation too", run: test },
    Task {
        name: "test-python",
        help: "the Python package, installed, and its notebook; `test` does it too",
        run: python::test,
    },
    Task {
        name: "hostile",
        help: "hosts that break the rules, with more damaged states than in `test`",
        run: hostile,
    },
    Task { name: "check", help: "format, lints, documentation, public interface", run: check },
    Task {
        name: "public-api",
        help: "[--update]: compare the library's interface with the list in tests/fixtures",
        run: public_api::run,
    },
    Task {
        name: "bundle",
        help: "[--target TARGET]: Unbraid.clap and Unbraid.vst3, to target/bundled",
        run: bundles::make,
    },
    Task {
        name: "bundle-universal",
        help: "the same for both processors of Macs (on a Mac)",
        run: bundles::make_universal,
    },
    Task {
        name: "package",
        help: "[--target TARGET]: what a release has, but the wheel, to target/package",
        run: package::make,
    },
    Task {
        name: "wheel",
        help: "[--target TARGET]: the Python package, built, to target/package",
        run: wheel::make,
    },
    Task {
        name: "package-check",
        help: "[home | debian [RELEASE]]: install, run and remove this system's packages",
        run: package::check::run,
    },
    Task {
        name: "release-check",
        help: "[TAG]: whether version, changes, licences and git are ready for a release",
        run: release::check,
    },
    Task {
        name: "hosts",
        help: "the VST3 in pedalboard, dawdreamer and Ardour",
        run: hosts::check,
    },
    Task {
        name: "licences",
        help: "those of others, to target/THIRD-PARTY.md",
        run: licences::write,
    },
    Task {
        name: "man",
        help: "the command's man pages and completions, to target/man",
        run: reference::write,
    },
    Task {
        name: "cross",
        help: "windows|arm|mac-check [--short]: tests and lints for other systems",
        run: cross::run,
    },
    Task { name: "ci", help: "check, test, and a short `cross`", run: ci },
    Task {
        name: "graph",
        help: "draw the module graph, docs/images/*modules.svg",
        run: graph::draw,
    },
    Task { name: "pictures", help: "draw docs/images from the demo again", run: pictures::draw },
    Task { name: "screenshots", help: "take the window's pictures again", run: screen::shoot },
    Task {
        name: "window-cost",
        help: "[WIDTH HEIGHT]: pictures a second, and time of the audio thread",
        run: screen::measure,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let task = words.first().and_then(|name| TASKS.iter().find(|task| task.name == name));
    let Some(task) = task else {
        eprintln!("usage: cargo xtask TASK");
        TASKS.iter().for_each(|task| eprintln!("  {:<18}{}", task.name, task.help));
        return ExitCode::from(2);
    };
    match (task.run)(&words[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {}: {error:#}", task.name);
            ExitCode::FAILURE
        }
    }
}

/// `words` go to `unbraid demo`.
fn demo(words: &[String]) -> Result<()> {
    cargo(run::DEMO)?.args(words).run()
}

/// `words` go to `cargo test` of the package. Without any, every test runs, those of the window,
/// of the tasks and of the Python package too.
fn test(words: &[String]) -> Result<()> {
    if !words.is_empty() {
        return cargo("test --release")?.args(words).run();
    }
    if cfg!(target_os = "linux") {
        system::install(&system::WINDOW)?;
    }
    cargo("test --release")?.run()?;
    // In the profile that it has just been built in.
    plain("test --profile xtask --package xtask").run()?;
    python::test(&[])
}

/// `words` go to `cargo test`: a part of the cases' names, for example.
fn hostile(words: &[String]) -> Result<()> {
    let cargo = cargo("test --release --test hostile")?.args(words);
    cargo.env("UNBRAID_HOSTILE_ROUNDS", HOSTILE_ROUNDS).run()
}

/// In the profile of the tests, and all three over one set of checked
/// dependencies.
fn check(_: &[String]) -> Result<()> {
    component("fmt", "rustfmt")?;
    component("clippy", "clippy")?;
    plain("fmt --all --check").run()?;
    cargo("clippy --locked --release --workspace --all-targets -- -D warnings")?.run()?;
    cargo("doc --release --workspace --no-deps")?.env("RUSTDOCFLAGS", "-D warnings").run()?;
    public_api::run(&[])
}

fn ci(_: &[String]) -> Result<()> {
    check(&[])?;
    // Plain `cargo build` and `cargo bench` use the framework as published.
    plain("clippy --locked --release --all-targets -- -D warnings").run()?;
    test(&[])?;
    cross::check_briefly()
}
