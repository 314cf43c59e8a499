//! Requirements that every dictionary must meet.

use super::error::Invalid;
use super::source::REST_NAME;
use super::{Dictionary, Source};
use crate::frames::SAMPLE_RATES_HZ;

/// Allowed FFT sizes of a dictionary.
pub(super) const FFT_SIZES: std::ops::RangeInclusive<usize> = 64..=65_536;

/// Allowed numbers of components of a dictionary.
pub const COMPONENTS: std::ops::RangeInclusive<usize> = 0..=4096;

/// Largest penalty, and largest fraction left unexplained, of a source; largest rarity.
const MAX_NUMBER: f32 = 100.0;

/// Maximum length of a name in characters.
const NAME_CHARS: usize = 64;

impl Dictionary {
    /// Checks everything that the engine relies on.
    ///
    /// # Errors
    /// The first problem found.
    pub fn check(&self) -> Result<(), Invalid> {
        let frames = &self.frames;
        in_range("the sample rate in Hz", frames.sample_rate_hz as usize, &{
            *SAMPLE_RATES_HZ.start() as usize..=*SAMPLE_RATES_HZ.end() as usize
        })?;
        in_range("the FFT size", frames.fft_size, &FFT_SIZES)?;
        if !frames.fft_size.is_multiple_of(2) {
            return Err(Invalid::OddSize(frames.fft_size));
        }
        in_range("the hop", frames.hop, &(1..=frames.fft_size))?;
        in_range("the number of components", self.components(), &COMPONENTS)?;
        if ![0, 6, 12].contains(&self.transpose) {
            return Err(Invalid::Transpose(self.transpose));
        }
        if self.w.nrows() != frames.bins() {
            return Err(Invalid::Shape {
                found: self.w.shape().to_vec(),
                bins: frames.bins(),
                components: self.components(),
            });
        }
        self.check_entries()?;
        self.check_rarity()?;
        self.check_sources()
    }

    fn check_entries(&self) -> Result<(), Invalid> {
        for ((bin, component), w) in self.w.indexed_iter() {
            if !w.is_finite() || *w < 0.0 {
                return Err(Invalid::Entry { bin, component });
            }
        }
        if self.components() > 0 && self.w.iter().all(|w| *w == 0.0) {
            return Err(Invalid::Silent);
        }
        Ok(())
    }

    fn check_rarity(&self) -> Result<(), Invalid> {
        let (found, components) = (self.rarity.len(), self.components());
        if found != components {
            return Err(Invalid::RarityCount { found, components });
        }
        match self.rarity.iter().find(|rarity| !(0.0..=MAX_NUMBER).contains(*rarity)) {
            Some(rarity) => Err(Invalid::Rarity(*rarity)),
            None => Ok(()),
        }
    }

    fn check_sources(&self) -> Result<(), Invalid> {
        let mut owners = vec![0usize; self.components()];
        for (place, source) in self.sources.iter().enumerate() {
            check_source(source)?;
            if self.sources[..place].iter().any(|other| same_file(&other.name, &source.name)) {
                return Err(Invalid::SameName(source.name.clone()));
            }
            for &component in &source.components {
                *owners.get_mut(component).ok_or_else(|| Invalid::NoComponent {
                    source_name: source.name.clone(),
                    component,
                    components: self.components(),
                })? += 1;
            }
        }
        if let Some(component) = owners.iter().position(|&count| count != 1) {
            return Err(Invalid::Owner { component, owners: owners[component] });
        }
        if self.sources.iter().filter(|source| source.rest).count() > 1 {
            return Err(Invalid::TwoRests);
        }
        Ok(())
    }
}

/// Whether two names would refer to the same file where case is ignored.
fn same_file(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn check_source(source: &Source) -> Result<(), Invalid> {
    if !source.rest || source.name.to_lowercase() != REST_NAME {
        check_name(&source.name)?;
    }
    let numbers =
        [("a penalty of", source.penalty), ("unexplained", source.unexplained.unwrap_or(0.0))];
    for (what, value) in numbers {
        if !(0.0..=MAX_NUMBER).contains(&value) {
            return Err(Invalid::SourceNumber { source_name: source.name.clone(), what, value });
        }
    }
    check_color(&source.color)
}

/// Checks the name of a source other than the rest. It is also used as a file name, so it
/// should be valid on most systems.
///
/// # Errors
/// If it is not valid.
pub fn check_name(name: &str) -> Result<(), Invalid> {
    let lower = name.to_lowercase();
    let reserved = lower == "mixture" || lower == REST_NAME;
    let length = name.chars().count();
    let odd = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    if reserved
        || length == 0
        || length > NAME_CHARS
        || name.contains(odd)
        || name.starts_with('.')
        || name.trim() != name
    {
        return Err(Invalid::Name(name.to_string()));
    }
    Ok(())
}

fn check_color(color: &str) -> Result<(), Invalid> {
    let digits = color.strip_prefix('#').unwrap_or_default();
    if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(Invalid::Color(color.to_string()));
    }
    Ok(())
}

fn in_range(
    what: &'static str,
    found: usize,
    range: &std::ops::RangeInclusive<usize>,
) -> Result<(), Invalid> {
    if range.contains(&found) {
        return Ok(());
    }
    let [found, low, high] = [found, *range.start(), *range.end()].map(|x| x as u64);
    Err(Invalid::Range { what, found, low, high })
}
