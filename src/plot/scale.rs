//! Scales: positions of frequencies, times and levels on an axis, and of ticks.

use super::Resolution;

/// Lowest frequency drawn, unless the bins are wider.
const LOW_HZ: f64 = 40.0;

/// Pixels per tick on a time axis, and the maximum number of ticks.
pub(super) const TICK_PITCH: usize = 60;
pub(super) const MAX_TICKS: usize = 12;

/// A tick: position on the axis, 0 to 1, and its label; minor ticks have none.
pub(super) type Tick = (f64, String);

/// A logarithmic frequency axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogHz {
    pub low: f64,
    pub high: f64,
}

impl LogHz {
    /// From 40 Hz, or the first bin where that is higher, to Nyquist.
    pub fn new(resolution: Resolution) -> Self {
        let high = f64::from(resolution.sample_rate_hz) / 2.0;
        let low = LOW_HZ.max(resolution.bin_hz()).min(high / 4.0);
        Self { low, high }
    }

    pub fn place(&self, hz: f64) -> f64 {
        (hz / self.low).ln() / (self.high / self.low).ln()
    }

    pub fn hz(&self, place: f64) -> f64 {
        self.low * (self.high / self.low).powf(place)
    }

    /// Labels at 1, 2 and 5 times the powers of ten, with minor ticks in between.
    pub fn ticks(&self) -> Vec<Tick> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().floor() as i32;
        let all = decades.flat_map(|decade| (1..10).map(move |digit| (decade, digit)));
        all.map(|(decade, digit)| (f64::from(digit) * 10_f64.powi(decade), digit))
            .filter(|(hz, _)| (self.low..=self.high).contains(hz))
            .map(|(hz, digit)| {
                let label = if [1, 2, 5].contains(&digit) { hz_label(hz) } else { String::new() };
                (self.place(hz), label)
            })
            .collect()
    }
}

fn hz_label(hz: f64) -> String {
    if hz >= 1000.0 { format!("{}k", hz / 1000.0) } else { format!("{hz}") }
}

/// Ticks from 0 to `length`, at most `most` of them, at round steps.
pub(super) fn linear_ticks(length: f64, most: usize) -> Vec<Tick> {
    let rough = length / most.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    (0..=(length / step + 1e-9) as usize)
        .map(|n| n as f64 * step)
        .map(|at| (at / length, format!("{at:.decimals$}")))
        .collect()
}

/// Ticks every `step` dB from `floor_db` up to 0.
pub(super) fn db_ticks(floor_db: f64, step: usize) -> Vec<Tick> {
    (0..=(-floor_db) as usize)
        .step_by(step)
        .map(|below| (1.0 + below as f64 / floor_db, signed(-(below as f32))))
        .collect()
}

/// A whole number with a proper minus sign, but none for 0.
pub(super) fn signed(value: f32) -> String {
    format!("{:.0}", value.round() + 0.0).replace('-', "−")
}

/// Level of a magnitude relative to a peak, from `floor_db` to 0.
pub(super) fn level_db(magnitude: f32, peak: f32, floor_db: f32) -> f32 {
    let level = 20.0 * (magnitude / peak).log10();
    // Silence has no peak.
    if level.is_nan() { floor_db } else { level.clamp(floor_db, 0.0) }
}
