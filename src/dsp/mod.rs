//! The streaming engine. Nothing here allocates, locks or blocks after
//! construction, and results do not depend on the host's block size.

mod activations;
pub mod atoms;
mod bands;
mod kernels;
pub mod masks;
mod mode;
mod model;
mod routing;
mod schedule;
mod separator;
mod spatial;
mod stft;
pub mod window;

pub use activations::{Round, SolverSettings};
pub use mode::{FrameSettings, Mode, SAMPLE_RATES_HZ};
pub use model::{EngineSettings, Model};
pub use routing::Bus;
pub use separator::Separator;
pub use stft::LOUDEST;
