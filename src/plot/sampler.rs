//! From bins or frames to pixels.

/// How one pixel samples a row of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// The largest of several values, so that no peak is lost.
    Largest { start: usize, end: usize },
    /// A position between two values.
    Between { below: usize, fraction: f32 },
}

/// The values shown by each pixel of an axis.
pub(super) struct Sampler(Vec<Cell>);

impl Sampler {
    /// `position` returns the index of the value at a position on the axis in pixels; it
    /// must be increasing.
    pub fn new(pixels: usize, values: usize, position: impl Fn(f64) -> f64) -> Self {
        let last = (values - 1) as f64;
        let inside = |at: f64| (at.ceil().max(0.0) as usize).min(values);
        let cell = |pixel: usize| {
            let (start, end) = (pixel as f64, (pixel + 1) as f64);
            let (start, end) = (inside(position(start)), inside(position(end)));
            if start < end {
                return Cell::Largest { start, end };
            }
            let at = position(pixel as f64 + 0.5).clamp(0.0, last);
            let below = (at as usize).min(values.saturating_sub(2));
            Cell::Between { below, fraction: (at - below as f64) as f32 }
        };
        Self((0..pixels).map(cell).collect())
    }

    pub fn cell(&self, pixel: usize) -> Cell {
        self.0[pixel]
    }

    /// The value that a pixel shows.
    pub fn at(&self, pixel: usize, values: &[f32]) -> f32 {
        match self.0[pixel] {
            Cell::Largest { start, end } => {
                values[start..end].iter().copied().fold(f32::MIN, f32::max)
            }
            Cell::Between { below, fraction } => {
                let above = values[(below + 1).min(values.len() - 1)];
                values[below] + fraction * (above - values[below])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels as wide as half a value to twenty values: every value is the largest of some
    /// pixel or lies on a line between pixels, and no peak is lost.
    #[test]
    fn no_peak_is_lost_and_lines_stay_lines() {
        let sampler = Sampler::new(100, 400, |x| x * x / 25.0 - 0.5);
        for peak in 1..399 {
            let mut values = vec![0.0; 400];
            values[peak] = 1.0;
            let most = (0..100).map(|x| sampler.at(x, &values)).fold(0.0, f32::max);
            assert!(most > 0.5, "{peak}: {most}");
            assert!(peak < 40 || most == 1.0, "{peak}: {most}");
        }
        let line: Vec<f32> = (0..400).map(|n| n as f32).collect();
        let sampler = Sampler::new(1000, 400, |x| x * 0.4 - 0.5);
        for x in 0..1000 {
            let ideal = ((x as f32 + 0.5) * 0.4 - 0.5).clamp(0.0, 399.0);
            assert!((sampler.at(x, &line) - ideal).abs() < 0.21, "{x}");
        }
    }
}
