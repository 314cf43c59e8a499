//! Which writing a character belongs to: fonts are made, and looked for, by script and language.

use unicode_script::{Script, UnicodeScript};

/// Languages that write the same Chinese characters, but in other shapes. The first is taken if
/// nothing says otherwise.
const CHINESE_CHARACTERS: [&str; 4] = ["zh-CN", "zh-TW", "ja", "ko"];

/// What to look for: a script by its code in ISO 15924, and a language that uses it.
#[derive(Clone, Debug, PartialEq)]
pub struct Writing {
    pub script: &'static str,
    pub language: Option<String>,
}

/// The writings that `c` may belong to, the likeliest first. A character of no script, such as an
/// arrow, has none. `locale` is the user's, and `others` are characters that are
/// looked for at the same time.
pub fn writings(c: char, locale: Option<&str>, others: &[char]) -> Vec<Writing> {
    let scripts = c.script_extension().iter();
    let scripts = scripts
        .filter(|script| !matches!(script, Script::Common | Script::Inherited | Script::Unknown));
    let mut writings = Vec::new();
    for script in scripts {
        let mut add = |script, language: Option<&str>| {
            let writing = Writing { script, language: language.map(str::to_string) };
            if !writings.contains(&writing) {
                writings.push(writing);
            }
        };
        match script {
            Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo => {
                add("Hani", language_of(script));
                add(script.short_name(), None);
            }
            Script::Han => {
                let own = locale.filter(|own| is_of_chinese_characters(own));
                let beside = others.iter().find_map(|c| language_of(c.script()));
                for language in own.into_iter().chain(beside) {
                    add("Hani", Some(language));
                }
                CHINESE_CHARACTERS.iter().for_each(|language| add("Hani", Some(language)));
            }
            _ => add(script.short_name(), None),
        }
    }
    writings
}

/// The place of a character in a search: the faces that were found for those before it may have
/// it. Letters come first; Chinese characters then look like the letters beside them.
pub fn order(c: char) -> u8 {
    match c.script() {
        Script::Common | Script::Inherited | Script::Unknown => 2,
        Script::Han => 1,
        _ => 0,
    }
}

fn is_of_chinese_characters(locale: &str) -> bool {
    ["zh", "ja", "ko"].iter().any(|language| {
        let rest = locale.strip_prefix(language);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

/// The language that is written with Chinese characters and this script.
fn language_of(script: Script) -> Option<&'static str> {
    match script {
        Script::Hiragana | Script::Katakana => Some("ja"),
        Script::Hangul => Some("ko"),
        Script::Bopomofo => Some("zh-TW"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(
        c: char,
        locale: Option<&str>,
        others: &str,
    ) -> Option<(&'static str, Option<String>)> {
        let others: Vec<char> = others.chars().collect();
        let writing = writings(c, locale, &others).into_iter().next()?;
        Some((writing.script, writing.language))
    }

    /// Scripts by the tables of the Unicode standard.
    #[test]
    fn characters_belong_to_scripts() {
        for (c, script) in [('ק', "Hebr"), ('ع', "Arab"), ('ก', "Thai"), ('स', "Deva")] {
            assert_eq!(first(c, Some("ja-JP"), "ギ"), Some((script, None)), "{c}");
        }
        assert_eq!(first('⇄', None, ""), None);
        // The last is of no single script, but used in Japanese only.
        for (c, language) in
            [('ギ', "ja"), ('あ', "ja"), ('기', "ko"), ('ㄅ', "zh-TW"), ('ー', "ja")]
        {
            assert_eq!(first(c, None, ""), Some(("Hani", Some(language.to_string()))), "{c}");
        }
    }

    #[test]
    fn chinese_characters_are_those_of_the_users_language_or_of_what_is_beside_them() {
        for (locale, others, language) in [
            (None, "", "zh-CN"),
            (Some("de-DE"), "", "zh-CN"),
            (Some("zh-CN"), "ギ", "zh-CN"),
            (Some("zh-Hans-SG"), "", "zh-Hans-SG"),
            (Some("zh-Hant-HK"), "", "zh-Hant-HK"),
            (Some("zh-TW"), "", "zh-TW"),
            (Some("ja-JP"), "", "ja-JP"),
            (Some("ko"), "", "ko"),
            (Some("kok-IN"), "", "zh-CN"),
            (Some("en-US"), "吉ギ", "ja"),
            (None, "기", "ko"),
        ] {
            let expected = Some(("Hani", Some(language.to_string())));
            assert_eq!(first('吉', locale, others), expected, "{locale:?} {others}");
        }
        let all = writings('吉', Some("ja"), &[]);
        let languages: Vec<_> = all.iter().filter_map(|w| w.language.as_deref()).collect();
        assert_eq!(languages, ["ja", "zh-CN", "zh-TW", "ko"], "the others follow");
    }
}
