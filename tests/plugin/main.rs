//! The plugin in a host, driven through parameters and state alone.

#[path = "../host/mod.rs"]
mod host;
#[path = "../support/mod.rs"]
mod support;

mod capture;
mod job;
mod learned;
mod listening;
mod modes;
mod params;
mod state;
mod steps;
