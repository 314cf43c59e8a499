//! The plugin: CLAP and VST3, and what both share.
//!
//! * `params` is what a host automates and saves; `controls` what the audio
//!   thread reads of it.
//! * `player` runs `engine`s in the audio thread; `recorder` takes down
//!   what is played there.
//! * `worker` is the instance's own thread: it collects what was `captured`,
//!   does the `learning` and `adapt`s the rest, but while the instruments are `alone`.
//! * `project` is what the user made; `state` saves it in the host's project,
//!   as small as `pack` gets it. `preferences` are what new windows begin with.
//! * `editor` is the window; `feed` brings it what it draws, and `notes` tells it
//!   which notes a recording holds.
//! * `undo` takes steps back, in each of the two `versions`; `audition` plays
//!   recordings.
//! * `words` tells the library's errors in the window's words.
//! * `hub` is what all of them but the audio thread share, and `status` the
//!   atomics that the audio thread shares with them.
//!
//! `docs/threads.md` has the picture.

mod adapt;
mod alone;
mod audition;
mod captured;
mod choices;
mod clip;
mod controls;
mod dry;
mod editor;
mod engine;
mod envelope;
mod feed;
mod hub;
mod latency_text;
mod learning;
mod look;
mod notes;
mod pack;
mod params;
mod player;
mod preferences;
mod priority;
mod project;
mod real_time;
mod recorder;
mod shell;
mod state;
mod status;
mod triggers;
mod undo;
mod variants;
mod versions;
mod words;
mod worker;

use nice_plug::prelude::*;

pub use pack::{pack_words, unpack_samples, unpack_words};
pub use shell::{Unbraid, UnbraidMulti};

nice_export_clap!(Unbraid, UnbraidMulti);
nice_export_vst3!(Unbraid, UnbraidMulti);
