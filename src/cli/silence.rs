//! `--silent NAME=FROM-TO`: passages of a recording in which a source does not play.

use std::ops::Range;

use unbraid::dictionary::same_name;
use unbraid::frames::FrameSettings;
use unbraid::learn::Silence;

use super::failure::usage;
use super::progress;

/// A value of the option.
#[derive(Clone, Debug, PartialEq)]
pub struct SilentPassages {
    name: String,
    seconds: Vec<Range<f64>>,
}

/// Parses a value of the option.
pub fn parse(text: &str) -> Result<SilentPassages, String> {
    // A name may contain the sign as well.
    let parsed = text.rsplit_once('=').and_then(|(name, passages)| {
        let seconds = passages.split(',').map(passage).collect::<Option<Vec<_>>>()?;
        Some(SilentPassages { name: name.to_string(), seconds })
    });
    parsed.ok_or_else(|| {
        "use a source's name and where it is silent, in seconds or minutes and seconds, \
         like guitar=0-7.5 or guitar=1:10-1:24,2:05-2:20"
            .to_string()
    })
}

fn passage(text: &str) -> Option<Range<f64>> {
    let (from, to) = text.split_once('-')?;
    let passage = seconds(from)?..seconds(to)?;
    (passage.start < passage.end).then_some(passage)
}

/// `S` or `M:S`.
fn seconds(text: &str) -> Option<f64> {
    let number = |text: &str| {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        text.parse::<f64>().ok().filter(|_| is_plain)
    };
    match text.trim().split_once(':') {
        Some((minutes, seconds)) => {
            let whole: u32 = minutes.parse().ok()?;
            Some(60.0 * f64::from(whole) + number(seconds).filter(|seconds| *seconds < 60.0)?)
        }
        None => number(text.trim()),
    }
}

/// # Errors
/// If a name is not one of the sources'.
pub fn check(silences: &[SilentPassages], sources: &[&str]) -> anyhow::Result<()> {
    let is_known = |name: &str| sources.iter().any(|source| same_name(source, name));
    match silences.iter().find(|silence| !is_known(&silence.name)) {
        Some(SilentPassages { name, .. }) => {
            let sources = sources.join(", ");
            Err(usage(format!("--silent {name}: the sources are {sources}")))
        }
        None => Ok(()),
    }
}

/// All passages, in seconds.
pub fn passages(silences: &[SilentPassages]) -> impl Iterator<Item = &Range<f64>> {
    silences.iter().flat_map(|silence| &silence.seconds)
}

/// The passages in samples of a recording, with the names that the sources have.
///
/// # Errors
/// If one begins after the end of the recording, `file`, which has so many `samples`.
pub fn of_recording<'a>(
    silences: &[SilentPassages],
    sources: &[&'a str],
    file: &str,
    samples: usize,
    sample_rate_hz: u32,
) -> anyhow::Result<Vec<Silence<'a>>> {
    let rate = f64::from(sample_rate_hz);
    let length_s = samples as f64 / rate;
    let mut all = Vec::new();
    for SilentPassages { name, seconds } in silences {
        for passage in seconds {
            if passage.start >= length_s {
                let from = passage.start;
                return Err(usage(format!(
                    "--silent {name}: a passage begins at {from} s, but {file} ends at \
                     {length_s:.1} s"
                )));
            }
            let samples = (passage.start * rate).ceil() as usize
                ..((passage.end * rate).floor() as usize).min(samples);
            let source = sources.iter().find(|source| same_name(source, name));
            all.extend(source.map(|source| Silence { source, samples }));
        }
    }
    Ok(all)
}

/// Reports passages that no frame fits into: nothing is learned from them.
pub fn note_short(silences: &[SilentPassages], frames: &FrameSettings) {
    let frame_s = frames.fft_size as f64 / f64::from(frames.sample_rate_hz);
    for SilentPassages { name, seconds } in silences {
        for Range { start, end } in seconds.iter().filter(|it| it.end - it.start < frame_s) {
            progress::note(format_args!(
                "--silent {name}: {start} to {end} s is too short to be of use; in this mode, mark \
                 at least {frame_s:.2} s"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_name_and_passages() {
        let value = |name: &str, seconds: &[Range<f64>]| {
            Ok(SilentPassages { name: name.to_string(), seconds: seconds.to_vec() })
        };
        assert_eq!(parse("guitar=0-7.5"), value("guitar", &[0.0..7.5]));
        assert_eq!(parse("a=b=1:10-1:24.5, 2:05 - 130"), value("a=b", &[70.0..84.5, 125.0..130.0]));
        for bad in
            ["guitar", "guitar=", "guitar=5", "guitar=5-5", "guitar=7-5", "guitar=1-x", "g=-1-2"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
        for bad in ["g=1:60-1:70", "g=0-inf", "g=nan-2", "g=0-1e3", "g=1:2:3-2:00", "g=1-2,,"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn passages_become_samples() {
        let silences = [parse("Guitar=0.5-1,9-20").unwrap()];
        let sources = ["voice", "guitar"];
        let of = |samples| of_recording(&silences, &sources, "song.wav", samples, 8_000);
        let silence = |samples| Silence { source: "guitar", samples };
        assert_eq!(of(80_000).unwrap(), [silence(4_000..8_000), silence(72_000..80_000)]);
        let error = of(64_000).unwrap_err().to_string();
        assert!(error.contains("begins at 9 s, but song.wav ends at 8.0 s"), "{error}");
    }
}
