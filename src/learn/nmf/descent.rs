//! The iterative search for W and H.

use ndarray::Array2;

use super::multiplicative::{Move, Update, Updater};
use super::options::{Descent, NmfOptions};
use crate::divergence::Divergence;
use crate::learn::arithmetic::product::{row_major, transposed};
use crate::learn::divergence::floor;
use crate::learn::factors::Factors;
use crate::learn::progress::stop_unless;
use crate::learn::{Cancelled, GoOn, Progress};

/// Close to 2, an update no longer converges.
const RELAXATION: f32 = 1.8;

/// Both factors, in the layout that the updates use.
#[derive(Clone)]
struct TransposedFactors {
    /// Bins × components.
    w: Array2<f32>,
    /// Frames × components.
    h: Array2<f32>,
}

/// Updates W and H (bins × components, components × frames) until the options say to stop.
/// `v` is row-major.
pub(super) fn descend(
    v: Array2<f32>,
    w: Array2<f32>,
    h: Array2<f32>,
    options: &NmfOptions,
    progress: Progress,
) -> Result<Factors, Cancelled> {
    let mut search = NmfRun::new(v, w, h, options, &mut || progress(0.0))?;
    let mut objective: Vec<f64> = Vec::new();
    for iteration in 0..options.iterations {
        let part: Progress =
            &mut |fraction| progress((iteration as f32 + fraction) / options.iterations as f32);
        objective.push(search.iterate(part)?);
        if search.is_forward() && settled(&objective, options.tolerance) {
            break;
        }
    }
    let (factors, last) = search.finish(&mut |_| progress(1.0))?;
    objective.push(last);
    Ok(Factors { w: factors.w, h: row_major(factors.h.t()).into_owned(), columns: None, objective })
}

fn settled(objective: &[f64], tolerance: f64) -> bool {
    match objective {
        [.., before, now] => tolerance > 0.0 && before - now < tolerance * before,
        _ => false,
    }
}

struct NmfRun<'a> {
    options: &'a NmfOptions,
    floor: f32,
    v: Array2<f32>,
    v_transposed: Array2<f32>,
    updater: Updater,
    now: TransposedFactors,
    /// The state before the last iteration, and its divergence.
    before: TransposedFactors,
    value_before: f64,
    /// Whether the last iteration continued from the result of the previous one.
    forward: bool,
}

impl<'a> NmfRun<'a> {
    fn new(
        mut v: Array2<f32>,
        w: Array2<f32>,
        h: Array2<f32>,
        options: &'a NmfOptions,
        go_on: GoOn,
    ) -> Result<Self, Cancelled> {
        let floor = floor(v.view());
        v.mapv_inplace(|x| options.divergence.floored(x, floor));
        stop_unless(go_on())?;
        let v_transposed = transposed(v.view());
        let now = TransposedFactors {
            w: row_major(w.view()).into_owned(),
            h: row_major(h.t()).into_owned(),
        };
        Ok(Self {
            options,
            floor,
            v_transposed,
            updater: Updater::new(options.divergence, floor, &v, w.ncols(), go_on)?,
            v,
            before: now.clone(),
            now,
            value_before: f64::INFINITY,
            forward: true,
        })
    }

    fn is_forward(&self) -> bool {
        self.forward
    }

    /// Does one iteration and returns the divergence at its start.
    fn iterate(&mut self, progress: Progress) -> Result<f64, Cancelled> {
        let by = match self.options.descent {
            Descent::Plain => Move::Multiply(1.0),
            Descent::Fast if self.options.divergence == Divergence::Euclidean => Move::Project,
            Descent::Fast => Move::Multiply(RELAXATION),
        };
        let start = self.now.clone();
        let value = self.move_both(by, progress)?;
        // Rounding may make a value slightly negative.
        let value = value.max(0.0);
        self.forward = by != Move::Multiply(RELAXATION) || value <= self.value_before;
        if self.forward {
            (self.before, self.value_before) = (start, value);
        } else {
            // Too far: repeats from the previous state, with the update as published.
            self.now = self.before.clone();
            self.move_both(Move::Multiply(1.0), &mut |_| progress(1.0))?;
        }
        Ok(self.value_before)
    }

    /// Updates W, if any of it is free, then H; returns the divergence before.
    fn move_both(&mut self, by: Move, progress: Progress) -> Result<f64, Cancelled> {
        let TransposedFactors { w, h } = &mut self.now;
        let fixed = self.options.fixed;
        let learns_w = fixed < w.ncols();
        let mut value = 0.0;
        if learns_w {
            let update = Update { by, fixed, valued: true };
            value = self
                .updater
                .update(&self.v, w, h, update, &mut |fraction| progress(fraction / 2.0))?;
        }
        let update = Update { by, fixed: 0, valued: !learns_w };
        let part: Progress =
            &mut |fraction| progress(if learns_w { 0.5 + fraction / 2.0 } else { fraction });
        let value_of_h = self.updater.update(&self.v_transposed, h, w, update, part)?;
        Ok(if learns_w { value } else { value_of_h })
    }

    /// Returns the result of the search and its divergence.
    fn finish(self, progress: Progress) -> Result<(TransposedFactors, f64), Cancelled> {
        let TransposedFactors { w, h } = &self.now;
        let divergence = self.options.divergence;
        let value = divergence.value_above(self.floor, self.v.view(), w.view(), h.t(), progress)?;
        Ok(if value > self.value_before && self.options.descent == Descent::Fast {
            (self.before, self.value_before)
        } else {
            (self.now, value)
        })
    }
}
