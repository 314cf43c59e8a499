//! How a failed command ends: one line and an exit status.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

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

/// Reports a command line that cannot be parsed: values in one line, everything else in the
/// parser's form, which suggests what may have been meant. Help is printed.
pub fn report_usage(error: &clap::Error) -> ExitCode {
    let Some(line) = bad_value(error) else { error.exit() };
    eprintln!("unbraid: {line}");
    ExitCode::from(2)
}

/// `--option VALUE: use …`.
fn bad_value(error: &clap::Error) -> Option<String> {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        return None;
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    };
    let (argument, value) = (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
    let argument = argument.split([' ', '=', '[']).next()?;
    let remedy = match (std::error::Error::source(error), error.get(ContextKind::ValidValue)) {
        (Some(cause), _) => cause.to_string(),
        (None, Some(ContextValue::Strings(values))) => format!("use {}", alternatives(values)),
        _ => return None,
    };
    Some(format!("{argument} {value}: {remedy}"))
}

/// `a, b or c`.
fn alternatives(values: &[String]) -> String {
    match values {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        values => values.concat(),
    }
}

/// The error and its causes in one line.
pub fn line(error: &anyhow::Error) -> String {
    if let Some(cause) = too_many_files(error) {
        let text = error.to_string();
        let path = text.split(": ").next().unwrap_or_default();
        return format!("{path}: {cause}; use fewer --jobs, or allow more open files (ulimit -n)");
    }
    let mut line = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Some errors already include their cause.
        if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line.replace('\n', " ")
}

/// The cause, if the process or the system has no room for another open file.
fn too_many_files(error: &anyhow::Error) -> Option<&std::io::Error> {
    // EMFILE and ENFILE; ERROR_TOO_MANY_OPEN_FILES.
    let codes: &[i32] = if cfg!(windows) { &[4] } else { &[24, 23] };
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.find(|cause| cause.raw_os_error().is_some_and(|code| codes.contains(&code)))
}
