//! Spectra of chosen frames of recordings.

use std::sync::Arc;

use ndarray::Array2;
use realfft::{RealFftPlanner, RealToComplex};

use super::groups::map_in_groups;
use super::recording::{Reader, Recording, samples_at};
use super::{Cancelled, Progress};
use crate::frames::FrameSettings;
use crate::frames::trend::Trend;

/// Frames that one thread transforms at a time.
const BLOCK: usize = 4;

/// Frames, at most this many samples apart, that are transformed together.
const SPAN_SAMPLES: usize = 1 << 16;

/// Frames per window used in learning, whatever the engine's hop: denser frames cost time
/// and add nothing.
const FRAMES_PER_WINDOW: usize = 4;

/// Hop between frames in learning, in samples.
pub fn learning_hop(frames: &FrameSettings) -> usize {
    frames.hop.max(frames.fft_size / FRAMES_PER_WINDOW)
}

/// Number of frames of a recording.
pub(super) fn frame_count(recording: &dyn Recording, frames: &FrameSettings) -> usize {
    if recording.channels() == 0 {
        return 0;
    }
    match samples_at(recording, frames.sample_rate_hz) {
        0 => 0,
        samples => samples.saturating_sub(frames.fft_size) / learning_hop(frames) + 1,
    }
}

/// Magnitude spectra of frames without their trends. Channels are combined by power, so that
/// out-of-phase content is not lost. A recording shorter than a
/// window is extended with its mean.
pub(super) struct FrameAnalysis {
    frames: FrameSettings,
    window: Vec<f32>,
    trend: Trend,
    hop: usize,
    fft: Arc<dyn RealToComplex<f32>>,
}

impl FrameAnalysis {
    pub fn new(frames: &FrameSettings) -> Self {
        let window = frames.analysis_window();
        Self {
            frames: *frames,
            hop: learning_hop(frames),
            fft: RealFftPlanner::new().plan_fft_forward(window.len()),
            trend: Trend::new(&window),
            window,
        }
    }

    /// `map(spectrum)` of frames of several recordings. `numbers` are ascending and count
    /// the frames of all recordings, one recording after another.
    pub fn map<T: Send>(
        &self,
        recordings: &[&dyn Recording],
        numbers: &[usize],
        map: impl Fn(Vec<f32>) -> T + Sync,
        progress: Progress,
    ) -> Result<Vec<T>, Cancelled> {
        let mut results = Vec::with_capacity(numbers.len());
        let mut left = numbers;
        let mut first = 0;
        for recording in recordings {
            let end = first + frame_count(*recording, &self.frames);
            let (own, others) = left.split_at(left.partition_point(|number| *number < end));
            left = others;
            let own: Vec<usize> = own.iter().map(|number| (number - first) * self.hop).collect();
            first = end;
            let mut reader = Reader::new(*recording, self.frames.sample_rate_hz);
            let mut starts = &own[..];
            while let [start, ..] = starts {
                let last = start + SPAN_SAMPLES;
                let (near, others) = starts.split_at(starts.partition_point(|s| *s < last));
                starts = others;
                let until = near[near.len() - 1] + self.window.len();
                let fraction = results.len() as f32 / numbers.len() as f32;
                reader.hold(&(*start..until), &mut || progress(fraction))?;
                let of_block = |starts: &[usize]| self.map_block(&reader, starts, &map);
                let blocks = near.chunks(BLOCK).collect();
                let mapped =
                    map_in_groups(blocks, self.cost(), of_block, &mut |_| progress(fraction))?;
                results.extend(mapped.into_iter().flatten());
            }
        }
        Ok(results)
    }

    fn map_block<T>(
        &self,
        reader: &Reader,
        starts: &[usize],
        map: impl Fn(Vec<f32>) -> T,
    ) -> Vec<T> {
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        let mut magnitudes = |channel: usize, start: usize| -> Vec<f32> {
            let samples = reader.channel(channel, start..start + self.window.len());
            let (recorded, beyond) = frame.split_at_mut(samples.len());
            recorded.copy_from_slice(samples);
            if !beyond.is_empty() {
                beyond.fill(samples.iter().sum::<f32>() / samples.len().max(1) as f32);
            }
            frame.iter_mut().zip(&self.window).for_each(|(x, w)| *x *= w);
            self.trend.remove(&mut frame);
            self.fft
                .process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .expect("lengths come from the plan");
            spectrum.iter().map(|x| x.norm()).collect()
        };
        let mut combined = |start: usize| {
            let mut first = magnitudes(0, start);
            if reader.channels() > 1 {
                let second = magnitudes(1, start);
                let both = first.iter_mut().zip(second);
                both.for_each(|(l, r)| *l = l.hypot(r) * std::f32::consts::FRAC_1_SQRT_2);
            }
            first
        };
        starts.iter().map(|start| map(combined(*start))).collect()
    }

