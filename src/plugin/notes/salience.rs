//! Finds fundamental frequencies from partials: harmonic summation with cancelling.
//!
//! After A. Klapuri, *Multiple fundamental frequency estimation by summing harmonic
//! amplitudes*, ISMIR 2006. A candidate's salience is the weighted sum of the amplitudes of
//! its harmonics, with the paper's weights for frames of 93 ms; the most salient is selected,
//! its partials are removed, and so on, until the sum of n saliences over n to the power of
//! [`GAMMA`] no longer grows. Unlike the paper, it works on the peaks, which also give the
//! candidates, and not on a whitened spectrum.

use super::levels::Peak;
use super::{HIGHEST, LOWEST, MAX_AT_ONCE, hz, midi};

/// Harmonics that count.
const HARMONICS: usize = 16;

/// Weights of harmonics, g = (f + ALPHA) / (h f + BETA), for frames of 93 ms.
const ALPHA_HZ: f32 = 52.0;
const BETA_HZ: f32 = 320.0;

/// Amplitudes are compressed, as in hearing, so that the loudest partial alone does not
/// decide.
const COMPRESSION: f32 = 0.4;

/// Exponent for the number of notes: a lower one finds more notes. It is 0.7 in the paper;
/// here that missed the third note of a chord more often.
const GAMMA: f32 = 0.6;

/// Tolerance for partials, as a fraction of the harmonic's frequency and of the
/// fundamental's.
const OFF_HARMONIC: f32 = 0.025;
const OFF_FUNDAMENTAL: f32 = 0.2;

/// Number of strongest partials that candidates are derived from, and the highest harmonic
/// that each may be.
const SEEDS: usize = 12;
const SEED_HARMONICS: usize = 8;

/// Below this frequency a note needs this many partials: kicks and rumble have fewer.
const ALONE_HZ: f32 = 150.0;
const MIN_HARMONICS: usize = 3;

/// A partial while notes are being found.
#[derive(Clone, Copy)]
pub struct Partial {
    pub frequency_hz: f32,
    pub magnitude: f32,
    /// Compressed amplitude that is left.
    amplitude: f32,
}

/// Finds the notes of a frame, at most [`MAX_AT_ONCE`].
#[derive(Default)]
pub struct Salience {
    partials: Vec<Partial>,
    /// The note that each partial belongs to, by the number of notes found before it.
    owner: Vec<Option<usize>>,
    seeds: Vec<usize>,
    found: Vec<usize>,
}

/// A candidate: its harmonics, as indices of partials.
struct Candidate {
    fundamental_hz: f32,
    salience: f32,
    harmonics: [Option<usize>; HARMONICS],
}

impl Candidate {
    /// Whether it has enough partials for a note.
    fn is_enough(&self) -> bool {
        let harmonics = self.harmonics.iter().flatten().count();
        harmonics >= MIN_HARMONICS || self.fundamental_hz >= ALONE_HZ
    }
}

impl Salience {
    /// The notes that explain the peaks, as MIDI numbers, most salient first.
    pub fn notes(&mut self, peaks: &[Peak]) -> &[usize] {
        self.take(peaks);
        self.found.clear();
        let (mut sum, mut rated) = (0.0, 0.0);
        for count in 1..=MAX_AT_ONCE {
            let Some(best) = self.best() else { break };
            sum += best.salience;
            let rating = sum / (count as f32).powf(GAMMA);
            if rating <= rated {
                break;
            }
            rated = rating;
            self.cancel(&best, count - 1);
            let note = midi(best.fundamental_hz).round() as usize;
            let note = note.clamp(LOWEST, HIGHEST);
            if !self.found.contains(&note) {
                self.found.push(note);
            }
        }
        &self.found
    }

    /// The partials that belong to the notes, lowest first.
    pub fn explained(&self) -> impl Iterator<Item = &Partial> {
        self.of(|owner| owner.is_some())
    }

    /// The partials of the most salient note, lowest first.
    pub fn of_first(&self) -> impl Iterator<Item = &Partial> {
        self.of(|owner| owner == Some(0))
    }

    fn of(&self, owned: fn(Option<usize>) -> bool) -> impl Iterator<Item = &Partial> {
        let partials = self.partials.iter().zip(&self.owner);
        partials.filter(move |(_, owner)| owned(**owner)).map(|(partial, _)| partial)
    }

