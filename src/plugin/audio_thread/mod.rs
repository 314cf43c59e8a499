//! What runs in the host's audio callback: no lock, no allocation, no call into the
//! system, nothing freed.
//!
//! * [`player`] runs [`engine`]s as [`controls`] say, fades from one to the next, and
//!   has the [`dry`] input in time with them; [`audition`] plays recordings over it.
//! * [`recorder`] records the input; [`feed`] publishes what the window draws.
//! * [`status`] and [`triggers`] are the atomics that it shares with everyone else.
//! * [`real_time`] marks the callback, so that debug builds notice a lock in it.

pub mod audition;
pub mod controls;
pub mod dry;
pub mod engine;
pub mod feed;
pub mod player;
pub mod real_time;
pub mod recorder;
pub mod status;
pub mod triggers;
