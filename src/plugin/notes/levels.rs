//! A spectrum's levels in dB, and the peaks that stand out from their surroundings.

/// Range in which partials are searched for.
pub const LOWEST_HZ: f64 = 25.0;
pub const HIGHEST_HZ: f64 = 8000.0;

/// Peaks this far below the frame's highest do not count.
const RANGE_DB: f32 = 45.0;

/// A partial exceeds the mean level around it by this much.
const PROMINENCE_DB: f32 = 9.0;

/// Half the width of the surroundings: in Hz, and as a fraction of the frequency.
const AROUND_HZ: f64 = 150.0;
const AROUND_SHARE: f64 = 0.15;

/// A peak of the spectrum.
#[derive(Clone, Copy, Debug)]
pub struct Peak {
    pub frequency_hz: f32,
    /// Magnitude of the spectrum at the peak.
    pub magnitude: f32,
}

/// Levels per bin, up to [`HIGHEST_HZ`].
#[derive(Default)]
pub struct Levels {
    /// In dB, and their cumulative sums.
    level_db: Vec<f32>,
    sum_db: Vec<f64>,
    bin_hz: f64,
    /// Power between the lowest and the highest partial.
    power: f32,
}

impl Levels {
    /// Takes in a spectrum: the power of every bin from 0 Hz up.
    pub fn take(&mut self, powers: impl Iterator<Item = f32>, bin_hz: f64) {
        self.bin_hz = bin_hz;
        self.level_db.clear();
        self.sum_db.clear();
        self.sum_db.push(0.0);
        self.power = 0.0;
        let (first, mut sum) = (self.first(), 0.0);
        for (bin, power) in powers.take((HIGHEST_HZ / bin_hz) as usize).enumerate() {
            self.power += if bin < first { 0.0 } else { power };
            let level_db = 10.0 * (power + 1e-20).log10();
            sum += f64::from(level_db);
            self.level_db.push(level_db);
            self.sum_db.push(sum);
        }
    }

    /// Power between the lowest and the highest partial.
    pub fn power(&self) -> f32 {
        self.power
    }

    /// Puts the peaks into `found`, lowest first.
    ///
    /// Their frequencies are those of parabolas through three levels in dB
    /// (Smith & Serra, PARSHL, 1987, appendix B).
    pub fn peaks(&self, found: &mut Vec<Peak>) {
        found.clear();
        let levels = &self.level_db;
        let first = self.first().min(levels.len());
        let loudest = levels[first..].iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for i in first.max(1)..levels.len().saturating_sub(1) {
            let (below, here, above) = (levels[i - 1], levels[i], levels[i + 1]);
            if here < below || here <= above || here < loudest - RANGE_DB {
                continue;
            }
            if here < self.around_db(i) + PROMINENCE_DB {
                continue;
            }
            let shift = 0.5 * (below - above) / (below - 2.0 * here + above).min(-1e-6);
            let level_db = here - 0.25 * (below - above) * shift;
            found.push(Peak {
                frequency_hz: ((i as f64 + f64::from(shift)) * self.bin_hz) as f32,
                magnitude: 10f32.powf(level_db / 20.0),
            });
        }
    }

    fn first(&self) -> usize {
        (LOWEST_HZ / self.bin_hz) as usize
    }

    /// Mean of the levels around a bin.
    fn around_db(&self, bin: usize) -> f32 {
        let half = ((AROUND_HZ / self.bin_hz).max(bin as f64 * AROUND_SHARE)) as usize;
        let (from, to) = (bin.saturating_sub(half), (bin + half + 1).min(self.level_db.len()));
        ((self.sum_db[to] - self.sum_db[from]) / (to - from) as f64) as f32
    }
}
