//! The real window in a host on Windows: drawn, closed, unloaded, with the keyboard, at every
//! scale, with files.
#![cfg(all(feature = "plugin", windows))]

#[path = "../host/mod.rs"]
mod host;

mod close;
mod draw;

use host::guard::Guarded;

#[global_allocator]
static ALLOCATOR: Guarded = Guarded;
