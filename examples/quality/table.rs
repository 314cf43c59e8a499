//! Tables, and inserting them into a Markdown file.

use std::fmt::Write;

use anyhow::Context;
use serde::Serialize;

use crate::rows::Cells;
use crate::score::mean;

/// One of the tables, and its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Letter {
    /// All sources known, mono.
    A,
    /// Stereo sets: one mask for both channels against the covariance filter.
    B,
    /// The same for mono sets, panned.
    C,
    /// One instrument against everything else.
    D,
    /// Two-way separation, compared with harmonic-percussive separation.
    E,
    /// Instruments that are not taught, or do not play.
    F,
    /// One instrument that is known to be silent in a part.
    I,
}

impl Letter {
    pub const ALL: [Letter; 7] =
        [Letter::A, Letter::B, Letter::C, Letter::D, Letter::E, Letter::F, Letter::I];
}

/// Values in dB by set, and their means by folder.
#[derive(Serialize)]
pub struct Table {
    pub table: Letter,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Row>,
}

#[derive(Clone, Serialize)]
pub struct Row {
    pub label: String,
    #[serde(skip)]
    pub folder: String,
    /// Weight of the row in a mean.
    #[serde(skip)]
    pub weight: usize,
    #[serde(skip)]
    pub is_mean: bool,
    pub db: Cells,
}

impl Table {
    /// A table from the rows of sets, which are ordered by folder. Each folder is followed by
    /// its means: of all its sets, and of those not `aside`.
    pub fn new(table: Letter, columns: &[&'static str], sets: Vec<Row>, aside: &[String]) -> Self {
        let mut rows = Vec::new();
        for folder in sets.chunk_by(|a, b| a.folder == b.folder) {
            rows.extend_from_slice(folder);
            let name = &folder[0].folder;
            if folder.len() > 1 {
                rows.push(mean_row(format!("mean of {name}"), folder.iter()));
            }
            let (left, kept): (Vec<_>, Vec<_>) =
                folder.iter().partition(|row| aside.contains(&row.label));
            if !left.is_empty() && !kept.is_empty() {
                let left: Vec<&str> = left.iter().map(|row| row.label.as_str()).collect();
                let label = format!("mean of {name} without {}", left.join(", "));
                rows.push(mean_row(label, kept.into_iter()));
            }
        }
        Self { table, columns: columns.to_vec(), rows }
    }

    pub fn markdown(&self) -> String {
        let mut text = format!("| set | {} |\n", self.columns.join(" | "));
        let _ = writeln!(text, "| --- |{}", " ---: |".repeat(self.columns.len()));
        for row in &self.rows {
            let bold = if row.is_mean { "**" } else { "" };
            let cell = |value: &Option<f64>| match value {
                // Adding 0 turns -0 into 0.
                Some(value) => format!("{bold}{:.1}{bold}", (10.0 * value).round() / 10.0 + 0.0),
                None => "–".to_string(),
            };
            let cells: Vec<String> = row.db.iter().map(cell).collect();
            let _ = writeln!(text, "| {bold}{}{bold} | {} |", row.label, cells.join(" | "));
        }
        text
    }
}

fn mean_row<'a>(label: String, rows: impl Iterator<Item = &'a Row> + Clone) -> Row {
    let columns = rows.clone().next().map_or(0, |row| row.db.len());
    let of = |column: usize| {
        let values = rows.clone();
        mean(values.flat_map(|row| std::iter::repeat_n(row.db[column], row.weight)))
    };
    Row {
        label,
        folder: String::new(),
        weight: 0,
        is_mean: true,
        db: (0..columns).map(of).collect(),
    }
}

/// Replaces the text between `<!-- NAME -->` and `<!-- end of NAME -->` with `block`.
pub fn replace_block(document: &str, name: &str, block: &str) -> anyhow::Result<String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let missing = || format!("no lines `{}` and `{end}`", begin.trim());
    let (before, rest) = document.split_once(&begin).with_context(missing)?;
    let (_, after) = rest.split_once(&end).with_context(missing)?;
    Ok(format!("{before}{begin}{block}{end}{after}"))
}
