//! Measures how well Unbraid separates, as tables: every set of solo clips and stems in the
//! given folders is learned with the defaults, separated through the streaming engine, and
//! scored (mean SDR, BSS-eval version 3).
//!
//! ```text
//! cargo run --release --example quality -- DATA/open DATA/real --update docs/quality.md
//! ```
//!
//! A set is a folder with `train/NAME.flac`, where the source plays alone, `test/NAME.flac`,
//! its part in the mixture, and `test/mixture.flac`, if that is not simply the sum.
//! `docs/quality.md` explains the tables.

mod baselines;
mod rows;
mod score;
mod separation;
mod set;
mod silences;
mod table;
mod use_cases;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Parser;
use rayon::prelude::*;
use serde_json::json;

use rows::Cells;
use separation::{Known, SumCheck};
use set::{Excerpt, Set};
use table::{Letter, Row, Table};

/// Scores Unbraid on sets of clips and stems, and prints tables in Markdown.
#[derive(Parser)]
struct Args {
    /// Folders of sets.
    #[arg(value_name = "DATA_DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Tables to make.
    #[arg(long, value_delimiter = ',', value_enum, value_name = "LETTER,...")]
    #[arg(default_values_t = Letter::ALL, hide_default_value = true)]
    tables: Vec<Letter>,
    /// Only these sets.
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    sets: Vec<String>,
    /// Sets to leave out of a second mean.
    #[arg(long, value_delimiter = ',', value_name = "NAME,...", default_value = "seed7")]
    aside: Vec<String>,
    /// Seconds of each test that are scored.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Where in each test they start.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    from: f64,
    /// Where table c places the sources, in turn: -1 left to 1 right.
    #[arg(long, value_delimiter = ',', value_name = "PAN,...", allow_hyphen_values = true)]
    #[arg(default_value = "-0.7,0.7,-0.25,0.25")]
    pans: Vec<f32>,
    /// Print JSON instead of Markdown.
    #[arg(long)]
    json: bool,
    /// Put the tables in this Markdown file, each between its `<!-- table a -->`
    /// and `<!-- end of table a -->`, instead of printing them.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    update: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    ensure!(args.seconds > 0.0 && args.from >= 0.0, "--seconds is above 0, --from not below");
    if let Some(path) = &args.update {
        // Checked now rather than after minutes of work.
        let empty: Vec<_> = args.tables.iter().map(|table| (*table, String::new())).collect();
        updated(path, &empty, "")?;
    }
    let start = Instant::now();
    let excerpt = Excerpt { from_s: args.from, seconds: args.seconds };
    let sets = set::load_all(&args.folders, &args.sets, excerpt)?;
    let check = SumCheck::default();
    let measured = sets.par_iter().map(|set| {
        let rows = measure(set, &args, &check).with_context(|| set.name.clone());
        eprintln!("{:6.1} s  {}", start.elapsed().as_secs_f64(), set.name);
        rows
    });
    let measured: Vec<Vec<Option<Cells>>> = measured.collect::<anyhow::Result<_>>()?;
    let tables = tabulate(&args, &sets, &measured);
    report(&args, &tables, check.peak_dbfs())
}

/// A row of each table, where the set belongs in it.
fn measure(set: &Set, args: &Args, check: &SumCheck) -> anyhow::Result<Vec<Option<Cells>>> {
    let mono = set.mono();
    let known = Known::new(&mono, check);
    let row = |table: &Letter| match table {
        Letter::A => rows::known(&known).map(Some),
        Letter::B if set.is_stereo() => rows::stereo(&Known::new(set, check), set).map(Some),
        Letter::C if !set.is_stereo() => {
            rows::stereo(&known, &rows::panned(set, &args.pans)).map(Some)
        }
        Letter::D if set.sources.len() > 1 => rows::alone(&known).map(Some),
        Letter::E => rows::two_way(&known),
        Letter::F if set.sources.len() > 1 => use_cases::use_cases(&known).map(Some),
        Letter::I if set.sources.len() > 1 => silences::silences(&known).map(Some),
        Letter::B | Letter::C | Letter::D | Letter::F | Letter::I => Ok(None),
    };
    args.tables.iter().map(row).collect()
}

fn tabulate(args: &Args, sets: &[Set], measured: &[Vec<Option<Cells>>]) -> Vec<Table> {
    let table = |(place, letter): (usize, &Letter)| {
        let row = |(set, rows): (&Set, &Vec<Option<Cells>>)| {
            rows[place].clone().map(|db| Row {
                label: set.name.clone(),
                folder: set.folder.clone(),
                // Table d counts instruments, not sets.
                weight: if *letter == Letter::D { set.sources.len() } else { 1 },
                is_mean: false,
                db,
            })
        };
        let columns: &[&str] = match letter {
            Letter::A => &rows::KNOWN,
            Letter::B | Letter::C => &rows::STEREO,
            Letter::D => &rows::ALONE,
            Letter::E => &rows::TWO_WAY,
            Letter::F => &use_cases::USE_CASES,
            Letter::I => &silences::SILENCES,
        };
        Table::new(
            *letter,
            columns,
            sets.iter().zip(measured).filter_map(row).collect(),
            &args.aside,
        )
    };
    args.tables.iter().enumerate().map(table).collect()
}

fn report(args: &Args, tables: &[Table], sum_error_dbfs: f32) -> anyhow::Result<()> {
    let check = format!("{sum_error_dbfs:.1} dBFS");
    if args.json {
        let scored = json!({ "from_s": args.from, "seconds": args.seconds });
        let report =
            json!({ "tables": tables, "scored": scored, "max_sum_error_dbfs": sum_error_dbfs });
        println!("{report:#}");
    } else if let Some(path) = &args.update {
        let blocks: Vec<_> = tables.iter().map(|table| (table.table, table.markdown())).collect();
        std::fs::write(path, updated(path, &blocks, &check)?)?;
        println!("{}: tables replaced; largest sum error {check}", path.display());
    } else {
        for table in tables.iter().filter(|table| !table.rows.is_empty()) {
            println!("Table {:?}\n\n{}", table.table, table.markdown());
        }
        println!("Largest |sum of sources - input| of all runs: {check}");
    }
    Ok(())
}

/// A Markdown file with these tables in their places. The sum error covers all tables, so it
/// is updated only if all of them are.
fn updated(path: &Path, tables: &[(Letter, String)], check: &str) -> anyhow::Result<String> {
    let name = || path.display().to_string();
    let mut document = std::fs::read_to_string(path).with_context(name)?;
    for (letter, table) in tables {
        let block = format!("table {letter:?}").to_lowercase();
        document = table::replace_block(&document, &block, table).with_context(name)?;
    }
    if Letter::ALL.iter().all(|letter| tables.iter().any(|(other, _)| letter == other)) {
        document = table::replace_block(&document, "sum error", &format!("{check}\n"))?;
    }
    Ok(document)
}
