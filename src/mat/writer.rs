//! Writing matrices of doubles, compressed and in little-endian order.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use ndarray::ArrayView2;

use super::error::MatError;
use super::format::{ALIGNMENT, HEADER, TEXT, VERSION, class, data};
use super::reader::MAX_ENTRIES;
use super::variable::{Kind, Variable};
use crate::atomic_file::write_atomically;

/// Writes `matrices` (name, and rows × columns) to the file at `path`, completely or not at all,
/// in place of what was there. The same matrices give the same bytes: there is no date in them.
///
/// # Errors
///
/// If the file cannot be written, a name is none that MATLAB accepts, or a matrix has more than
/// [`MAX_ENTRIES`].
pub fn write(path: &Path, matrices: &[(&str, ArrayView2<f64>)]) -> Result<(), MatError> {
    for (name, matrix) in matrices {
        check(path, name, matrix)?;
    }
    write_atomically(path, |file| {
        file.write_all(&header())?;
        for (name, matrix) in matrices {
            let compressed = compressed(name, matrix)?;
            file.write_all(&tag(data::COMPRESSED, compressed.len())?)?;
            file.write_all(&compressed)?;
        }
        Ok::<(), io::Error>(())
    })
    .map_err(|cause| MatError::Write { path: path.to_path_buf(), cause })
}

fn check(path: &Path, name: &str, matrix: &ArrayView2<f64>) -> Result<(), MatError> {
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let first = |c: char| c.is_ascii_alphabetic();
    if !(name.starts_with(first) && name.chars().all(in_name) && name.len() <= 63) {
        return Err(MatError::Name(name.to_string()));
    }
    if matrix.len() > MAX_ENTRIES || matrix.shape().iter().any(|&size| size > i32::MAX as usize) {
        let (name, shape) = (name.to_string(), matrix.shape().to_vec());
        let variable = Variable { name, kind: Kind::Real, shape };
        return Err(MatError::TooLarge { path: path.to_path_buf(), variable });
    }
    Ok(())
}

fn header() -> Vec<u8> {
    let mut header = concat!("MATLAB 5.0 MAT-file, written by Unbraid ", env!("CARGO_PKG_VERSION"))
        .as_bytes()
        .to_vec();
    header.resize(TEXT, b' ');
    // Where MATLAB's objects are: there are none.
    header.resize(HEADER - 4, 0);
    header.extend(VERSION.to_le_bytes());
    header.extend(b"IM");
    header
}

fn tag(kind: u32, length: usize) -> io::Result<[u8; 8]> {
    let length = u32::try_from(length).map_err(io::Error::other)?;
    let mut tag = [0; 8];
    tag[..4].copy_from_slice(&kind.to_le_bytes());
    tag[4..].copy_from_slice(&length.to_le_bytes());
    Ok(tag)
}

/// A part of a variable, padded. The format wants up to four bytes inside the tag.
fn part(kind: u32, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut part = match bytes.len() {
        length @ 1..=4 => ((length as u32) << 16 | kind).to_le_bytes().to_vec(),
        length => tag(kind, length)?.to_vec(),
    };
    part.extend(bytes);
    part.resize(part.len().next_multiple_of(ALIGNMENT), 0);
    Ok(part)
}

fn compressed(name: &str, matrix: &ArrayView2<f64>) -> io::Result<Vec<u8>> {
    let (rows, columns) = matrix.dim();
    let words = |words: [u32; 2]| words.map(u32::to_le_bytes).concat();
    let mut before = part(data::UINT32, &words([class::DOUBLE, 0]))?;
    before.extend(part(data::INT32, &words([rows as u32, columns as u32]))?);
    before.extend(part(data::INT8, name.as_bytes())?);
    // Doubles need no padding.
    before.extend(tag(data::DOUBLE, matrix.len() * size_of::<f64>())?);
    let length = before.len() + matrix.len() * size_of::<f64>();

    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&tag(data::MATRIX, length)?)?;
    encoder.write_all(&before)?;
    for column in matrix.columns() {
        let bytes: Vec<u8> = column.iter().flat_map(|x| x.to_le_bytes()).collect();
        encoder.write_all(&bytes)?;
    }
    encoder.finish()
}
