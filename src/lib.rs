//! Unbraid extracts one instrument from a mixture, live, after learning from a few seconds
//! of it. It learns a dictionary of spectra from solo clips. A streaming engine then models
//! every frame of the mixture with that dictionary, converts the result to soft masks and
//! writes each source back as audio.
//!
//! | symbol | name in the code | shape | meaning |
//! | --- | --- | --- | --- |
//! | V | `v` | bins × frames | magnitudes of a spectrogram |
//! | W | `w` | bins × components | dictionary, every column sums to 1 |
//! | H | `h` | components × frames | activations |
//! | F, T, K | `bins`, `frames`, `components` | | sizes of the above |
//! | x | `spectrum` | bins | complex spectrum of one frame and channel |
//!
//! Matrices are `ndarray` arrays of `f32` in these orientations throughout.
//!
//! * [`dsp`] is the engine; it never allocates after construction.
//! * [`learn`] makes dictionaries from clips, off the audio thread.
//! * [`dictionary`] is the data that both share, and its file; [`frames`] and
//!   [`divergence`] are the settings that it carries.
//! * [`offline`] runs the engine on a file.
//! * [`library`] keeps learned instruments for all projects of a user.
//! * [`verdict`] judges from the clips how well sources can be told apart.
//! * [`eval`] scores separated audio against true stems.
//! * [`audio`] reads, writes and resamples files.
//! * [`stft`] is the offline transform, [`atomic_file`] writes files completely or not at
//!   all.
//! * [`mat`] reads and writes matrices for MATLAB and Octave.
//! * `plot` draws pictures of spectrograms and dictionaries.

pub mod atomic_file;
pub mod audio;
pub mod dictionary;
pub mod divergence;
pub mod dsp;
pub mod eval;
pub mod frames;
pub mod learn;
pub mod library;
pub mod mat;
mod math;
pub mod offline;
#[cfg(feature = "plot")]
pub mod plot;
#[cfg(feature = "plugin")]
pub mod plugin;
pub mod stft;
pub mod verdict;
