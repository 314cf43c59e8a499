//! Learning dictionaries from clips. Runs off the audio thread; every learner
//! is deterministic for a seed, on any number of threads, and can be stopped.

mod active_set;
mod clips;
mod descent;
pub mod divergence;
mod error;
mod factors;
mod greedy;
mod hals;
mod hull;
mod hull_projection;
mod lazy_hull;
mod method;
mod multiplicative;
mod nmf;
mod nmf_options;
mod nnls;
mod picking;
mod pointwise;
pub mod preprocess;
mod product;
mod progress;
mod rest;
mod scaled;
mod snpa;
mod spa;
pub mod spectrogram;
mod trainer;
mod unexplained;
mod xray;

pub use clips::SourceClips;
pub use divergence::Divergence;
pub use error::LearnError;
pub use factors::{Factors, peak_order};
pub use greedy::{Score, greedy, greedy_two_pass};
pub use method::{FactorizeOptions, Method, factorize};
pub use nmf::{Start, nmf, semi_supervised};
pub use nmf_options::{Descent, NmfOptions};
pub use nnls::nnls;
pub use progress::{Cancelled, Progress};
pub use rest::RestSettings;
pub use snpa::snpa;
pub use spa::spa;
pub use trainer::{Learned, TrainError, TrainSettings, add_rest, train};
pub use unexplained::unexplained;
pub use xray::xray;
