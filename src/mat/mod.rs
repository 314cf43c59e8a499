//! MAT-files of level 5, as MATLAB and Octave write them with `save -v7` and `save -v6`.
//!
//! [`read`] gives one real matrix by name, [`variables`] lists what a file holds, and [`write()`]
//! writes matrices of doubles, compressed, as `save -v7` does:
//!
//! ```
//! use ndarray::array;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("x.mat");
//! let x = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
//! unbraid::mat::write(&path, &[("x", x.view())])?;
//! assert_eq!(unbraid::mat::read(&path, "x")?, x);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: The MathWorks, *MAT-File Format* (version of R2021b). Files are read in both byte
//! orders, compressed or not. Matrices of any real numeric or logical class become `f64`;
//! integers of 64 bits are rounded to it. Complex, sparse, cell, struct and text variables are
//! passed over, and an error says what they are if they are asked for. MAT-files of version 4
//! and 7.3 (HDF5) and Octave's own formats are refused.
//!
//! Files are not trusted: lengths are compared with what is there, and memory grows with what has
//! been read, up to [`MAX_ENTRIES`].

mod error;
mod format;
mod reader;
mod variable;
mod writer;

pub use error::MatError;
pub use reader::{MAX_ENTRIES, read, variables};
pub use variable::{Kind, Variable};
pub use writer::write;
