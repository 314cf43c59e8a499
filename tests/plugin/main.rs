//! The plugin in a host, controlled only through parameters and state.

#[path = "../host/mod.rs"]
mod host;
#[path = "../support/mod.rs"]
mod support;

mod comparing;
mod job;
mod learned;
mod listening;
mod modes;
mod notes;
mod params;
mod real_use;
mod recording;
mod state;
mod steps;
