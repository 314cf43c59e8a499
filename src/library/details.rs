//! What the library knows of an instrument apart from its spectra.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Most tags of an instrument, and their longest length in characters; further ones are dropped.
const MAX_TAGS: usize = 16;
const MAX_TAG_CHARS: usize = 32;

/// Longest origin in characters.
const MAX_ORIGIN_CHARS: usize = 200;

/// All fields may be missing in a file: any dictionary with one source can be put into a library.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it was added, in seconds since 1970; `None` if that is not known.
    pub added_unix_s: Option<u64>,
    /// What it was learned from, in words for the user.
    pub origin: String,
}

impl Details {
    /// Of an instrument that is added now.
    pub fn now(tags: Vec<String>, origin: String) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        Self { tags, added_unix_s: now.map(|now| now.as_secs()), origin }.sane()
    }

    /// The day on which it was added, as 2026-11-29, in universal time.
    pub fn added_on(&self) -> Option<String> {
        let seconds = i64::try_from(self.added_unix_s?).ok()?;
        let time = time::OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        Some(time.date().to_string())
    }

    /// Without what a damaged or foreign file could contain: empty or repeated tags, line breaks,
    /// and texts of any length.
    pub(super) fn sane(mut self) -> Self {
        let plain = |text: &str, most: usize| -> String {
            let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
            printable.take(most).collect::<String>().trim().to_string()
        };
        let mut tags: Vec<String> = Vec::new();
        for tag in self.tags.iter().map(|tag| plain(tag, MAX_TAG_CHARS)) {
            if !tag.is_empty() && !tags.contains(&tag) && tags.len() < MAX_TAGS {
                tags.push(tag);
            }
        }
        self.tags = tags;
        self.origin = plain(&self.origin, MAX_ORIGIN_CHARS);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let on = |added_unix_s| Details { added_unix_s, ..Details::default() }.added_on();
        assert_eq!(on(Some(0)).unwrap(), "1970-01-01");
        // As printed by `date -u -d @951827696`.
        assert_eq!(on(Some(951_827_696)).unwrap(), "2000-02-29");
        assert_eq!(on(None), None);
        assert_eq!(on(Some(u64::MAX)), None);
    }
}
