//! Values of options, and the sentences about those that cannot be used.

use std::fmt::Display;
use std::ops::RangeInclusive;

/// Parses a whole number in a range.
pub fn whole<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: std::str::FromStr + PartialOrd + Copy + Display + TryInto<u64>,
{
    move |text| match text.parse::<T>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => {
            let (low, high) = (range.start(), range.end());
            // Nobody needs to know how many bits the number has.
            let limited = (*high).try_into().is_ok_and(|high| high < 1 << 31);
            Err(match limited {
                true => format!("use a whole number from {low} to {high}"),
                false => format!("use a whole number of {low} or more"),
            })
        }
    }
}

/// Parses a number in a range. `example` is for the sentence.
pub fn number(
    range: RangeInclusive<f64>,
    example: &'static str,
) -> impl Fn(&str) -> Result<f64, String> + Clone {
    move |text| match text.parse::<f64>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ if range.start().is_finite() => {
            Err(format!("use a number from {} to {}, like {example}", range.start(), range.end()))
        }
        _ => Err(format!("use a number like {example}")),
    }
}
