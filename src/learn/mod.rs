//! Learning dictionaries from clips. Runs off the audio thread; every learner
//! is deterministic for a seed, on any number of threads, and can be stopped.

mod arithmetic;
mod clips;
pub mod divergence;
mod error;
mod factors;
mod least_squares;
mod method;
mod nmf;
mod picking;
pub mod preprocess;
mod progress;
mod rest;
pub mod spectrogram;
mod trainer;
mod unexplained;

pub use clips::SourceClips;
pub use divergence::Divergence;
pub use error::LearnError;
pub use factors::{Factors, peak_order};
pub use least_squares::nnls::nnls;
pub use method::{FactorizeOptions, Method, factorize};
pub use nmf::options::{Descent, NmfOptions};
pub use nmf::{Start, nmf, semi_supervised};
pub use picking::greedy::{Score, greedy, greedy_two_pass};
pub use picking::snpa::snpa;
pub use picking::spa::spa;
pub use picking::xray::xray;
pub use progress::{Cancelled, Progress};
pub use rest::RestSettings;
pub use trainer::{BLIND_PREFIX, Learned, TrainError, TrainSettings, add_rest, train};
pub use unexplained::unexplained;
