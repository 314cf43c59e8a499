//! Reading, variable by variable: what is not asked for is skipped.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::ZlibDecoder;
use ndarray::{Array2, ShapeBuilder};

use super::error::{MatError, Problem};
use super::format::{ALIGNMENT, COMPLEX, HEADER, VERSION, class, data};
use super::variable::{Kind, Variable};

/// Matrices with more entries are refused: as doubles they fill 2 GiB, which is also the most
/// that MATLAB saves in one variable of this format.
pub const MAX_ENTRIES: usize = 1 << 28;

/// Longest name that is read, in bytes. MATLAB's names have at most 63.
const MAX_NAME: u64 = 256;

/// Most dimensions that are read.
const MAX_DIMENSIONS: u64 = 64;

/// Bytes that are decoded at a time; a multiple of the size of every number.
const PIECE: usize = 1 << 16;

/// The matrix `name` (rows × columns, in column-major order) of the file at `path`. Scalars and
/// vectors are matrices, too.
///
/// # Errors
///
/// If the file cannot be read, is in another format or damaged, if it has no such variable, and if
/// that is not a full real matrix of at most [`MAX_ENTRIES`].
pub fn read(path: &Path, name: &str) -> Result<Array2<f64>, MatError> {
    let mut found = Vec::new();
    let matrix = scan(path, |variable, body| {
        if variable.name == name {
            return matrix(variable, body).map(Some);
        }
        found.push(variable.name.clone());
        Ok(None)
    })?;
    matrix.ok_or_else(|| {
        let (path, name) = (path.to_path_buf(), name.to_string());
        MatError::Missing { path, name, found }
    })
}

/// All variables of the file at `path`, in its order.
///
/// # Errors
///
/// If the file cannot be read, is in another format or damaged.
pub fn variables(path: &Path) -> Result<Vec<Variable>, MatError> {
    let mut found = Vec::new();
    scan(path, |variable, _| {
        found.push(variable.clone());
        Ok(None::<()>)
    })?;
    Ok(found)
}

/// Takes a variable and what follows its name; a result ends the scan.
type Visit<'a, T> = dyn FnMut(&Variable, &mut Body) -> Result<Option<T>, Problem> + 'a;

/// Calls `visit` with each variable and what follows its name, until there is a result.
fn scan<T>(
    path: &Path,
    mut visit: impl FnMut(&Variable, &mut Body) -> Result<Option<T>, Problem>,
) -> Result<Option<T>, MatError> {
    let file = File::open(path).map_err(|cause| Problem::from(cause).at(path))?;
    scan_stream(&mut BufReader::new(file), &mut visit).map_err(|problem| problem.at(path))
}

fn scan_stream<T>(stream: &mut dyn Read, visit: &mut Visit<T>) -> Result<Option<T>, Problem> {
    let order = header(stream)?;
    while let Some((kind, length)) = outer_tag(stream, order)? {
        let mut element = stream.take(length.into());
        let result = match kind {
            data::MATRIX => variable(&mut element, order, visit)?,
            data::COMPRESSED => {
                let mut inflated = ZlibDecoder::new(&mut element);
                let Some((data::MATRIX, length)) = outer_tag(&mut inflated, order)? else {
                    return Err(Problem::Damaged("a compressed variable holds something else"));
                };
                let result = variable(&mut (&mut inflated).take(length.into()), order, visit)?;
                if result.is_some() {
                    // Only padding is left; the checksum is compared at the end.
                    let most = ALIGNMENT as u64;
                    if io::copy(&mut inflated.take(most), &mut io::sink())? == most {
                        return Err(Problem::Damaged("a variable is longer than it says"));
                    }
                }
                result
            }
            _ => None,
        };
        if result.is_some() {
            return Ok(result);
        }
        io::copy(&mut element, &mut io::sink())?;
        if element.limit() > 0 {
            return Err(Problem::Damaged("it ends early"));
        }
    }
    Ok(None)
}

/// The order of bytes in a number.
#[derive(Clone, Copy, Debug)]
enum Order {
    Little,
    Big,
}

impl Order {
    /// The `N` bytes of a number, the lowest first.
    fn little<const N: usize>(self, bytes: &[u8]) -> [u8; N] {
        let mut little: [u8; N] = bytes.try_into().expect("pieces of this size");
        if matches!(self, Order::Big) {
            little.reverse();
        }
        little
    }

