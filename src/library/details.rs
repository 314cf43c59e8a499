//! What the library stores about an instrument besides its spectra.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::dictionary::same_name;

/// Most tags of an instrument, and their longest length in characters; further ones are dropped.
const MAX_TAGS: usize = 16;
const MAX_TAG_CHARS: usize = 32;

/// Longest origin in characters.
const MAX_ORIGIN_CHARS: usize = 200;

/// All fields may be missing in a file: any dictionary with one source can be put into a library.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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

    /// Reads what can be read; the rest is as if it were missing.
    pub(super) fn from_json(json: &str) -> Self {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(json) else {
            return Self::default();
        };
        let text = |value: &serde_json::Value| value.as_str().map(str::to_string);
        let tags = value["tags"].as_array().into_iter().flatten().filter_map(text).collect();
        let origin = text(&value["origin"]).unwrap_or_default();
        Self { tags, added_unix_s: value["added_unix_s"].as_u64(), origin }.sane()
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
        // Tags are typed with commas between them, and shown with #.
        let parts = self.tags.iter().flat_map(|tag| tag.split(','));
        let parts = parts.map(|tag| tag.trim().trim_start_matches('#'));
        for tag in parts.map(|tag| plain(tag, MAX_TAG_CHARS)) {
            let is_new = !tags.iter().any(|other| same_name(other, &tag));
            if !tag.is_empty() && is_new && tags.len() < MAX_TAGS {
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

    #[test]
    fn what_can_be_read_is_kept() {
        let read = |json| Details::from_json(json);
        let json = r##"{"tags":[null,"#live","LIVE","a, b"],"added_unix_s":-1,"origin":"x\ny"}"##;
        let expected = ["live", "a", "b"].map(str::to_string).to_vec();
        assert_eq!(
            read(json),
            Details { tags: expected, added_unix_s: None, origin: "x y".into() }
        );
        assert_eq!(read("[]"), Details::default());
        assert_eq!(read("{"), Details::default());
    }
}
