//! Unbraid takes one instrument out of a sound, live, after hearing a few
//! seconds of it: a dictionary of spectra is learned from solo clips, and a
//! streaming engine explains every frame of a mixture with it, turns the
//! explanation into soft masks and writes each source back as audio.
//!
//! | symbol | name in the code | shape | meaning |
//! | --- | --- | --- | --- |
//! | V | `v` | bins × frames | magnitudes of a spectrogram |
//! | W | `w` | bins × components | dictionary, every column sums to 1 |
//! | H | `h` | components × frames | activations |
//! | F, T, K | `bins`, `frames`, `components` | | sizes of the above |
//! | x | `spectrum` | bins | complex spectrum of one frame and channel |
//!
//! Matrices are `ndarray` arrays in `f32` in these orientations, everywhere.
//!
//! * [`dsp`] is the engine: nothing in it allocates after construction.
//! * [`learn`] makes dictionaries from clips, off the audio thread.
//! * [`dictionary`] is what both share, and its file; [`frames`] and [`divergence`] are the
//!   settings that it carries.
//! * [`offline`] drives the engine from a file.
//! * [`eval`] scores separated audio against true stems.
//! * [`audio`] reads, writes and resamples files.
//! * [`stft`] is the offline transform, [`atomic_file`] writes files completely or not at
//!   all.
//! * [`plot`] draws pictures of spectrograms and dictionaries.

pub mod atomic_file;
pub mod audio;
pub mod dictionary;
pub mod divergence;
pub mod dsp;
pub mod eval;
pub mod frames;
pub mod learn;
mod math;
pub mod offline;
pub mod plot;
#[cfg(feature = "plugin")]
pub mod plugin;
pub mod stft;