    fn u32(self, bytes: &[u8]) -> u32 {
        u32::from_le_bytes(self.little(bytes))
    }
}

fn header(stream: &mut dyn Read) -> Result<Order, Problem> {
    let mut bytes = Vec::new();
    stream.take(HEADER as u64).read_to_end(&mut bytes)?;
    if let Some(other) = other_format(&bytes) {
        return Err(Problem::Format(other));
    }
    const UNKNOWN: Problem = Problem::Format("not a MAT-file");
    let Some(mark) = bytes.get(HEADER - 4..HEADER) else { return Err(UNKNOWN) };
    let order = match &mark[2..] {
        b"IM" => Order::Little,
        b"MI" => Order::Big,
        _ => return Err(UNKNOWN),
    };
    match u16::from_le_bytes(order.little(&mark[..2])) {
        VERSION => Ok(order),
        0x0200 => Err(Problem::Format(HDF5)),
        _ => Err(UNKNOWN),
    }
}

const HDF5: &str = "a MAT-file of version 7.3 (HDF5)";

/// The name of a format that MATLAB or Octave write beside level 5, by its first bytes.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89HDF") || bytes.starts_with(b"MATLAB 7.3") {
        return Some(HDF5);
    }
    if bytes.starts_with(b"# Created by Octave") || bytes.starts_with(b"Octave-1-") {
        return Some("a file in Octave's own format");
    }
    // A number of four digits: byte order, 0, precision, and kind of matrix. Level 5 begins with
    // text.
    let kind: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    let digits = |kind: u32| {
        kind < 5000 && (kind / 100).is_multiple_of(10) && kind / 10 % 10 <= 5 && kind % 10 <= 2
    };
    let is_version_4 = digits(u32::from_le_bytes(kind)) || digits(u32::from_be_bytes(kind));
    is_version_4.then_some("a MAT-file of version 4")
}

/// Type and length in bytes of the next element; `None` at the end.
fn outer_tag(stream: &mut dyn Read, order: Order) -> Result<Option<(u32, u32)>, Problem> {
    let mut tag = Vec::with_capacity(8);
    stream.take(8).read_to_end(&mut tag)?;
    match tag.len() {
        0 => Ok(None),
        8 => Ok(Some((order.u32(&tag[..4]), order.u32(&tag[4..])))),
        _ => Err(Problem::Damaged("it ends early")),
    }
}

/// What follows the name of a variable.
struct Body<'a> {
    stream: &'a mut dyn Read,
    order: Order,
}

fn variable<T>(
    stream: &mut dyn Read,
    order: Order,
    visit: &mut Visit<T>,
) -> Result<Option<T>, Problem> {
    let mut body = Body { stream, order };
    let flags = body.short(&[data::UINT32], 8)?;
    let flags = order.u32(flags.get(..4).ok_or(Problem::Damaged("a variable has no class"))?);
    let kind = match flags & 0xff {
        class::CELL => Kind::Cell,
        class::STRUCT => Kind::Struct,
        class::TEXT => Kind::Text,
        class::SPARSE => Kind::Sparse,
        class::DOUBLE..=class::LAST_NUMERIC if flags & COMPLEX != 0 => Kind::Complex,
        class::DOUBLE..=class::LAST_NUMERIC => Kind::Real,
        _ => Kind::Object,
    };
    let shape = if flags & 0xff == class::OPAQUE { Vec::new() } else { body.shape()? };
    // Some writers use the other of two types for names and sizes.
    let name = body.short(&[data::INT8, data::UTF8], MAX_NAME)?;
    // Names go into messages, so they are kept in one line, without what steers a terminal.
    let name = String::from_utf8_lossy(&name).replace(char::is_control, "\u{fffd}");
    // MATLAB keeps what belongs to its objects in a variable without a name.
    if name.is_empty() {
        return Ok(None);
    }
    visit(&Variable { name, kind, shape }, &mut body)
}

