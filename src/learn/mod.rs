//! Learning dictionaries from clips. Runs off the audio thread; every learner
//! is deterministic for a seed, on any number of threads, and can be stopped.

mod progress;
pub mod spectrogram;

pub use progress::{Cancelled, Progress};
