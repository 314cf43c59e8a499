//! The streaming engine. Nothing here allocates, locks or blocks after
//! construction, and results do not depend on the host's block size.

mod activations;
pub mod atoms;
pub mod band_masks;
mod bands;
mod kernels;
mod mask_bins;
mod masks;
mod model;
mod panning;
mod presence;
mod routing;
mod schedule;
mod separator;
mod spatial;
mod stft;
mod strength;

pub use activations::{Round, SolverSettings};
pub use model::{EngineSettings, Model};
pub use panning::ChannelGains;
pub use routing::Bus;
pub use separator::Separator;
pub use spatial::SpatialKind;
