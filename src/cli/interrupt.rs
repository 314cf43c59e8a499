//! Stopping by Ctrl-C, within half a second and without leaving anything behind.
//!
//! A command checks between its steps whether it should stop, and then ends through its own
//! clean-up. Some steps, for example factoring a large matrix, cannot be interrupted: if the
//! command is still running after a short time, the handler cleans up in its place.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{progress, staging};

/// Exit status by the shells' convention: 128 and the number of the signal.
const STATUS: u8 = 130;

/// Time for a command to end by itself.
const GRACE: Duration = Duration::from_millis(300);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static SAID: AtomicBool = AtomicBool::new(false);

/// The user asked the command to stop.
#[derive(Debug, thiserror::Error)]
#[error("stopped; what was unfinished is not kept")]
pub struct Stopped;

/// Handles Ctrl-C and requests to terminate.
pub fn install() {
    // Without a handler the command still ends, only less tidily.
    let _ = ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::Relaxed);
        std::thread::sleep(GRACE);
        staging::abandon_all();
        report();
        std::process::exit(STATUS.into());
    });
}

/// Whether the user asked to stop.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Returns an error if the user has asked to stop.
pub fn check() -> anyhow::Result<()> {
    if interrupted() { Err(Stopped.into()) } else { Ok(()) }
}

/// Says once that the command was stopped; returns its exit status.
pub fn report() -> ExitCode {
    progress::hide();
    if !SAID.swap(true, Ordering::Relaxed) {
        eprintln!("unbraid: {Stopped}");
    }
    ExitCode::from(STATUS)
}