impl Body<'_> {
    /// Type and length of the next part, and its bytes where the tag itself holds them.
    fn tag(&mut self) -> Result<(u32, u64, Option<[u8; 4]>), Problem> {
        let mut tag = [0; 8];
        self.stream.read_exact(&mut tag)?;
        let [low, high] = [&tag[..4], &tag[4..]].map(|half| self.order.u32(half));
        match low >> 16 {
            0 => Ok((low, high.into(), None)),
            length @ 1..=4 => {
                Ok((low & 0xffff, length.into(), Some([tag[4], tag[5], tag[6], tag[7]])))
            }
            _ => Err(Problem::Damaged("a part of a variable is too long for its place")),
        }
    }

    /// The bytes of a part that is of one of some types, and not long.
    fn short(&mut self, expected: &[u32], longest: u64) -> Result<Vec<u8>, Problem> {
        let (found, length, inside) = self.tag()?;
        if !expected.contains(&found) || length > longest {
            return Err(Problem::Damaged("the description of a variable contradicts itself"));
        }
        let mut bytes = match inside {
            Some(bytes) => bytes.to_vec(),
            None => {
                let mut bytes = vec![0; length.next_multiple_of(ALIGNMENT as u64) as usize];
                self.stream.read_exact(&mut bytes)?;
                bytes
            }
        };
        bytes.truncate(length as usize);
        Ok(bytes)
    }

    fn shape(&mut self) -> Result<Vec<usize>, Problem> {
        let bytes = self.short(&[data::INT32, data::UINT32], 4 * MAX_DIMENSIONS)?;
        let sizes = bytes.chunks_exact(4).map(|size| self.order.u32(size));
        let shape: Option<Vec<usize>> =
            sizes.map(|size| i32::try_from(size).ok()?.try_into().ok()).collect();
        shape.ok_or(Problem::Damaged("a size is negative"))
    }
}

/// The entries of a variable that is a real matrix.
fn matrix(variable: &Variable, body: &mut Body) -> Result<Array2<f64>, Problem> {
    let (Kind::Real, [rows, columns]) = (variable.kind, &variable.shape[..]) else {
        return Err(Problem::NotAMatrix(variable.clone()));
    };
    let entries = match rows.checked_mul(*columns) {
        Some(entries) if entries <= MAX_ENTRIES => entries,
        _ => return Err(Problem::TooLarge(variable.clone())),
    };
    let (kind, length, inside) = body.tag()?;
    let decode = decoder(kind).ok_or(Problem::Damaged("entries of an unknown type"))?;
    if length != (entries * decode.bytes) as u64 {
        return Err(Problem::Damaged("it has more or fewer entries than it says"));
    }
    // Grows with what is there, not with what the file says.
    let mut values = Vec::with_capacity(entries.min(PIECE));
    if let Some(bytes) = inside {
        (decode.append)(&bytes[..length as usize], body.order, &mut values);
    } else {
        let mut piece = vec![0; PIECE.min(length as usize)];
        let mut left = length as usize;
        while left > 0 {
            let piece = &mut piece[..left.min(PIECE)];
            body.stream.read_exact(piece)?;
            (decode.append)(piece, body.order, &mut values);
            left -= piece.len();
        }
    }
    Ok(Array2::from_shape_vec((*rows, *columns).f(), values).expect("as many as there are entries"))
}

/// How the entries of one type are decoded.
struct Decoder {
    /// Per entry.
    bytes: usize,
    append: fn(&[u8], Order, &mut Vec<f64>),
}

fn decoder(kind: u32) -> Option<Decoder> {
    macro_rules! of {
        ($number:ty) => {
            Decoder {
                bytes: size_of::<$number>(),
                append: |bytes, order, values| {
                    let entries = bytes.chunks_exact(size_of::<$number>());
                    values.extend(
                        entries.map(|entry| <$number>::from_le_bytes(order.little(entry)) as f64),
                    );
                },
            }
        };
    }
    Some(match kind {
        data::INT8 => of!(i8),
        data::UINT8 => of!(u8),
        data::INT16 => of!(i16),
        data::UINT16 => of!(u16),
        data::INT32 => of!(i32),
        data::UINT32 => of!(u32),
        data::SINGLE => of!(f32),
        data::DOUBLE => of!(f64),
        data::INT64 => of!(i64),
        data::UINT64 => of!(u64),
        _ => return None,
    })
}
