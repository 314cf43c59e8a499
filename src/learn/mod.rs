//! Learning dictionaries from clips. Runs off the audio thread. Every learner gives the
//! same result for the same seed, on any number of threads, and can be stopped.

mod arithmetic;
mod clips;
mod dictionary_learner;
mod divergence;
mod error;
mod factors;
mod groups;
mod least_squares;
mod method;
mod mixture;
mod nmf;
mod picking;
pub mod preprocess;
mod progress;
mod rarity;
mod recording;
mod rest;
mod spectra;
mod unexplained;
mod work;

pub use clips::{MAX_FRAMES, SourceClips};
pub use dictionary_learner::{
    BLIND_PREFIX, LearnError, LearnSettings, SourceReport, SourceToLearn, add_rest, add_rest_from,
    learn_dictionary, learn_from,
};
pub use error::FactorizeError;
pub use factors::{Factors, peak_order};
pub use least_squares::nnls::nnls;
pub use method::{FactorizeOptions, Method, factorize};
pub use mixture::{Mixture, Silence};
pub use nmf::options::{Descent, NmfOptions};
pub use nmf::{Start, nmf, semi_supervised};
pub use picking::greedy::{Score, greedy, greedy_two_pass};
pub use picking::snpa::snpa;
pub use picking::spa::spa;
pub use picking::xray::xray;
use progress::GoOn;
pub use progress::{Cancelled, Progress};
pub(crate) use recording::Reader;
pub use recording::{InMemory, Recording, common_rate_hz};
pub(crate) use rest::relearn_rest;
pub use rest::{RestSettings, is_rest_unlikely, rest_penalty};
#[cfg(feature = "plugin")]
pub(crate) use spectra::learning_hop;
pub use unexplained::unexplained;
