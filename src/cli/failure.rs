//! How a failed command ends: one line and an exit status.

use std::process::ExitCode;

use super::{interrupt, progress};

/// The command was called in a way that cannot work, whatever the files contain.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// An error that exits with status 2.
pub fn usage(text: impl Into<String>) -> anyhow::Error {
    Usage(text.into()).into()
}

/// Writes the error as one line. The status is 130 if the user stopped the command, 2 for
/// wrong usage, otherwise 1.
pub fn report(error: &anyhow::Error) -> ExitCode {
    // Once files are being removed, other errors only follow from that.
    if interrupt::interrupted() || error.is::<interrupt::Stopped>() {
        return interrupt::report();
    }
    progress::line(format_args!("unbraid: {}", line(error)));
    if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// The error and its causes in one line.
pub fn line(error: &anyhow::Error) -> String {
    let mut line = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Some errors already include their cause.
        if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line.replace('\n', " ")
}
