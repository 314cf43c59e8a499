//! The three modes: which frames the engine works on, and what they cost in
//! latency.

use serde::{Deserialize, Serialize};

use super::window;

/// The rate at which the sizes below are stated. At other rates they are
/// multiplied by the nearest power of two, so that a frame lasts about as long.
const REFERENCE_RATE_HZ: f64 = 44_100.0;

/// Lowest and highest sample rate that the engine runs at.
pub const SAMPLE_RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// How latency is traded for separation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// 4096 samples at 44.1 and 48 kHz: for mixing and bouncing.
    Quality,
    /// 1024 samples.
    Balanced,
    /// 512 samples: for playing through it.
    Live,
}

impl Mode {
    pub const ALL: [Mode; 3] = [Mode::Quality, Mode::Balanced, Mode::Live];

    pub fn name(self) -> &'static str {
        match self {
            Mode::Quality => "quality",
            Mode::Balanced => "balanced",
            Mode::Live => "live",
        }
    }
}

impl std::str::FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Mode::ALL
            .into_iter()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| format!("no mode `{text}`: use quality, balanced or live"))
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The frames that a dictionary holds for: all that must agree between a
/// dictionary and the engine that runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameSettings {
    pub sample_rate_hz: u32,
    pub fft_size: usize,
    pub hop: usize,
    pub mode: Mode,
}

impl FrameSettings {
    /// The frames of `mode` at a sample rate: sizes double with each octave of
    /// the rate above 44.1 kHz and halve below, to the nearest power of two.
    pub fn new(mode: Mode, sample_rate_hz: u32) -> Self {
        let hop = match mode {
            Mode::Quality => 1024,
            Mode::Balanced => 256,
            Mode::Live => 128,
        };
        Self {
            sample_rate_hz,
            fft_size: scaled(4096, sample_rate_hz),
            hop: scaled(hop, sample_rate_hz),
            mode,
        }
    }

    /// Number of bins of a real spectrum: `fft_size / 2 + 1`.
    pub fn bins(&self) -> usize {
        self.fft_size / 2 + 1
    }

    /// Samples by which the output follows the input.
    pub fn latency_samples(&self) -> usize {
        match self.mode {
            Mode::Quality => self.fft_size,
            Mode::Balanced => self.fft_size / 4,
            Mode::Live => self.fft_size / 8,
        }
    }

    /// Frequency of a bin in Hz.
    pub fn bin_hz(&self, bin: usize) -> f64 {
        bin as f64 * f64::from(self.sample_rate_hz) / self.fft_size as f64
    }

    /// The analysis window, `fft_size` long.
    pub fn analysis_window(&self) -> Vec<f32> {
        match self.mode {
            Mode::Quality => window::root_hann(self.fft_size),
            Mode::Balanced | Mode::Live => {
                window::asymmetric(self.fft_size, self.fft_size * FALL_OF_4096 / 4096)
            }
        }
    }

    /// The synthesis window. It covers the samples of the frame from
    /// `fft_size - latency_samples()` on, and its product with the analysis
    /// window there adds up to 1 at every hop.
    pub fn synthesis_window(&self) -> Vec<f32> {
        let size = match self.mode {
            Mode::Quality => self.fft_size,
            Mode::Balanced | Mode::Live => 2 * self.hop,
        };
        let start = self.fft_size - self.latency_samples();
        let overlap = size as f32 / self.hop as f32 / 2.0;
        let analysis = self.analysis_window();
        window::hann(size)
            .iter()
            .zip(&analysis[start..])
            .map(
                |(target, analysis)| if *target == 0.0 { 0.0 } else { target / analysis / overlap },
            )
            .collect()
    }
}

/// Samples over which the asymmetric analysis window falls, of 4096. Measured:
/// see `docs/algorithms.md`.
const FALL_OF_4096: usize = 384;

fn scaled(size: usize, sample_rate_hz: u32) -> usize {
    let octaves = (f64::from(sample_rate_hz) / REFERENCE_RATE_HZ).log2().round() as i32;
    if octaves >= 0 { size << octaves } else { size >> -octaves }
}
