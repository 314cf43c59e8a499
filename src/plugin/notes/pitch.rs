//! Finds the note of a learned spectrum.

use super::hz;
use super::levels::{Levels, Peak};
use super::salience::Salience;

/// Minimum fraction of the spectrum's power that its note explains: with less, it is a chord,
/// a drum, or noise.
const EXPLAINED: f32 = 0.5;

/// Half the width of a partial: in bins, and as a fraction of its frequency, because learned
/// notes were played with vibrato and bends.
const WIDE_BINS: f32 = 2.5;
const WIDE_SHARE: f32 = 0.02;

/// Below this frequency a note needs the first number of partials, above it the second, if
/// they are in the analysed range: kicks and toms have fewer.
const LOW_HZ: f32 = 150.0;
const MIN_LOW: usize = 6;
const MIN_HARMONICS: usize = 3;
const HIGHEST_HZ: f32 = 4000.0;

/// Finds the note of a spectrum; holds the buffers for it.
#[derive(Default)]
pub struct PitchFinder {
    levels: Levels,
    peaks: Vec<Peak>,
    salience: Salience,
}

impl PitchFinder {
    /// The note of a magnitude spectrum with bins `bin_hz` apart, as a MIDI number; `None` if
    /// it has no clear pitch.
    pub fn note(&mut self, magnitudes: &[f32], bin_hz: f64) -> Option<usize> {
        self.levels.take(magnitudes.iter().map(|x| x * x), bin_hz);
        self.levels.peaks(&mut self.peaks);
        let note = *self.salience.notes(&self.peaks).first()?;
        let note_hz = hz(note as f32);
        let least = if note_hz < LOW_HZ { MIN_LOW } else { MIN_HARMONICS };
        let partials = self.salience.of_first().count();
        if partials < least.min((HIGHEST_HZ / note_hz) as usize) {
            return None;
        }
        let explained = self.explained(magnitudes, bin_hz as f32);
        (explained >= EXPLAINED * self.levels.power()).then_some(note)
    }

    /// Power of the note's partials.
    fn explained(&self, magnitudes: &[f32], bin_hz: f32) -> f32 {
        let (mut sum, mut next) = (0.0, 0);
        for partial in self.salience.of_first() {
            let bin = partial.frequency_hz / bin_hz;
            let half = WIDE_BINS.max(WIDE_SHARE * bin);
            let to = ((bin + half) as usize + 1).min(magnitudes.len());
            let from = ((bin - half).ceil().max(0.0) as usize).max(next).min(to);
            sum += magnitudes[from..to].iter().map(|x| x * x).sum::<f32>();
            // Where partials overlap, nothing counts twice.
            next = to;
        }
        sum
    }
}
