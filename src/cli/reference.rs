//! `unbraid completions` and `unbraid man`: made from the definition of the command line.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;
use super::output::{self, REMEDY};

/// Writes the completions of a shell to standard output.
///
/// For bash: `unbraid completions bash > ~/.local/share/bash-completion/completions/unbraid`.
#[derive(clap::Args)]
pub struct CompletionsArgs {
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Writes the man pages into a folder.
#[derive(clap::Args)]
pub struct ManArgs {
    /// Folder for unbraid.1 and a page for each command; existing pages are replaced.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub fn completions(args: &CompletionsArgs) -> anyhow::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "unbraid", &mut text);
    output::print(&String::from_utf8_lossy(&text))
}

pub fn man(args: &ManArgs) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), &args.folder))
        .map_err(|error| anyhow!("{}: cannot write: {error}; {REMEDY}", args.folder.display()))
}
