//! Detects which notes sound in a clip, and for how long.
//!
//! It analyses frames of 93 ms, every 46 ms: first the partials ([`peaks`], [`levels`]), then
//! the notes by harmonic summation with cancelling ([`salience`], after Klapuri 2006). A note
//! counts if it holds for some frames, and a clip has notes only if they explain most of its
//! sound for a good part of its time: drums and noise have none. [`PitchFinder`] finds the notes of
//! learned spectra.

mod levels;
mod peaks;
mod pitch;
mod salience;
#[cfg(test)]
mod tests;

use std::ops::Range;

use peaks::PeakFinder;
pub use pitch::PitchFinder;
use salience::Salience;

use super::clip_analyses::ClipAnalysis;
use super::project::clip::Clip;

/// Notes that are reported: A0 to C8, as on a piano, as MIDI numbers.
pub const LOWEST: usize = 21;
pub const HIGHEST: usize = 108;
const COUNT: usize = HIGHEST - LOWEST + 1;

/// Maximum number of notes reported at once.
const MAX_AT_ONCE: usize = 4;

/// Frames this far below the loudest, or below full scale, are silent.
const QUIET_DB: f32 = 45.0;
const SILENT_DB: f32 = 75.0;

/// Minimum fraction of a frame's power that its notes explain.
const EXPLAINED: f32 = 0.5;

/// Minimum number of frames that a note holds.
const MIN_FRAMES: usize = 3;

/// Notes that sound for less than this in total are not reported: most of them
/// are overtones.
const MIN_NOTE_S: f32 = 0.2;

/// Minimum fraction of the non-silent time in which there are notes.
const PITCHED: f32 = 0.3;

/// Clips with lower rates are not analysed.
const MIN_RATE_HZ: u32 = 4000;

/// Which notes sound in a frame.
type ActiveNotes = [bool; COUNT];

/// MIDI number of a frequency, with its fraction.
fn midi(frequency_hz: f32) -> f32 {
    69.0 + 12.0 * (frequency_hz / 440.0).log2()
}

fn hz(midi: f32) -> f32 {
    440.0 * ((midi - 69.0) / 12.0).exp2()
}

/// Detected notes.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectedNotes {
    seconds: [f32; COUNT],
    /// Seconds that are not silent.
    pub sounding_s: f32,
    /// Seconds in which notes are reported.
    pub pitched_s: f32,
}

impl Default for DetectedNotes {
    fn default() -> Self {
        Self { seconds: [0.0; COUNT], sounding_s: 0.0, pitched_s: 0.0 }
    }
}

impl ClipAnalysis for DetectedNotes {
    const THREAD: &str = "unbraid notes";

    fn of(clip: &Clip, go_on: &mut dyn FnMut() -> bool) -> Option<Self> {
        Self::listen(&clip.channels(), clip.sample_rate_hz(), go_on)
    }
}

impl DetectedNotes {
    /// Analyses channels of equal length, all together. Calls `goes_on` throughout, and
    /// returns `None` if it returns false.
    pub fn listen(
        channels: &[Vec<f32>],
        sample_rate_hz: u32,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Option<Self> {
        if sample_rate_hz < MIN_RATE_HZ {
            return Some(Self::default());
        }
        let mut finder = PeakFinder::new(sample_rate_hz);
        let mut salience = Salience::default();
        let mut frame = vec![0.0; finder.length()];
        let hop = frame.len() / 2;
        let starts = (0..channels.first().map_or(0, Vec::len)).step_by(hop);
        let power: Vec<f32> =
            starts.clone().map(|start| power_of(&mut frame, channels, start)).collect();
        let loudest = power.iter().copied().fold(0.0, f32::max);
        let least = (loudest * power_ratio(-QUIET_DB)).max(power_ratio(-SILENT_DB));
        let mut sounds: Vec<ActiveNotes> = vec![[false; COUNT]; power.len()];
        for ((start, power), sounds) in starts.zip(&power).zip(&mut sounds) {
            if !goes_on() {
                return None;
            }
            if *power < least {
                continue;
            }
            fill(&mut frame, channels, start);
            salience.notes(finder.peaks(&frame)).iter().for_each(|n| sounds[n - LOWEST] = true);
            if finder.fraction(salience.explained().map(|partial| partial.magnitude)) < EXPLAINED {
                *sounds = [false; COUNT];
            }
        }
        let sounding = power.iter().filter(|power| **power >= least).count();
        let mut detected = Self::of(&sounds, sounding, hop as f32 / sample_rate_hz as f32);
        // The last frame reaches beyond the end.
        let length_s = channels.first().map_or(0, Vec::len) as f32 / sample_rate_hz as f32;
        detected.sounding_s = detected.sounding_s.min(length_s);
        detected.pitched_s = detected.pitched_s.min(length_s);
        Some(detected)
    }

    /// The result, from the notes of frames that are `hop_s` apart; `sounding` of them are
    /// not silent.
    fn of(sounds: &[ActiveNotes], sounding: usize, hop_s: f32) -> Self {
        let sounding_s = sounding as f32 * hop_s;
        let mut detected = Self { sounding_s, ..Self::default() };
        let mut pitched = vec![false; sounds.len()];
        for note in 0..COUNT {
            let runs = runs(sounds, note);
            let seconds = runs.iter().map(ExactSizeIterator::len).sum::<usize>() as f32 * hop_s;
            if seconds >= MIN_NOTE_S {
                detected.seconds[note] = seconds;
                runs.into_iter().for_each(|run| pitched[run].fill(true));
            }
        }
        detected.pitched_s = pitched.iter().filter(|pitched| **pitched).count() as f32 * hop_s;
        if detected.pitched_s < PITCHED * sounding_s {
            return Self { sounding_s, ..Self::default() };
        }
        detected
    }

    /// Adds the notes of another clip.
    pub fn add(&mut self, other: &Self) {
        for (mine, other) in self.seconds.iter_mut().zip(other.seconds) {
            *mine += other;
        }
        self.sounding_s += other.sounding_s;
        self.pitched_s += other.pitched_s;
    }

    /// The notes, as MIDI numbers with seconds, lowest first.
    pub fn notes(&self) -> impl Iterator<Item = (usize, f32)> {
        self.seconds.iter().enumerate().filter(|(_, s)| **s > 0.0).map(|(i, s)| (LOWEST + i, *s))
    }
}

/// Where a note holds, without gaps of more than one frame.
fn runs(sounds: &[ActiveNotes], note: usize) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for frame in (0..sounds.len()).filter(|frame| sounds[*frame][note]) {
        match runs.last_mut() {
            Some(run) if frame <= run.end + 1 => run.end = frame + 1,
            _ => runs.push(frame..frame + 1),
        }
    }
    runs.retain(|run| run.len() >= MIN_FRAMES);
    runs
}

/// Fills a frame with the sum of all channels, and zeros after the end.
fn fill(frame: &mut [f32], channels: &[Vec<f32>], start: usize) {
    frame.fill(0.0);
    for channel in channels {
        for (sum, x) in frame.iter_mut().zip(channel.iter().skip(start)) {
            *sum += x / channels.len() as f32;
        }
    }
}

fn power_of(frame: &mut [f32], channels: &[Vec<f32>], start: usize) -> f32 {
    fill(frame, channels, start);
    frame.iter().map(|x| x * x).sum::<f32>() / frame.len() as f32
}

fn power_ratio(db: f32) -> f32 {
    10f32.powf(db / 10.0)
}
