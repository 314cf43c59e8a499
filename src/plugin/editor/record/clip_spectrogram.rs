//! Clips as spectrograms, one after another, in place of their waveforms: what is to be selected
//! can be seen there.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use egui::{Color32, ColorImage, Rect, TextureHandle, TextureOptions, Ui, lerp, pos2};

use super::axis::Axis;
use crate::frames::window::hann;
use crate::plugin::clip_analyses::{ClipAnalyses, ClipAnalysis};
use crate::plugin::editor::theme;
use crate::plugin::editor::widgets::axes;
use crate::plugin::project::clip::Clip;
use crate::plugin::project::envelope::STEP;
use crate::stft::StreamingStft;

/// Rows of a picture, from low to high frequencies.
const ROWS: usize = 48;

/// Length of a frame at rates up to 48 kHz; at higher rates, the next power of two.
const FRAME_S: f32 = 0.043;

/// The level shown as background, relative to a full-scale sine, and the range up to full
/// brightness, in dB. Higher frequencies are weaker in music, which the tilt compensates for.
const DARKEST_DB: f32 = -75.0;
const RANGE_DB: f32 = 55.0;
const TILT_DB_PER_OCTAVE: f32 = 3.0;

/// Samples analysed between two calls of `go_on`.
const PIECE: usize = 1 << 15;

/// Until the window looks again whether the clips are analysed.
const STILL_ANALYSED: Duration = Duration::from_millis(50);

/// Levels of a clip, from 0 to 255: columns of [`STEP`] samples × [`ROWS`].
pub struct ClipSpectrogram(Vec<u8>);

impl ClipAnalysis for ClipSpectrogram {
    const THREAD: &str = "unbraid spectra";

    fn of(clip: &Clip, go_on: &mut dyn FnMut() -> bool) -> Option<Self> {
        let rate = clip.sample_rate_hz() as f32;
        let size = ((FRAME_S * rate) as usize).next_power_of_two().max(64);
        let bins = row_bins(rate, size);
        let channels = clip.channels();
        // As many as the waveform has peaks.
        let columns = channels.first().map_or(0, Vec::len) / STEP;
        let mut powers = vec![0.0f32; columns * ROWS];
        for channel in &channels {
            let mut stft = StreamingStft::new(&hann(size), STEP);
            let mut column = 0;
            let mut add = |spectrum: &[rustfft::num_complex::Complex32]| {
                let rows = powers.get_mut(column * ROWS..(column + 1) * ROWS).unwrap_or_default();
                for (row, bins) in rows.iter_mut().zip(&bins) {
                    *row +=
                        spectrum[bins.clone()].iter().fold(0.0, |most, x| x.norm_sqr().max(most));
                }
                column += 1;
            };
            for piece in channel.chunks(PIECE) {
                if !go_on() {
                    return None;
                }
                stft.process(piece, &mut add);
            }
            stft.finish(&mut add);
        }
        // Power of a full-scale sine under the window, in every channel.
        let full = (size as f32 / 4.0).powi(2) * channels.len().max(1) as f32;
        let tilts = (0..ROWS).map(|row| TILT_DB_PER_OCTAVE * (row_hz(row) / 1000.0).log2());
        let tilts: Vec<f32> = tilts.collect();
        let level = |(i, power): (usize, &f32)| {
            let db = 10.0 * (power / full).max(1e-12).log10() + tilts[i % ROWS];
            (((db - DARKEST_DB) / RANGE_DB).clamp(0.0, 1.0) * 255.0) as u8
        };
        Some(Self(powers.iter().enumerate().map(level).collect()))
    }
}

impl ClipSpectrogram {
    fn columns(&self) -> usize {
        self.0.len() / ROWS
    }

    fn column(&self, column: usize) -> &[u8] {
        &self.0[column * ROWS..(column + 1) * ROWS]
    }
}

/// The frequency in the middle of a row.
fn row_hz(row: usize) -> f32 {
    axes::frequency_hz((row as f32 + 0.5) / ROWS as f32)
}

/// The bins of each row, at least one.
fn row_bins(rate: f32, size: usize) -> Vec<std::ops::Range<usize>> {
    let bin = |edge: usize| {
        let hz = axes::frequency_hz(edge as f32 / ROWS as f32);
        ((hz * size as f32 / rate).round() as usize).min(size / 2)
    };
    (0..ROWS).map(|row| bin(row)..bin(row + 1).max(bin(row) + 1).min(size / 2 + 1)).collect()
}

