//! What a MAT-file says of a variable before its content.

use std::fmt;

/// A variable of a MAT-file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub kind: Kind,
    /// Rows, columns and so on; empty for [`Kind::Object`], whose size is not known.
    pub shape: Vec<usize>,
}

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Real numbers of any precision, or logical values: [`read`](super::read) gives these if
    /// there are two dimensions.
    Real,
    Complex,
    Sparse,
    Text,
    Cell,
    Struct,
    /// Objects, function handles, tables, strings and the like.
    Object,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Real => "real",
            Kind::Complex => "complex",
            Kind::Sparse => "sparse",
            Kind::Text => "text",
            Kind::Cell => "a cell array",
            Kind::Struct => "a struct",
            Kind::Object => "an object",
        })
    }
}

/// `` `x` is complex, 3 × 4 ``.
impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is {}", self.name, self.kind)?;
        for (place, size) in self.shape.iter().enumerate() {
            f.write_str(if place == 0 { ", " } else { " × " })?;
            write!(f, "{size}")?;
        }
        Ok(())
    }
}
