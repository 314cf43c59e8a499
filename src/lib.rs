//! Unbraid extracts one instrument from a mixture, live, after learning from a few seconds
//! of it. It learns a dictionary of spectra from solo clips. A streaming engine then models
//! every frame of the mixture with that dictionary, converts the result to soft masks and
//! writes each source back as audio.
//!
//! # From clips to separated audio
//!
//! ```
//! use std::sync::Arc;
//! use unbraid::audio::write_wav;
//! use unbraid::dsp::{Model, Separator};
//! use unbraid::frames::{FrameSettings, Mode};
//! use unbraid::learn::{LearnSettings, SourceClips, learn_dictionary};
//!
//! # let rate_hz = 8000;
//! # let tone = |hz: f32| -> Vec<f32> {
//! #     (0..rate_hz).map(|n| 0.3 * (std::f32::consts::TAU * hz * n as f32 / 8000.0).sin()).collect()
//! # };
//! # let (bass, flute) = (vec![tone(110.0)], vec![tone(1320.0)]);
//! # let mixture: Vec<f32> = bass[0].iter().zip(&flute[0]).map(|(a, b)| a + b).collect();
//! # let folder = tempfile::tempdir()?;
//! // Each plays alone in its clip, one `Vec` per channel, as `audio::read` gives them from files.
//! let sources = [
//!     SourceClips { name: "bass".into(), clips: vec![&bass] },
//!     SourceClips { name: "flute".into(), clips: vec![&flute] },
//! ];
//! let settings = LearnSettings::new(FrameSettings::new(Mode::Live, rate_hz));
//! let (dictionary, _) = learn_dictionary(&sources, None, &settings, &mut |_| true)?;
//! dictionary.save(&folder.path().join("band.safetensors"))?;
//!
//! // One channel in, one bus out, which plays the flute.
//! let mut separator = Separator::new(Arc::new(Model::new(&dictionary)), 1, 1);
//! separator.bus_mut(0).set_gain(1, 1.0);
//! separator.bus_mut(0).settle();
//! let mut output = vec![0.0; mixture.len()];
//! separator.process(&[&mixture], &mut [&mut output]);
//! write_wav(&folder.path().join("flute.wav"), rate_hz, &[&output])?;
//!
//! // The output is late by the latency.
//! let late = separator.latency_samples();
//! # let error: f32 = output[late..].iter().zip(&flute[0]).map(|(x, y)| (x - y).powi(2)).sum();
//! # let energy: f32 = flute[0].iter().map(|x| x.powi(2)).sum();
//! # assert!(error < 0.1 * energy, "{error} of {energy}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Give every sound a source.** Sources and rest always sum to the input. A dictionary with one
//! source and no rest therefore gives that source the whole mixture: see
//! [`Dictionary::can_separate`](dictionary::Dictionary::can_separate).
//!
//! # Where to read on
//!
//! 1. [`frames`]: choose a mode, that is a latency, and the sample rate.
//! 2. [`audio`]: read clips; [`learn`]: make a [`Dictionary`](dictionary::Dictionary) of them, with a
//!    rest where not all of the instruments are known.
//! 3. [`dsp`]: a [`Model`](dsp::Model) of the dictionary runs in a [`Separator`](dsp::Separator), block
//!    by block; or [`offline`], for a whole file without the latency.
//! 4. [`eval`]: score the result, if you have the true stems; [`verdict`]: predict it, if not.
//! 5. [`library`]: keep what was learned.
//!
//! # Names
//!
//! | symbol | name in the code | shape | meaning |
//! | --- | --- | --- | --- |
//! | V | `v` | bins × frames | magnitudes of a spectrogram |
//! | W | `w` | bins × components | dictionary, every column sums to 1 |
//! | H | `h` | components × frames | activations |
//! | F, T, K | `bins`, `frames`, `components` | | sizes of the above |
//! | x | `spectrum` | bins | complex spectrum of one frame and channel |
//!
//! Matrices are [`ndarray`] arrays of `f32` in these orientations throughout.
//!
//! # All modules
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
//!
//! # Features
//!
//! All are on by default; a program that only needs the library says `default-features = false`.
//!
//! * `cli`: the command `unbraid`. It includes `plot`.
//! * `plot`: the module `plot`.
//! * `plugin`: the plugin for CLAP and VST3 hosts.

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

/// The matrices of this crate's interface: the version that fits.
pub use ndarray;
/// The complex numbers of [`stft`]: the version that fits.
pub use realfft::num_complex;
