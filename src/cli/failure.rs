//! How a failed command ends: one line and an exit status.

use std::process::ExitCode;

/// The command was called in a way that cannot work, whatever the files contain.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// An error that exits with status 2.
pub fn usage(text: impl Into<String>) -> anyhow::Error {
    Usage(text.into()).into()
}

/// Writes the error as one line. The status is 2 for wrong usage, otherwise 1.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let mut line = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Some errors already include their cause.
        if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    eprintln!("unbraid: {}", line.replace('\n', " "));
    if error.downcast_ref::<Usage>().is_some() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
