//! The latency of a mode as text, and back.

use crate::frames::{FrameSettings, Mode};

/// Samples by which the output lags behind the input, with the work of a frame spread over a
/// hop or not.
pub fn latency_samples(mode: Mode, sample_rate_hz: u32, spread: bool) -> usize {
    let frames = FrameSettings::new(mode, sample_rate_hz);
    frames.latency_samples() + if spread { frames.hop } else { 0 }
}

/// The window's name for the mode.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Quality => "Best sound",
        Mode::Balanced => "Balanced",
        Mode::Live => "Live",
    }
}

/// `live: 512 samples, 11.6 ms`.
pub fn mode_text(mode: Mode, sample_rate_hz: u32, spread: bool) -> String {
    let samples = latency_samples(mode, sample_rate_hz, spread);
    let ms = samples as f64 * 1000.0 / f64::from(sample_rate_hz);
    format!("{mode}: {samples} samples, {ms:.1} ms")
}

/// Parses a mode's name, with or without the part that [`mode_text`] adds.
pub fn mode_from_text(text: &str) -> Option<Mode> {
    text.split(':').next()?.trim().to_lowercase().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_read_back() {
        for mode in Mode::ALL {
            for rate in [8_000, 44_100, 96_000] {
                assert_eq!(mode_from_text(&mode_text(mode, rate, false)), Some(mode));
            }
            assert_eq!(mode_from_text(mode.name()), Some(mode));
        }
        assert_eq!(mode_from_text("fast"), None);
        assert_eq!(mode_text(Mode::Live, 44_100, false), "live: 512 samples, 11.6 ms");
        assert_eq!(mode_text(Mode::Live, 44_100, true), "live: 640 samples, 14.5 ms");
    }
}