    fn take(&mut self, peaks: &[Peak]) {
        let loudest = peaks.iter().map(|p| p.magnitude).fold(f32::MIN_POSITIVE, f32::max);
        self.partials.clear();
        self.partials.extend(peaks.iter().map(|peak| Partial {
            frequency_hz: peak.frequency_hz,
            magnitude: peak.magnitude,
            amplitude: (peak.magnitude / loudest).powf(COMPRESSION),
        }));
        self.owner.clear();
        self.owner.resize(peaks.len(), None);
    }

    fn best(&mut self) -> Option<Candidate> {
        self.seeds.clear();
        self.seeds.extend(0..self.partials.len());
        let amplitude = |i: &usize| self.partials[*i].amplitude;
        self.seeds.sort_unstable_by(|a, b| amplitude(b).total_cmp(&amplitude(a)));
        let range_hz = hz(LOWEST as f32 - 0.5)..hz(HIGHEST as f32 + 0.5);
        let mut best: Option<Candidate> = None;
        for &seed in self.seeds.iter().take(SEEDS) {
            for harmonic in 1..=SEED_HARMONICS {
                let rough_hz = self.partials[seed].frequency_hz / harmonic as f32;
                if !range_hz.contains(&rough_hz) {
                    continue;
                }
                let candidate = self.candidate(rough_hz);
                if !range_hz.contains(&candidate.fundamental_hz) || !candidate.is_enough() {
                    continue;
                }
                if best.as_ref().is_none_or(|best| candidate.salience > best.salience) {
                    best = Some(candidate);
                }
            }
        }
        best
    }

    /// A candidate with its harmonics; they determine its fundamental together.
    fn candidate(&self, rough_hz: f32) -> Candidate {
        let mut harmonics = [None; HARMONICS];
        let (mut salience, mut weighted, mut weights) = (0.0, 0.0, 0.0);
        for (place, found) in harmonics.iter_mut().enumerate() {
            let harmonic = place as f32 + 1.0;
            let at_hz = rough_hz * harmonic;
            let off_hz = (OFF_HARMONIC * at_hz).min(OFF_FUNDAMENTAL * rough_hz);
            let Some(partial) = self.nearest(at_hz, off_hz) else { continue };
            *found = Some(partial);
            let Partial { frequency_hz, amplitude, .. } = self.partials[partial];
            let weight = weight(rough_hz, harmonic) * amplitude;
            salience += weight;
            weighted += weight * frequency_hz;
            weights += weight * harmonic;
        }
        let fundamental_hz = if weights > 0.0 { weighted / weights } else { rough_hz };
        Candidate { fundamental_hz, salience, harmonics }
    }

    /// The partial nearest to a frequency.
    fn nearest(&self, at_hz: f32, off_hz: f32) -> Option<usize> {
        let above = self.partials.partition_point(|p| p.frequency_hz < at_hz);
        let off = |i: usize| (self.partials[i].frequency_hz - at_hz).abs();
        let near = [above.checked_sub(1), (above < self.partials.len()).then_some(above)];
        let nearest = near.into_iter().flatten().min_by(|a, b| off(*a).total_cmp(&off(*b)))?;
        (off(nearest) <= off_hz).then_some(nearest)
    }

    /// Removes a note's partials, each by at most the mean amplitude around it: what exceeds
    /// that belongs to another note too.
    fn cancel(&mut self, best: &Candidate, number: usize) {
        let amplitude = |place: Option<usize>| {
            place
                .and_then(|place| best.harmonics.get(place).copied().flatten())
                .map_or(0.0, |partial| self.partials[partial].amplitude)
        };
        let smooth: [f32; HARMONICS] = std::array::from_fn(|place| {
            let beside = [place.checked_sub(1), Some(place), Some(place + 1)].map(amplitude);
            let [below, here, above] = beside;
            if place == 0 { here } else { here.min((below + here + above) / 3.0) }
        });
        for (partial, smooth) in best.harmonics.iter().zip(smooth) {
            if let Some(partial) = *partial {
                self.owner[partial].get_or_insert(number);
                self.partials[partial].amplitude -= smooth;
            }
        }
    }
}

fn weight(fundamental_hz: f32, harmonic: f32) -> f32 {
    (fundamental_hz + ALPHA_HZ) / (harmonic * fundamental_hz + BETA_HZ)
}
