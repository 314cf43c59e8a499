//! `--strength NAME=PERCENT`: how strictly a source is separated.

use unbraid::dictionary::{Dictionary, same_name};
use unbraid::dsp::Separator;

use super::failure::usage;

/// A value of the option.
#[derive(Clone, Debug, PartialEq)]
pub struct Strength {
    name: String,
    percent: f32,
}

/// Parses a value of the option.
pub fn parse(text: &str) -> Result<Strength, String> {
    // A name may contain the sign as well.
    let parsed = text.rsplit_once('=').and_then(|(name, percent)| {
        let percent = percent.trim_end_matches('%').trim_end().parse().ok()?;
        Some(Strength { name: name.to_string(), percent })
    });
    parsed
        .filter(|strength| (-100.0..=100.0).contains(&strength.percent))
        .ok_or("use a source's name and a number from -100 to 100, like guitar=50".to_string())
}

/// # Errors
/// If a name is not one of the dictionary's, or is given twice.
pub fn check(strengths: &[Strength], dictionary: &Dictionary) -> anyhow::Result<()> {
    for (i, Strength { name, .. }) in strengths.iter().enumerate() {
        if !dictionary.sources.iter().any(|source| same_name(&source.name, name)) {
            let names: Vec<_> = dictionary.sources.iter().map(|s| s.name.as_str()).collect();
            return Err(usage(format!(
                "--strength {name}: the dictionary's sources are {}",
                names.join(", ")
            )));
        }
        if strengths[..i].iter().any(|other| same_name(&other.name, name)) {
            return Err(usage(format!("--strength {name} is given twice: use one value")));
        }
    }
    Ok(())
}

/// Sets the strengths of the sources that are named.
pub fn set(strengths: &[Strength], dictionary: &Dictionary, separator: &mut Separator) {
    for Strength { name, percent } in strengths {
        let named = dictionary.sources.iter().position(|source| same_name(&source.name, name));
        if let Some(source) = named {
            separator.set_strength(source, percent / 100.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_name_and_a_percentage() {
        let value = |name: &str, percent| Ok(Strength { name: name.to_string(), percent });
        assert_eq!(parse("guitar=50"), value("guitar", 50.0));
        assert_eq!(parse("a=b=-12.5 %"), value("a=b", -12.5));
        for bad in ["guitar", "guitar=", "guitar=101", "guitar=nan", "guitar=x"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