/// The spectrograms of the selected tab, and whether they are shown.
#[derive(Default)]
pub struct ClipSpectrograms {
    pub are_shown: bool,
    analyses: ClipAnalyses<ClipSpectrogram>,
    picture: Option<TextureHandle>,
    /// What the picture shows.
    shows: u64,
}

impl ClipSpectrograms {
    /// Forgets the picture, which is of one window: the next has textures of its own.
    pub fn forget_picture(&mut self) {
        self.picture = None;
    }

    /// Draws the clips, as far as they are analysed; returns whether all are.
    pub fn draw(&mut self, ui: &Ui, axis: &Axis, clips: &[Arc<Clip>], color: Color32) -> bool {
        self.analyses.follow(clips.iter());
        let found: Vec<_> = clips.iter().filter_map(|clip| self.analyses.result(clip)).collect();
        let complete = found.len() == clips.len();
        let ground = theme::colors(ui).well;
        let width = axis.rect.width().max(1.0) as usize;
        let mut hasher = DefaultHasher::new();
        clips.iter().map(Arc::as_ptr).for_each(|clip| clip.hash(&mut hasher));
        (complete, width, color, ground).hash(&mut hasher);
        if self.picture.is_none() || self.shows != hasher.finish() {
            self.shows = hasher.finish();
            let image = if complete {
                image(&found, width, axis, [ground, color])
            } else {
                ColorImage::filled([width, ROWS], ground)
            };
            let options = TextureOptions::LINEAR;
            self.picture = Some(ui.ctx().load_texture("recording", image, options));
        }
        if let Some(picture) = &self.picture {
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter_at(axis.rect).image(picture.id(), axis.rect, whole, Color32::WHITE);
        }
        if !complete {
            ui.ctx().request_repaint_after(STILL_ANALYSED);
        }
        complete
    }
}

/// Columns × rows in pixels, the loudest of what falls on a pixel.
fn image(
    spectrograms: &[&ClipSpectrogram],
    width: usize,
    axis: &Axis,
    [ground, color]: [Color32; 2],
) -> ColorImage {
    let columns: Vec<&[u8]> = spectrograms
        .iter()
        .flat_map(|one| (0..one.columns()).map(|column| one.column(column)))
        .collect();
    let [ground, color] = [ground, color].map(egui::Rgba::from);
    let mut image = ColorImage::filled([width, ROWS], ground.into());
    for (x, peaks) in axis.columns(width).enumerate() {
        for row in 0..ROWS {
            let levels =
                columns.get(peaks.clone()).unwrap_or_default().iter().map(|rows| rows[row]);
            let Some(level) = levels.max() else { continue };
            let light = f32::from(level) / 255.0;
            image.pixels[(ROWS - 1 - row) * width + x] = lerp(ground..=color, light * light).into();
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::AudioBuffer;

    /// A tone that rises from 250 Hz to 2 kHz in the second half is where it belongs.
    #[test]
    fn tones_are_at_their_time_and_frequency() {
        for sample_rate_hz in [8_000u32, 48_000, 192_000] {
            let rate = sample_rate_hz as f32;
            let tone = |n: usize| {
                let hz = if n < sample_rate_hz as usize { 250.0 } else { 2000.0 };
                0.25 * (std::f32::consts::TAU * hz * n as f32 / rate).sin()
            };
            let channel: Vec<f32> = (0..2 * sample_rate_hz as usize).map(tone).collect();
            let clip = Clip::from(AudioBuffer { channels: vec![channel], sample_rate_hz });
            let found = ClipSpectrogram::of(&clip, &mut || true).unwrap();
            for (second, hz) in [(0.5, 250.0f32), (1.5, 2000.0)] {
                let column = found.column((second * rate) as usize / STEP);
                let loudest = (0..ROWS).max_by_key(|row| column[*row]).unwrap();
                let octaves = (row_hz(loudest) / hz).log2().abs();
                assert!(octaves < 0.25, "{sample_rate_hz} Hz: {} Hz", row_hz(loudest));
                assert!(column[ROWS - 2] < column[loudest] / 2);
            }
            assert!(ClipSpectrogram::of(&clip, &mut || false).is_none());
        }
    }
}
