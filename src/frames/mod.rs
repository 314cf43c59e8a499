//! The frames that a dictionary and the engine that runs it share: sizes, windows and
//! latencies of the three modes.

pub mod level;
mod mode;
pub mod trend;
pub mod window;

pub use mode::{FrameSettings, Mode, SAMPLE_RATES_HZ};
