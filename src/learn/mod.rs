//! Learning dictionaries from clips. Runs off the audio thread. Every learner gives the
//! same result for the same seed, on any number of threads, and can be stopped.

mod arithmetic;
mod clips;
mod dictionary_learner;
mod divergence;
mod error;
mod factors;
mod least_squares;
mod method;
mod nmf;
mod picking;
pub mod preprocess;
mod progress;
mod rest;
mod unexplained;

pub use clips::SourceClips;
pub use dictionary_learner::{
    BLIND_PREFIX, LearnError, LearnSettings, Learned, add_rest, learn_dictionary,
};
pub use error::FactorizeError;
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
pub use unexplained::unexplained;
