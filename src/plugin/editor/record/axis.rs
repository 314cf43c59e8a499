//! The time axis of recordings that are drawn one after another. Each has its own sample rate, and
//! what is drawn of it are peaks of a fixed number of samples.

use std::ops::Range;

use egui::Rect;

use crate::plugin::project::envelope::STEP;

/// The shortest duration that the width shows, in seconds.
const MIN_SHOWN_S: f64 = 20.0;

/// Peaks that are equally long.
struct Piece {
    peaks: usize,
    /// Duration of one of them.
    peak_s: f64,
}

/// Places are in seconds, or in peaks over all recordings.
pub struct Axis {
    pub rect: Rect,
    pieces: Vec<Piece>,
}

impl Axis {
    /// For each recording, `pieces` has its number of peaks and its sample rate.
    pub fn new(rect: Rect, pieces: impl Iterator<Item = (usize, u32)>) -> Self {
        let peak_s = |sample_rate_hz: u32| STEP as f64 / f64::from(sample_rate_hz.max(1));
        let piece = |(peaks, rate): (usize, u32)| Piece { peaks, peak_s: peak_s(rate) };
        Self { rect, pieces: pieces.map(piece).collect() }
    }

    /// The number of peaks.
    pub fn peaks(&self) -> usize {
        self.pieces.iter().map(|piece| piece.peaks).sum()
    }

    fn total_s(&self) -> f64 {
        self.pieces.iter().map(|piece| piece.peaks as f64 * piece.peak_s).sum()
    }

    /// Seconds across the whole width.
    pub fn shown_s(&self) -> f64 {
        self.total_s().max(MIN_SHOWN_S)
    }

    /// When a peak begins.
    pub fn time_s(&self, peak: usize) -> f64 {
        let (mut time_s, mut left) = (0.0, peak);
        for piece in &self.pieces {
            let peaks = left.min(piece.peaks);
            time_s += peaks as f64 * piece.peak_s;
            left -= peaks;
        }
        time_s
    }

    /// The place of a time among the peaks, at most their number.
    pub fn peak_at_s(&self, time_s: f64) -> f64 {
        let (mut first, mut left_s) = (0.0, time_s);
        for piece in &self.pieces {
            let peaks = left_s / piece.peak_s;
            if peaks < piece.peaks as f64 {
                return first + peaks;
            }
            first += piece.peaks as f64;
            left_s -= piece.peaks as f64 * piece.peak_s;
        }
        first
    }

    /// The beginning of a peak that is nearest to a place in the window.
    pub fn peak_at(&self, x: f32) -> usize {
        let fraction = ((x - self.rect.left()) / self.rect.width()).clamp(0.0, 1.0);
        self.peak_at_s(f64::from(fraction) * self.shown_s()).round() as usize
    }

    /// Where in the window a peak begins.
    pub fn x_of(&self, peak: usize) -> f32 {
        self.rect.left() + (self.time_s(peak) / self.shown_s()) as f32 * self.rect.width()
    }

    /// The peaks in each of `count` equal parts of the width, at least one, up to the last part in
    /// which there are any.
    pub fn columns(&self, count: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        let (peaks, total_s, shown_s) = (self.peaks(), self.total_s(), self.shown_s());
        let time_s = move |column: usize| column as f64 / count.max(1) as f64 * shown_s;
        let peak = move |column: usize| self.peak_at_s(time_s(column)) as usize;
        (0..count)
            .take_while(move |column| time_s(*column) < total_s)
            .map(move |column| (peak(column), peak(column + 1)))
            .map(move |(from, to)| from..to.max(from + 1).min(peaks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    #[test]
    fn recordings_of_any_rate_are_as_wide_as_they_are_long() {
        let rect = Rect::from_min_size(pos2(100.0, 0.0), vec2(800.0, 50.0));
        // 8 s at 48 kHz, nothing, 12 s at 8 kHz, 20 s at 16 kHz.
        let pieces = [(750, 48_000), (0, 44_100), (187, 8_000), (625, 16_000)];
        let axis = Axis::new(rect, pieces.into_iter());
        let first_s = [0.0, 8.0, 8.0, 8.0 + 187.0 * 0.064];
        let total_s = first_s[3] + 20.0;
        let x = |time_s: f64| 100.0 + (time_s / total_s) as f32 * 800.0;
        assert_eq!(axis.peaks(), 1562);
        for (peak, time_s) in
            [(0, 0.0), (375, 4.0), (750, 8.0), (850, 14.4), (937, first_s[3]), (1562, total_s)]
        {
            assert!((axis.x_of(peak) - x(time_s)).abs() < 0.01, "peak {peak}");
            assert_eq!(axis.peak_at(x(time_s)), peak, "{time_s} s");
        }
        assert_eq!((axis.peak_at(0.0), axis.peak_at(2000.0)), (0, 1562));
        let columns: Vec<Range<usize>> = axis.columns(800).collect();
        assert_eq!((columns.len(), columns[0].start, columns[799].end), (800, 0, 1562));
        let width_of = |peaks: Range<usize>| {
            columns.iter().filter(|column| peaks.contains(&column.start)).count() as f64
        };
        assert!((width_of(0..750) - 800.0 * 8.0 / total_s).abs() <= 2.0);
        assert!((width_of(937..1562) - 800.0 * 20.0 / total_s).abs() <= 2.0);
        // Less than the width shows at least, and nothing.
        let short = Axis::new(rect, [(625, 16_000), (625, 64_000)].into_iter());
        assert_eq!(short.shown_s(), 25.0);
        let shorter = Axis::new(rect, [(750, 48_000)].into_iter());
        assert_eq!((shorter.x_of(750), shorter.columns(800).count()), (420.0, 320));
        let nothing = Axis::new(rect, std::iter::empty());
        assert_eq!((nothing.peak_at(500.0), nothing.columns(800).count()), (0, 0));
    }
}
