//! The plugin: the CLAP and VST3 formats and the code that they share.
//!
//! * `shell` is what a host loads, in two variants; `params` holds the parameters that the
//!   host automates and saves, with named `choices` for some of them.
//! * `audio_thread` runs the engines, records the input, and reports its status.
//! * `worker` is the instance's own thread: it collects clips, learns, and adapts the rest.
//! * `project` is the user's work; `state` saves it in the host's project, with
//!   `packed_text` for what is large in it; `restoring` marks a thread that loads one.
//! * `engines` builds engines and sends them to the audio thread; `recordings` carries
//!   recorded audio to the worker; `hub` holds both, together with the project and the
//!   status.
//! * `editor` is the window; `window_state` is its saved size, zoom and theme, `preferences`
//!   the defaults for new windows; `notes` detects the notes in a clip, and `clip_analyses` runs
//!   this and the like in the background.
//! * `messages` and `latency_text` format errors and latencies for the window.
//! * `real_time` marks the audio callback; `priority` lowers a thread's priority; `resident` keeps
//!   the library loaded for threads that outlive an instance.
//!
//! `docs/threads.md` has the picture. A module imports only from modules below it.

mod audio_thread;
mod choices;
mod clip_analyses;
mod editor;
mod engines;
mod hub;
mod latency_text;
mod messages;
mod notes;
mod packed_text;
mod params;
mod preferences;
mod priority;
mod project;
mod real_time;
mod recordings;
mod resident;
mod restoring;
mod shell;
mod state;
mod window_state;
mod worker;

use nice_plug::prelude::*;

use shell::{ClapUnbraid, ClapUnbraidMulti};
pub use shell::{Unbraid, UnbraidMulti};
pub use state::pack::{pack_words, unpack_words};

nice_export_clap!(ClapUnbraid, ClapUnbraidMulti);
nice_export_vst3!(Unbraid, UnbraidMulti);
