//! A packed clip or dictionary in the saved state: large, and shared instead of copied.

use std::sync::Arc;

use crc32fast::Hasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Stands for a packed text in serialized JSON. It occurs nowhere else: tokens have no spaces
/// between them, and quotes inside strings are escaped.
const PLACEHOLDER: &str = r#"["" ]"#;

/// Base64, which JSON does not escape.
#[derive(Clone, Debug)]
pub struct PackedText {
    text: Arc<str>,
    crc32: Hasher,
}

impl PackedText {
    /// The text, of which it is known that JSON does not escape anything in it.
    pub fn of_base64(text: String) -> Self {
        let mut crc32 = Hasher::new();
        crc32.update(text.as_bytes());
        Self { text: text.into(), crc32 }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn len(&self) -> usize {
        self.text.len()
    }
}

/// A placeholder, for [`JsonParts`].
impl Serialize for PackedText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let placeholder = RawValue::from_string(PLACEHOLDER.to_string());
        placeholder.map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PackedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of_base64(String::deserialize(deserializer)?))
    }
}

/// JSON with packed texts, in parts that belong one after another.
pub struct JsonParts<'a> {
    /// What is before, between and behind the texts.
    between: Vec<String>,
    texts: Vec<&'a PackedText>,
}

impl<'a> JsonParts<'a> {
    /// `texts` are those of `value` in the order in which they are serialized.
    pub fn new(value: &impl Serialize, texts: Vec<&'a PackedText>) -> serde_json::Result<Self> {
        // JSON has no null character.
        let json = serde_json::to_string(value)?.replace(PLACEHOLDER, "\"\0\"");
        let between: Vec<String> = json.split('\0').map(String::from).collect();
        assert_eq!(between.len(), texts.len() + 1, "packed texts");
        Ok(Self { between, texts })
    }

    /// The checksum of the whole JSON.
    pub fn crc32(&self) -> u32 {
        let mut crc32 = Hasher::new();
        for (place, between) in self.between.iter().enumerate() {
            crc32.update(between.as_bytes());
            if let Some(text) = self.texts.get(place) {
                crc32.combine(&text.crc32);
            }
        }
        crc32.finalize()
    }

    /// What is inside the quotes of a JSON string that contains `before`, the JSON and
    /// `behind`.
    pub fn quoted(&self, before: &str, behind: &str) -> serde_json::Result<Vec<Arc<str>>> {
        let mut parts = vec![escaped(before)?.into()];
        for (place, between) in self.between.iter().enumerate() {
            parts.push(escaped(between)?.into());
            parts.extend(self.texts.get(place).map(|text| text.text.clone()));
        }
        parts.push(escaped(behind)?.into());
        Ok(parts)
    }
}

/// A text as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> serde_json::Result<String> {
    let quoted = serde_json::to_string(text)?;
    Ok(quoted[1..quoted.len() - 1].to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct TestProject<'a> {
        name: &'a str,
        clips: Vec<PackedText>,
    }

    /// Names that look like placeholders, or are hard to quote, do not matter.
    #[test]
    fn parts_are_a_string_that_holds_the_json_and_have_its_checksum() {
        for name in ["piano", PLACEHOLDER, "\0", "\"\0\"", r#"\"[\"\" ]"#, "é\u{1F3B8}"] {
            let clips = ["AAAA", "", "/+=="].map(|text| PackedText::of_base64(text.to_string()));
            let project = TestProject { name, clips: clips.to_vec() };
            let parts = JsonParts::new(&project, project.clips.iter().collect()).unwrap();
            let quoted = parts.quoted("<", ">").unwrap();
            let read: String = serde_json::from_str(&format!("\"{}\"", quoted.concat())).unwrap();
            let json = serde_json::json!({ "name": name, "clips": ["AAAA", "", "/+=="] });
            let inside = &read[1..read.len() - 1];
            assert_eq!(serde_json::from_str::<serde_json::Value>(inside).unwrap(), json);
            assert_eq!(parts.crc32(), crc32fast::hash(inside.as_bytes()));
            assert!(quoted.iter().any(|part| Arc::ptr_eq(part, &project.clips[0].text)));
        }
    }
}
