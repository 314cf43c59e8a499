//! Progress and notes on standard error.

use std::fmt::Display;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::interrupt;

static QUIET: AtomicBool = AtomicBool::new(false);

/// All bars of the command, so that a note does not end up in the line of one.
static BARS: LazyLock<MultiProgress> = LazyLock::new(|| {
    if QUIET.load(Ordering::Relaxed) {
        return MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
    }
    MultiProgress::new()
});

/// Shows neither bars nor notes from here on.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Writes a line that the user should know of, though the command goes on.
pub fn note(text: impl Display) {
    if !QUIET.load(Ordering::Relaxed) {
        line(format_args!("note: {text}"));
    }
}

/// Writes a line to standard error, above the bars.
pub fn line(text: impl Display) {
    BARS.suspend(|| eprintln!("{text}"));
}

/// Removes all bars.
pub fn hide() {
    BARS.set_draw_target(ProgressDrawTarget::hidden());
}

/// A bar from 0 to 1, which is not shown if standard error is not a terminal. It
/// disappears when dropped.
pub struct Bar(ProgressBar);

impl Bar {
    pub fn new(label: &str) -> Self {
        let bar = BARS.add(ProgressBar::new(1000));
        let style = ProgressStyle::with_template("{msg:24!} [{bar:32}] {percent:>3} % {eta:>4}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        bar.set_style(style);
        bar.set_message(label.to_string());
        Self(bar)
    }

    /// Shows the progress; returns whether to continue.
    pub fn advance(&self, fraction: f32) -> bool {
        self.0.set_position((fraction * 1000.0) as u64);
        !interrupt::interrupted()
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        BARS.remove(&self.0);
    }
}
