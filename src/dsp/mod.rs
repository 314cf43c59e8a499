//! The streaming engine. Nothing here allocates, locks or blocks after
//! construction, and results do not depend on the host's block size.

pub mod mode;
pub mod window;

pub use mode::{FrameSettings, Mode};
