//! The code that runs in the host's audio callback: no locks, no allocation, no system calls,
//! no freeing.
//!
//! * [`player`] runs [`engine`]s as [`controls`] require, crossfades from one to the next,
//!   and mixes in the [`dry`] input in time with them, at the gain of [`loudness_match`] if
//!   bypassed; [`audition`] plays clips over it.
//! * [`held_notes`] are MIDI notes, which solo and mute.
//! * [`recorder`] records the input; [`feed`] publishes what the window draws.
//! * [`status`] and [`triggers`] are the atomics shared with the other threads.
//! * [`real_time`] marks the callback, so that debug builds detect a lock taken in it.

pub mod audition;
pub mod controls;
pub mod dry;
pub mod engine;
pub mod engine_link;
pub mod feed;
pub mod held_notes;
mod k_weighting;
pub mod loudness_match;
pub mod player;
pub mod recorder;
pub mod status;
pub mod triggers;
