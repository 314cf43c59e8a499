//! The time that the files in packages have: the same input gives the same bytes.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use time::OffsetDateTime;

/// The earliest time that a zip archive can hold.
const EARLIEST_UNIX_S: i64 = 315_532_800;

/// `SOURCE_DATE_EPOCH` (<https://reproducible-builds.org/specs/source-date-epoch/>), or else the
/// time of the last commit; in sources without a history, 1980.
pub fn of(root: &Path) -> Result<OffsetDateTime> {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok();
    from(given.or_else(|| last_commit(root)).as_deref())
}

fn from(unix_s: Option<&str>) -> Result<OffsetDateTime> {
    let Some(text) = unix_s else {
        return Ok(OffsetDateTime::from_unix_timestamp(EARLIEST_UNIX_S)?);
    };
    let context = || format!("SOURCE_DATE_EPOCH has to be seconds since 1970, not `{text}`");
    let unix_s = text.trim().parse().with_context(context)?;
    ensure!(unix_s >= EARLIEST_UNIX_S, "SOURCE_DATE_EPOCH is before 1980, which zip cannot hold");
    OffsetDateTime::from_unix_timestamp(unix_s).with_context(context)
}

fn last_commit(root: &Path) -> Option<String> {
    let mut git = Command::new("git");
    let output = git.args(["log", "-1", "--format=%ct"]).current_dir(root).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}

/// As RFC 3339 has it.
pub fn text(when: OffsetDateTime) -> String {
    let (date, (hour, minute, second)) = (when.date(), when.to_hms());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_since_1970() {
        assert_eq!(text(from(Some("1700000000\n")).unwrap()), "2023-11-14T22:13:20Z");
        assert_eq!(text(from(None).unwrap()), "1980-01-01T00:00:00Z");
        for wrong in ["yesterday", "0", "99999999999999999"] {
            assert!(from(Some(wrong)).unwrap_err().to_string().contains("SOURCE_DATE_EPOCH"));
        }
    }
}