    /// Approximate work of a block of frames, in multiplications.
    fn cost(&self) -> usize {
        2 * BLOCK * transform_cost(self.window.len())
    }
}

/// Approximate work of the spectrum of one channel's frame, in multiplications.
pub(super) fn transform_cost(window: usize) -> usize {
    48 * window
}

/// The sum of squares of a spectrum.
pub(super) fn energy(spectrum: &[f32]) -> f64 {
    spectrum.iter().map(|x| f64::from(*x).powi(2)).sum()
}

/// Spectra as a matrix, bins × frames, in which those of a frame are neighbours in memory.
pub(super) fn matrix_of_spectra(spectra: Vec<Vec<f32>>, bins: usize) -> Array2<f32> {
    let count = spectra.len();
    let mut all = Vec::with_capacity(count * bins);
    spectra.into_iter().for_each(|spectrum| all.extend(spectrum));
    let frames = Array2::from_shape_vec((count, bins), all).expect("spectra of equal length");
    frames.reversed_axes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Mode;
    use crate::learn::recording::InMemory;
    use crate::stft::magnitudes;

    /// Chosen frames of several recordings, stereo and mono, have the spectra of
    /// [`magnitudes`], without trends.
    #[test]
    fn chosen_frames_have_the_spectra_of_all() {
        let settings = FrameSettings::new(Mode::Quality, 8_000);
        let tone =
            |hz: f32| -> Vec<f32> { (0..40_000).map(|t| (t as f32 * hz / 1273.0).sin()).collect() };
        let stereo = [tone(300.0), tone(441.0)];
        let mono = [tone(1000.0)];
        let short = [tone(70.0)[..100].to_vec()];
        let rate = 8_000;
        let recordings = [&stereo[..], &short, &mono]
            .map(|channels| InMemory { channels, sample_rate_hz: rate });
        let recordings = recordings.each_ref().map(|recording| recording as &dyn Recording);
        let analysis = FrameAnalysis::new(&settings);
        let window = settings.analysis_window();
        let trend = Trend::new(&window);
        let whole = |x: &[f32]| -> Array2<f32> {
            let frames = x.windows(window.len()).step_by(learning_hop(&settings)).map(|frame| {
                let mut frame: Vec<f32> = frame.iter().zip(&window).map(|(x, w)| x * w).collect();
                trend.remove(&mut frame);
                let spectrum = magnitudes(&frame, &vec![1.0; window.len()], 1);
                spectrum.column(0).to_vec()
            });
            matrix_of_spectra(frames.collect(), settings.bins())
        };
        let (left, right) = (whole(&stereo[0]), whole(&stereo[1]));
        let count = left.ncols();
        assert_eq!(
            recordings.map(|recording| frame_count(recording, &settings)),
            [count, 1, count]
        );
        let numbers = [0, 3, 4, count - 1, count, count + 1, 2 * count];
        let found =
            analysis.map(&recordings, &numbers, |spectrum| spectrum, &mut |_| true).unwrap();
        for (place, number) in [0, 3, 4, count - 1].into_iter().enumerate() {
            let power = |bin: usize| {
                (0.5 * (left[[bin, number]].powi(2) + right[[bin, number]].powi(2))).sqrt()
            };
            let expected: Vec<f32> = (0..settings.bins()).map(power).collect();
            let off = found[place].iter().zip(&expected).map(|(a, b)| (a - b).abs());
            assert!(off.fold(0.0, f32::max) < 1e-3, "frame {number}");
        }
        let mut padded = short[0].clone();
        padded.resize(window.len(), padded.iter().sum::<f32>() / 100.0);
        assert_eq!(found[4], whole(&padded).column(0).to_vec());
        assert_eq!(found[5], whole(&mono[0]).column(0).to_vec());
        assert_eq!(found[6], whole(&mono[0]).column(count - 1).to_vec());
    }
}
