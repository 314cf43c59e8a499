//! Adapts a dictionary to frames other than those it was learned with.

use ndarray::{Array2, ArrayView1};

use super::Dictionary;
use crate::frames::FrameSettings;

/// What was changed in a dictionary to make it fit. The text is for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remapped {
    pub from: FrameSettings,
    pub to: FrameSettings,
}

impl std::fmt::Display for Remapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, to } = self;
        write!(
            f,
            "the dictionary was learned at {} Hz, FFT {}, {} mode, and is remapped to {} Hz, FFT \
             {}, {} mode; learning it again there separates better",
            from.sample_rate_hz, from.fft_size, from.mode, to.sample_rate_hz, to.fft_size, to.mode
        )
    }
}

impl Dictionary {
    /// Returns the dictionary for the frames `to`: every spectrum is interpolated linearly
    /// in Hz, zero past the old Nyquist frequency, and scaled to its old sum. The second
    /// value is `None` if nothing had to be changed.
    pub fn remapped(&self, to: FrameSettings) -> (Self, Option<Remapped>) {
        if self.frames == to {
            return (self.clone(), None);
        }
        let from = self.frames;
        let mut remapped = Self { frames: to, ..self.clone() };
        if (FrameSettings { hop: to.hop, ..from }) == to {
            // Spectra do not depend on the hop.
            return (remapped, None);
        }
        if from.fft_size != to.fft_size || from.sample_rate_hz != to.sample_rate_hz {
            remapped.w = interpolated(&self.w, &from, &to);
        }
        (remapped, Some(Remapped { from, to }))
    }
}

fn interpolated(w: &Array2<f32>, from: &FrameSettings, to: &FrameSettings) -> Array2<f32> {
    let step = to.bin_hz(1) / from.bin_hz(1);
    let mut out = Array2::zeros((to.bins(), w.ncols()));
    for (column, mut new) in w.columns().into_iter().zip(out.columns_mut()) {
        for (bin, new) in new.iter_mut().enumerate() {
            let position = bin as f64 * step;
            let low = position as usize;
            let fraction = (position - low as f64) as f32;
            let at = |i: usize| column.get(i).copied().unwrap_or(0.0);
            *new = (1.0 - fraction) * at(low) + fraction * at(low + 1);
        }
        // Not `sum()`, whose rounding depends on the order of the matrix in memory.
        let sum = |column: ArrayView1<f32>| column.iter().map(|&x| f64::from(x)).sum::<f64>();
        let (old_sum, new_sum) = (sum(column), sum(new.view()));
        if new_sum > 0.0 {
            new *= (old_sum / new_sum) as f32;
        }
    }
    out
}
