//! The slow trend of a frame: a constant offset and its drift, below all notes.

/// Coefficients of a trend.
pub const TERMS: usize = 3;

/// If no more than this fraction of a trend's energy remains of a frame, it is rounding.
const ROUNDING: f64 = 1e-12;

/// The trend of windowed frames: the polynomial of degree `TERMS - 1` that comes nearest to
/// the frame in the sense of least squares, weighted by the squared window. Without it, a frame
/// is also free of the leakage that the window gives to a constant or a slow drift, and that
/// reaches far into the audible bins.
#[derive(Clone, Debug)]
pub struct Trend {
    /// Orthonormal: powers of time times the window, each `window.len()` long.
    basis: [Vec<f32>; TERMS],
}

impl Trend {
    /// For frames with this window.
    pub fn new(window: &[f32]) -> Self {
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(TERMS);
        for power in 0..TERMS {
            // Time from -1 to 1.
            let time = |n: usize| (2.0 * n as f64 + 1.0) / window.len() as f64 - 1.0;
            let windowed = window.iter().enumerate();
            let mut term: Vec<f64> =
                windowed.map(|(n, w)| f64::from(*w) * time(n).powi(power as i32)).collect();
            for lower in &basis {
                let part = product(lower, &term);
                term.iter_mut().zip(lower).for_each(|(x, lower)| *x -= part * lower);
            }
            let length = product(&term, &term).sqrt();
            term.iter_mut().for_each(|x| *x /= length);
            basis.push(term);
        }
        let single = |term: &Vec<f64>| term.iter().map(|x| *x as f32).collect();
        Self { basis: std::array::from_fn(|power| single(&basis[power])) }
    }

    /// The orthonormal terms, each as long as the window.
    pub fn basis(&self) -> &[Vec<f32>; TERMS] {
        &self.basis
    }

    /// Whether a frame with this trend is nothing else: whether what remains of its energy is
    /// rounding.
    pub fn is_all(coefficients: [f32; TERMS], remaining_energy: f64) -> bool {
        remaining_energy <= ROUNDING * energy(&coefficients)
    }

    /// Subtracts its trend from a windowed frame. A frame that is nothing else becomes silence.
    pub fn remove(&self, frame: &mut [f32]) {
        let of = |term: &Vec<f32>| {
            let products = term.iter().zip(&*frame).map(|(b, x)| f64::from(*b) * f64::from(*x));
            products.sum::<f64>() as f32
        };
        let coefficients = self.basis.each_ref().map(of);
        for (term, coefficient) in self.basis.iter().zip(coefficients) {
            frame.iter_mut().zip(term).for_each(|(x, b)| *x -= coefficient * b);
        }
        if Self::is_all(coefficients, energy(frame)) {
            frame.fill(0.0);
        }
    }
}

fn energy(x: &[f32]) -> f64 {
    x.iter().map(|x| f64::from(*x).powi(2)).sum()
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::{FrameSettings, Mode};

    /// What is left of polynomials is rounding; what is left of the lowest note of a bass
    /// is nearly all of it.
    #[test]
    fn polynomials_are_removed_and_low_notes_stay() {
        for (mode, rate) in [(Mode::Quality, 44_100), (Mode::Live, 44_100), (Mode::Live, 48_000)] {
            let window = FrameSettings::new(mode, rate).analysis_window();
            let trend = Trend::new(&window);
            let left_db = |signal: &dyn Fn(f64) -> f64| {
                let time_s = |n: usize| n as f64 / f64::from(rate);
                let windowed = window.iter().enumerate();
                let mut frame: Vec<f32> =
                    windowed.map(|(n, w)| (f64::from(*w) * signal(time_s(n))) as f32).collect();
                let before = energy(&frame);
                trend.remove(&mut frame);
                10.0 * (energy(&frame) / before).log10()
            };
            let polynomial = left_db(&|t| 0.5 + 3.0 * t - 7.0 * t * t);
            assert!(polynomial < -120.0, "{mode}: {polynomial} dB");
            for phase in [0.0, 0.8, 1.6, 2.4] {
                let tone = |hz: f64| left_db(&|t| (std::f64::consts::TAU * hz * t + phase).sin());
                assert!(tone(1.0) < -40.0, "{mode}: {} dB", tone(1.0));
                assert!(tone(41.2) > -0.7, "{mode}: {} dB", tone(41.2));
            }
        }
    }
}
