//! Why a picture cannot be drawn.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    #[error("nothing to draw: {rows} x {columns} values; the audio must be longer than one frame")]
    Empty { rows: usize, columns: usize },
    #[error(
        "{found} bins, expected {expected} (half the FFT size and one); pass the FFT size that they were made with"
    )]
    Bins { expected: usize, found: usize },
    #[error("{found} labels for {expected} components; give each component one")]
    Labels { expected: usize, found: usize },
    #[error(
        "{value} in row {row}, column {column}, expected finite values of 0 and more; learn or analyse again from clean audio"
    )]
    Value { row: usize, column: usize, value: f32 },
    #[error("no colour `{found}`; write it as #rrggbb")]
    Color { found: String },
    #[error("{path}: cannot write: {source}; check that the folder exists, that it can be written and that the disk is not full", path = .path.display())]
    Write { path: PathBuf, source: io::Error },
}
