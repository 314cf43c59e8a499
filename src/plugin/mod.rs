//! The plugin: CLAP and VST3, and what both share.
//!
//! * `shell` is what a host loads, in two variants; `params` what it automates and
//!   saves, some with named `choices`.
//! * `audio_thread` runs the engines, records the input, and reports its status.
//! * `worker` is the instance's own thread: it collects recordings, learns, and adapts
//!   the rest.
//! * `project` is what the user made, `state` saves it in the host's project.
//!   `preferences` are what new windows begin with, `look` how one was left.
//! * `editor` is the window; `notes` tells it which notes a recording holds.
//! * `words` and `latency_text` say in words what the library and the engine say in
//!   types and numbers.
//! * `hub` is what all of them but the audio thread share; `priority` how urgent a
//!   thread is.
//!
//! `docs/threads.md` has the picture. A module imports only what stands below it.

mod audio_thread;
mod choices;
mod editor;
mod hub;
mod latency_text;
mod messages;
mod notes;
mod params;
mod preferences;
mod priority;
mod project;
mod shell;
mod state;
mod window_state;
mod worker;

use nice_plug::prelude::*;

pub use shell::{Unbraid, UnbraidMulti};
pub use state::pack::{pack_words, unpack_samples, unpack_words};

nice_export_clap!(Unbraid, UnbraidMulti);
nice_export_vst3!(Unbraid, UnbraidMulti);
