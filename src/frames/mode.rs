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
    /// 4096 samples of latency at 44.1 and 48 kHz: for mixing and bouncing.
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

/// The frames of a mode at the reference rate, in samples.
struct Geometry {
    fft_size: usize,
    hop: usize,
    latency: usize,
    /// Length of the synthesis window, which starts `latency` before the
    /// frame's end.
    synthesis: usize,
    /// Length of the analysis window's fall, at its end.
    fall: usize,
}

impl Geometry {
    /// Measured: see `docs/quality.md`. `quality` analyses twice its latency: a
    /// longer window resolves pitches, and with a short fall the newest samples
    /// still count. The other modes' synthesis windows are so short that every
    /// output sample has half the latency of input after it.
    const fn of(mode: Mode) -> Self {
        match mode {
            Mode::Quality => {
                Self { fft_size: 8192, hop: 1024, latency: 4096, synthesis: 4096, fall: 1024 }
            }
            Mode::Balanced => {
                Self { fft_size: 4096, hop: 256, latency: 1024, synthesis: 512, fall: 384 }
            }
            Mode::Live => {
                Self { fft_size: 4096, hop: 128, latency: 512, synthesis: 256, fall: 384 }
            }
        }
    }
}

impl FrameSettings {
    /// The frames of `mode` at a sample rate: sizes double with each octave of
    /// the rate above 44.1 kHz and halve below, to the nearest power of two.
    pub fn new(mode: Mode, sample_rate_hz: u32) -> Self {
        let geometry = Geometry::of(mode);
        Self {
            sample_rate_hz,
            fft_size: scaled(geometry.fft_size, sample_rate_hz),
            hop: scaled(geometry.hop, sample_rate_hz),
            mode,
        }
    }

    /// Number of bins of a real spectrum: `fft_size / 2 + 1`.
    pub fn bins(&self) -> usize {
        self.fft_size / 2 + 1
    }

    /// Samples by which the output follows the input.
    pub fn latency_samples(&self) -> usize {
        scaled(Geometry::of(self.mode).latency, self.sample_rate_hz)
    }

    /// Frequency of a bin in Hz.
    pub fn bin_hz(&self, bin: usize) -> f64 {
        bin as f64 * f64::from(self.sample_rate_hz) / self.fft_size as f64
    }

    /// The analysis window, `fft_size` long.
    pub fn analysis_window(&self) -> Vec<f32> {
        let fall = scaled(Geometry::of(self.mode).fall, self.sample_rate_hz);
        window::asymmetric(self.fft_size, fall.min(self.fft_size / 2))
    }

    /// The synthesis window. It starts `latency_samples()` before the frame's
    /// end; its product with the analysis window there is a Hann window that
    /// adds up to 1 at every hop.
    pub fn synthesis_window(&self) -> Vec<f32> {
        let size = scaled(Geometry::of(self.mode).synthesis, self.sample_rate_hz);
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

fn scaled(size: usize, sample_rate_hz: u32) -> usize {
    let octaves = (f64::from(sample_rate_hz) / REFERENCE_RATE_HZ).log2().round() as i32;
    if octaves >= 0 { size << octaves } else { size >> -octaves }
}
