//! Progress on standard error, and stopping.

use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C end the command through its own clean-up, so that no partial file is left
/// behind. A second Ctrl-C ends it immediately.
pub fn stop_on_interrupt() {
    // Without a handler the command still ends, only less tidily.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
}

/// Whether the user asked to stop.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Returns an error if the user has asked to stop.
pub fn check() -> anyhow::Result<()> {
    if interrupted() { Err(stopped()) } else { Ok(()) }
}

/// The error of a command that the user stopped.
pub fn stopped() -> anyhow::Error {
    anyhow::anyhow!("stopped; what was unfinished is not kept")
}

/// A bar from 0 to 1, hidden if standard error is not a terminal.
pub fn bar(of: &MultiProgress, label: &str) -> ProgressBar {
    let bar = of.add(ProgressBar::new(1000));
    let style = ProgressStyle::with_template("{msg:24!} [{bar:32}] {percent:>3} % {eta:>4}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    bar.set_style(style);
    bar.set_message(label.to_string());
    bar
}

/// Shows the progress; returns whether to continue.
pub fn advance(bar: &ProgressBar, share: f32) -> bool {
    bar.set_position((share * 1000.0) as u64);
    !interrupted()
}
