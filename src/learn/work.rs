//! The approximate work of learning, so that progress is proportional to it.

use super::Progress;
use super::clips::seconds_of;
use super::dictionary_learner::{LearnSettings, SourceToLearn, components_for};
use super::method::Method;
use super::recording::Recording;
use super::rest::{PROBE_ITERATIONS, RestSettings};
use super::spectra::{frame_count, transform_cost};
use super::unexplained;
use crate::divergence::Divergence;
use crate::frames::FrameSettings;

/// Work of an update besides the products, per entry of the spectrogram.
const WEIGHING: f32 = 16.0;

/// Components that a rest may have, where their number depends on the mixture.
const TYPICAL_REST: usize = 20;

/// Splits the progress of a computation among its parts, in proportion to their work.
pub(super) struct Parts<'a> {
    progress: Progress<'a>,
    total: f32,
    done: f32,
}

impl<'a> Parts<'a> {
    /// `total`: the work of all parts.
    pub fn new(total: f32, progress: Progress<'a>) -> Self {
        Self { progress, total: total.max(f32::MIN_POSITIVE), done: 0.0 }
    }

    /// Runs a part with its own progress callback.
    pub fn run<T>(&mut self, work: f32, part: impl FnOnce(Progress) -> T) -> T {
        let (done, total) = (self.done, self.total);
        self.done += work;
        part(&mut |fraction| (self.progress)(((done + fraction.min(1.0) * work) / total).min(1.0)))
    }
}

/// The work of learning something, in multiplications, as if there were no silence in its
/// recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LearningWork {
    /// Reading, and computing the spectra.
    pub reading: f32,
    pub learning: f32,
    /// Finding out how much is left unexplained.
    pub judging: f32,
    /// Components that result.
    pub components: usize,
}

impl LearningWork {
    pub fn total(self) -> f32 {
        self.reading + self.learning + self.judging
    }
}

pub(super) fn of_source(source: &SourceToLearn, settings: &LearnSettings) -> LearningWork {
    match source {
        SourceToLearn::Known { dictionary, source } => {
            let components = dictionary.sources[*source].components.len();
            LearningWork { components, ..LearningWork::default() }
        }
        SourceToLearn::Solo { recordings, .. } => {
            let frames = FrameCounts::of(recordings, &settings.frames, settings.max_frames);
            let components = components_for(frames.chosen, frames.seconds);
            of_factors(&frames, settings.components.unwrap_or(components), settings)
        }
    }
}

/// The work of learning a mixture blind.
pub(super) fn of_blind(
    mixture: &[&dyn Recording],
    components: usize,
    settings: &LearnSettings,
) -> LearningWork {
    let frames = FrameCounts::of(mixture, &settings.frames, settings.max_frames);
    of_factors(&frames, settings.components.unwrap_or(components), settings)
}

/// The work of a rest beside `components` of sources.
pub(super) fn of_rest(
    mixture: &[&dyn Recording],
    frames: &FrameSettings,
    components: usize,
    settings: &RestSettings,
) -> LearningWork {
    let FrameCounts { chosen, reading, bins, .. } =
        FrameCounts::of(mixture, frames, settings.max_frames);
    let free = settings.components.unwrap_or(TYPICAL_REST);
    let update = 3.0 * (components + free) as f32 + free as f32 + WEIGHING;
    let iterations = (settings.iterations + PROBE_ITERATIONS) as f32;
    let learning = iterations * bins * chosen as f32 * update;
    let judging = unexplained::work(bins, chosen as f32, components as f32);
    LearningWork { reading, learning, judging, components: free }
}

fn of_factors(frames: &FrameCounts, components: usize, settings: &LearnSettings) -> LearningWork {
    let (count, bins, k) = (frames.chosen as f32, frames.bins, components as f32);
    let learning = match settings.method {
        Method::Nmf => bins * count * (settings.iterations as f32 * (4.0 * k + WEIGHING) + 4.0 * k),
        Method::Greedy => count * count * (bins + 0.5 * k * k),
        Method::Greedy2 => count * count * (bins + 1.5 * k * k),
        Method::Snpa | Method::Spa | Method::Xray => bins * count * k,
    };
    let is_known =
        settings.method == Method::Nmf && settings.divergence == Divergence::KullbackLeibler;
    let judging = if is_known { 0.0 } else { unexplained::work(bins, count, k) };
    LearningWork { reading: frames.reading, learning, judging, components }
}

/// The frames of some recordings.
struct FrameCounts {
    /// Frames to learn from.
    chosen: usize,
    seconds: f64,
    bins: f32,
    /// Work of their spectra.
    reading: f32,
}

impl FrameCounts {
    fn of(recordings: &[&dyn Recording], frames: &FrameSettings, most: usize) -> Self {
        let counts = recordings.iter().map(|recording| frame_count(*recording, frames));
        let all: usize = counts.clone().sum();
        let chosen = all.min(most);
        let channels = recordings.iter().map(|recording| recording.channels().min(2));
        let spectra: usize = counts.zip(channels).map(|(count, channels)| count * channels).sum();
        // Of more frames than can be used, the levels are measured first.
        let times = if all > most { 1.0 + chosen as f32 / all as f32 } else { 1.0 };
        Self {
            chosen,
            seconds: seconds_of(all, frames),
            bins: frames.bins() as f32,
            reading: times * spectra as f32 * transform_cost(frames.fft_size) as f32,
        }
    }
}
