//! Names of sources as names of files.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

/// Maximum length of a file name without its extension. Common file systems allow 255 bytes.
const MAX_BYTES: usize = 200;

/// Names that Windows reserves for devices, with any extension.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// Whether two names are the same name to a user: case is ignored, and so is whether an
/// accent is a character of its own. Many file systems do not tell such names apart either.
pub fn same_name(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

/// The same text for all names that are the same.
fn folded(name: &str) -> String {
    // Upper case first: `ς`, `σ` and `ß` have several lower-case forms.
    name.nfd().collect::<String>().to_uppercase().to_lowercase().nfc().collect()
}

/// A name like `name` that a file can have on every common system: `name` itself, except
/// for characters and names that Windows does not allow, dots and spaces at the end, which it
/// drops, and names that are too long.
pub fn storable(name: &str) -> String {
    let refused = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let mut stored: String = name.chars().map(|c| if refused(c) { '_' } else { c }).collect();
    while stored.len() > MAX_BYTES {
        stored.pop();
    }
    let kept = stored.trim_end_matches(['.', ' ']).len();
    let ending = stored.len() - kept;
    stored.replace_range(kept.., &"_".repeat(ending));
    // What follows a dot is an extension to Windows, and a device has any.
    let device = stored.split('.').next().unwrap_or_default().trim_end().len();
    if stored.is_empty() || is_device(&stored[..device]) {
        stored.insert(device, '_');
    }
    stored
}

/// The names of the sources' files, without extension, in their order: [`storable`], and all
/// different on every system.
pub fn file_stems<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    let unique = |name: &str| {
        let stored = storable(name);
        let numbered = (2..).map(|number| format!("{stored}-{number}"));
        let mut candidates = std::iter::once(stored.clone()).chain(numbered);
        candidates.find(|name| taken.insert(folded(name))).expect("there is always another number")
    };
    names.into_iter().map(unique).collect()
}

fn is_device(name: &str) -> bool {
    let upper = name.to_uppercase();
    let port = upper.strip_prefix("COM").or_else(|| upper.strip_prefix("LPT"));
    let numbers = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³"];
    DEVICES.contains(&upper.as_str()) || port.is_some_and(|number| numbers.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules of "Naming Files, Paths, and Namespaces" in Microsoft's documentation.
    #[test]
    fn every_system_can_store_the_names() {
        let same = ["violin", "Violine 2", "a.b", "é", "CONGA", "com", "COM10", "rest"];
        for name in same {
            assert_eq!(storable(name), name);
        }
        let others = [
            ("CON", "CON_"),
            ("nul", "nul_"),
            ("Aux.left", "Aux_.left"),
            ("com1", "com1_"),
            ("LPT³", "LPT³_"),
            ("voice.", "voice_"),
            ("voice. .", "voice___"),
            ("a/b:c", "a_b_c"),
            ("", "_"),
        ];
        for (name, stored) in others {
            assert_eq!(storable(name), stored);
        }
        let long = storable(&"🎻".repeat(64));
        assert!(long.len() <= 255 - ".wav".len() && long.starts_with("🎻🎻"));
    }

    #[test]
    fn every_system_tells_the_names_apart() {
        let names = ["CON", "con", "Voix\u{e9}", "voixe\u{301}", "a.", "a_", "straße", "STRASSE"];
        let stems = file_stems(names);
        assert_eq!(
            stems,
            ["CON_", "con_-2", "Voix\u{e9}", "voixe\u{301}-2", "a_", "a_-2", "straße", "STRASSE-2"]
        );
    }
}
