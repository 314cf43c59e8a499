//! The `unbraid` command, with one file per sub-command.
//!
//! Data goes to standard output, progress and notes to standard error. Exit status: 0 for
//! success, 2 for wrong usage, 130 if the user stopped the command, 1 for anything else,
//! with one line that names the file and the remedy.

mod adapted_rest;
mod chosen_dictionary;
mod clip_file;
mod decompose;
mod demo;
mod evaluate;
mod failure;
mod frames;
mod inspect;
mod interrupt;
mod learn;
mod library;
mod long_spectrogram;
mod output;
mod plot;
mod progress;
mod recording;
mod reference;
mod separate;
mod silence;
mod staging;
mod strength;
mod values;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Separates one instrument from a mix, after learning from a few seconds of it.
#[derive(Parser)]
#[command(name = "unbraid", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// No progress and no notes; only results and errors.
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Subcommand)]
enum Command {
    Learn(learn::Args),
    Separate(separate::Args),
    Decompose(decompose::Args),
    Evaluate(evaluate::Args),
    Inspect(inspect::Args),
    Library(library::Args),
    Plot(plot::Args),
    Demo(demo::Args),
    Completions(reference::CompletionsArgs),
    #[command(hide = true)]
    Man(reference::ManArgs),
}

fn main() -> ExitCode {
    interrupt::install();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::report_usage(&error),
    };
    if cli.quiet {
        progress::be_quiet();
    }
    let done = match cli.command {
        Command::Learn(args) => learn::run(&args),
        Command::Separate(args) => separate::run(&args),
        Command::Decompose(args) => decompose::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Library(args) => library::run(&args),
        Command::Plot(args) => plot::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Completions(args) => reference::completions(&args),
        Command::Man(args) => reference::man(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}
