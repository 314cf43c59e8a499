//! Where the sources pause while the rest is learned.
//!
//! Beside a rest that is being learned, the sources are given a part of every frame, also where
//! they do not play, and the rest never learns that part. As in the engine
//! ([presence](../../../docs/algorithms.md#presence)), a source that a passage does not need gets
//! less of it. Multiplicative updates bring it back if that was wrong.

use ndarray::{Array2, ArrayView2, Axis, s};

use crate::dictionary::Source;
use crate::learn::progress::stop_unless;
use crate::learn::{Cancelled, Progress};

/// The gain in dB is `NEED_DB` · (fraction of the source's model that is needed) + `LEVEL_DB` ·
/// (its level relative to the mixture, in dB) + `OFFSET_DB`, between `MIN_GAIN_DB` and 0. The first
/// two are the engine's; the offset is higher, because an error here lasts.
const NEED_DB: f32 = 93.0;
const LEVEL_DB: f32 = 1.48;
const OFFSET_DB: f32 = -6.0;
const MIN_GAIN_DB: f32 = -20.0;

/// In this fraction of the frames, a source is taken to play: gains are relative to the one that
/// this fraction exceeds. Otherwise, a source that the rest has replaced would vanish.
const PLAYING: f32 = 0.1;

/// Bins that are multiplied at a time.
const BLOCK: usize = 64;

/// What a frame needs of a source.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    needed: f32,
    magnitude: f32,
    power: f32,
    /// Of the mixture.
    input: f32,
}

/// Lowers the activations of sources in frames that do not need them.
///
/// `v`: bins × frames; `w`, `h`: factors of it, in which the sources' components have their
/// places. Frames are averaged with as many as `reach` on either side.
///
/// # Errors
/// If the callback asks to stop.
pub(super) fn quieten(
    v: ArrayView2<f32>,
    w: ArrayView2<f32>,
    h: &mut Array2<f32>,
    sources: &[&Source],
    reach: usize,
    progress: Progress,
) -> Result<(), Cancelled> {
    let uses = uses(v, w, h, sources, progress)?;
    for (source, uses) in sources.iter().zip(&uses) {
        let gains = gains(uses, reach);
        for &component in &source.components {
            h.row_mut(component).iter_mut().zip(&gains).for_each(|(x, gain)| *x *= gain);
        }
    }
    Ok(())
}

/// For each source, the frames' need of it.
fn uses(
    v: ArrayView2<f32>,
    w: ArrayView2<f32>,
    h: &Array2<f32>,
    sources: &[&Source],
    progress: Progress,
) -> Result<Vec<Vec<Use>>, Cancelled> {
    let mut uses = vec![vec![Use::default(); v.ncols()]; sources.len()];
    let of_source: Vec<_> = sources.iter().map(|s| h.select(Axis(0), &s.components)).collect();
    for first in (0..v.nrows()).step_by(BLOCK) {
        stop_unless(progress(first as f32 / v.nrows() as f32))?;
        let rows = s![first..(first + BLOCK).min(v.nrows()), ..];
        let (v, w) = (v.slice(rows), w.slice(rows));
        let all = w.dot(h);
        for ((source, h), uses) in sources.iter().zip(&of_source).zip(&mut uses) {
            let model = w.select(Axis(1), &source.components).dot(h);
            for ((v, all), model) in v.rows().into_iter().zip(all.rows()).zip(model.rows()) {
                for (((of, v), all), model) in uses.iter_mut().zip(v).zip(all).zip(model) {
                    of.needed += (v - (all - model)).abs() - (v - all).abs();
                    of.magnitude += model;
                    of.power += model * model;
                    of.input += v * v;
                }
            }
        }
    }
    Ok(uses)
}

/// What the activations of a source are multiplied by in each frame.
fn gains(uses: &[Use], reach: usize) -> Vec<f32> {
    let around = |frame: usize| {
        let frames = &uses[frame.saturating_sub(reach)..(frame + reach + 1).min(uses.len())];
        frames.iter().fold(Use::default(), |sum, of| Use {
            needed: sum.needed + of.needed,
            magnitude: sum.magnitude + of.magnitude,
            power: sum.power + of.power,
            input: sum.input + of.input,
        })
    };
    let gain_db = |frame| {
        let of = around(frame);
        if of.magnitude <= 0.0 || of.power <= 0.0 || of.input <= 0.0 {
            return None;
        }
        let level_db = 10.0 * (of.power / of.input).log10();
        Some(NEED_DB * of.needed / of.magnitude + LEVEL_DB * level_db + OFFSET_DB)
    };
    // There is none where the source is silent.
    let gains_db: Vec<Option<f32>> = (0..uses.len()).map(gain_db).collect();
    let mut sorted: Vec<f32> = gains_db.iter().copied().flatten().collect();
    sorted.sort_by(f32::total_cmp);
    let place = (1.0 - PLAYING) * sorted.len().saturating_sub(1) as f32;
    let playing_db = sorted.get(place as usize).map_or(0.0, |gain_db| gain_db.min(0.0));
    let amplitude = |db: f32| 10f32.powf((db - playing_db).clamp(MIN_GAIN_DB, 0.0) / 20.0);
    gains_db.into_iter().map(|gain_db| gain_db.map_or(1.0, amplitude)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// A source with one component plays in the first half of the frames, and a rest, which
    /// resembles it, always.
    #[test]
    fn a_source_is_quieter_where_it_pauses() {
        let w = array![[0.8, 0.2], [0.2, 0.8]];
        let frames = 40;
        let playing = |t: usize| if t < frames / 2 { 1.0 } else { 0.0 };
        let truth =
            Array2::from_shape_fn((2, frames), |(k, t)| if k == 0 { playing(t) } else { 1.0 });
        let v = w.dot(&truth);
        // It has been given a part of what the rest plays.
        let given = |k: usize, t: usize| match k {
            0 => playing(t) + 0.2 * (1.0 - playing(t)),
            _ => 1.0 - 0.05 * (1.0 - playing(t)),
        };
        let before = Array2::from_shape_fn((2, frames), |(k, t)| given(k, t));
        let source = Source::new("one", 0, vec![0]);
        let mut h = before.clone();
        quieten(v.view(), w.view(), &mut h, &[&source], 2, &mut |_| true).unwrap();
        assert_eq!(h.row(1), before.row(1), "the rest stays");
        for t in 0..frames / 2 - 2 {
            assert_eq!(h[(0, t)], before[(0, t)]);
        }
        for t in frames / 2 + 2..frames {
            assert!(h[(0, t)] < 0.5 * before[(0, t)], "{}", h[(0, t)]);
        }
    }

    #[test]
    fn a_source_that_is_needed_nowhere_does_not_vanish() {
        let w = array![[0.5, 0.5], [0.5, 0.5]];
        let v = Array2::from_elem((2, 10), 1.0);
        let before = Array2::from_elem((2, 10), 1.0);
        let mut h = before.clone();
        let source = Source::new("one", 0, vec![0]);
        quieten(v.view(), w.view(), &mut h, &[&source], 2, &mut |_| true).unwrap();
        assert_eq!(h, before);
    }
}
