//! Numbers of the format that reading and writing share.

/// Bytes before the first variable: text, and then version and byte order.
pub const HEADER: usize = 128;

/// Bytes of the header that are text.
pub const TEXT: usize = 116;

/// The version that level 5 gives itself.
pub const VERSION: u16 = 0x0100;

/// Every part of an uncompressed variable begins at a multiple of so many bytes.
pub const ALIGNMENT: usize = 8;

/// Types of data elements (table 1-1 of *MAT-File Format*).
pub mod data {
    pub const INT8: u32 = 1;
    pub const UINT8: u32 = 2;
    pub const INT16: u32 = 3;
    pub const UINT16: u32 = 4;
    pub const INT32: u32 = 5;
    pub const UINT32: u32 = 6;
    pub const SINGLE: u32 = 7;
    pub const DOUBLE: u32 = 9;
    pub const INT64: u32 = 12;
    pub const UINT64: u32 = 13;
    pub const MATRIX: u32 = 14;
    pub const COMPRESSED: u32 = 15;
    pub const UTF8: u32 = 16;
}

/// Classes of variables (table 1-3); those from `DOUBLE` to `LAST_NUMERIC` are numbers.
pub mod class {
    pub const CELL: u32 = 1;
    pub const STRUCT: u32 = 2;
    pub const TEXT: u32 = 4;
    pub const SPARSE: u32 = 5;
    pub const DOUBLE: u32 = 6;
    pub const LAST_NUMERIC: u32 = 15;
    /// Not in the document: what MATLAB writes for tables, strings and the like. It has no
    /// dimensions.
    pub const OPAQUE: u32 = 17;
}

/// The flag of complex numbers, in the word that has the class in its lowest byte.
pub const COMPLEX: u32 = 0x0800;
