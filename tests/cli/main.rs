//! The command from end to end, on the shipped band.

mod band;
#[path = "../command/mod.rs"]
mod command;
mod decompose;
mod demo;
mod evaluate;
mod library;
mod plot;
mod separate;
mod signals;
