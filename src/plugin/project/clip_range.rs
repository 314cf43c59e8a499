//! A range of the recordings of an instrument or of the whole song, as selected on their
//! waveform, and editing by it.

use std::ops::Range;
use std::sync::Arc;

use super::clip::Clip;
use super::envelope::STEP;

/// A range over clips one after another, in peaks of their envelopes ([`STEP`] samples each).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipRange(pub Range<usize>);

impl ClipRange {
    /// The samples of each clip that are in the range.
    fn samples(&self, clips: &[Arc<Clip>]) -> Vec<Range<usize>> {
        let mut first = 0;
        let in_clip = |clip: &Arc<Clip>| {
            let peaks = clip.samples() / STEP;
            let at = |peak: usize| match peak.saturating_sub(first) {
                // What follows the last whole peak goes with it.
                peak if peak >= peaks && peaks > 0 => clip.samples(),
                // A clip shorter than a peak is not drawn, and in no range.
                peak => (peak * STEP).min(if peaks > 0 { clip.samples() } else { 0 }),
            };
            let samples = at(self.0.start)..at(self.0.end);
            first += peaks;
            samples
        };
        clips.iter().map(in_clip).collect()
    }

    /// The duration of the range, in seconds.
    pub fn seconds(&self, clips: &[Arc<Clip>]) -> f64 {
        let each = clips.iter().zip(self.samples(clips));
        each.map(|(clip, range)| range.len() as f64 / f64::from(clip.sample_rate_hz())).sum()
    }

    /// The clips without what is outside the range.
    pub fn inside(&self, clips: &[Arc<Clip>]) -> Vec<Arc<Clip>> {
        let each = clips.iter().zip(self.samples(clips));
        each.filter_map(|(clip, range)| part(clip, range)).collect()
    }

    /// The clips, of which what is in the range was replaced by new clips that `change` makes.
    pub fn changed(&self, clips: &[Arc<Clip>], change: impl Fn(Clip) -> Clip) -> Vec<Arc<Clip>> {
        let mut all = Vec::new();
        for (clip, range) in clips.iter().zip(self.samples(clips)) {
            if range.is_empty() {
                all.push(clip.clone());
                continue;
            }
            all.extend(part(clip, 0..range.start));
            let is_whole = range.len() == clip.samples();
            let inside = if is_whole { clip.copy() } else { clip.part(range.clone()) };
            all.push(Arc::new(change(inside)));
            all.extend(part(clip, range.end..clip.samples()));
        }
        all
    }

    /// The clips of which at least a part is in the range.
    pub fn touched<'a>(&self, clips: &'a [Arc<Clip>]) -> impl Iterator<Item = &'a Arc<Clip>> {
        let each = clips.iter().zip(self.samples(clips));
        each.filter(|(_, range)| !range.is_empty()).map(|(clip, _)| clip)
    }

    /// What is in the range, as new clips that `change` makes: a whole clip is copied, too.
    pub fn copied(&self, clips: &[Arc<Clip>], change: impl Fn(Clip) -> Clip) -> Vec<Arc<Clip>> {
        let each = clips.iter().zip(self.samples(clips)).filter(|(_, range)| range.len() >= STEP);
        each.map(|(clip, range)| Arc::new(change(clip.part(range)))).collect()
    }

    /// The clips without the range. What was before and after it are clips of their own, so
    /// that nothing is learned from the joint.
    pub fn outside(&self, clips: &[Arc<Clip>]) -> Vec<Arc<Clip>> {
        let each = clips.iter().zip(self.samples(clips));
        let around = |(clip, range): (&Arc<Clip>, Range<usize>)| {
            if range.is_empty() {
                return [Some(clip.clone()), None];
            }
            [part(clip, 0..range.start), part(clip, range.end..clip.samples())]
        };
        each.flat_map(around).flatten().collect()
    }
}

/// A part of a clip; `None` if it is shorter than a peak. The whole clip stays the same one,
/// and with it what is known of it.
fn part(clip: &Arc<Clip>, range: Range<usize>) -> Option<Arc<Clip>> {
    match range.len() {
        0..STEP => None,
        length if length == clip.samples() => Some(clip.clone()),
        _ => Some(Arc::new(clip.part(range))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::AudioBuffer;

    fn new(samples: Range<usize>) -> Arc<Clip> {
        let channels = vec![samples.map(|n| n as f32 / 32_768.0).collect()];
        Arc::new(AudioBuffer { channels, sample_rate_hz: 44_100 }.into())
    }

    fn joined(clips: &[Arc<Clip>]) -> Vec<f32> {
        clips.iter().flat_map(|clip| clip.channels().remove(0)).collect()
    }

    #[test]
    fn inside_and_outside_are_everything_and_nothing_twice() {
        let clip = new(0..5 * STEP);
        let clips = [clip.clone(), new(5 * STEP..9 * STEP + 100)];
        let all = joined(&clips);
        for range in [0..3, 2..4, 2..7, 4..9, 5..9, 0..9, 6..100] {
            let range = ClipRange(range);
            let mut both = joined(&range.inside(&clips));
            assert!((both.len() as f64 / 44_100.0 - range.seconds(&clips)).abs() < 1e-9);
            both.extend(joined(&range.outside(&clips)));
            both.sort_by(f32::total_cmp);
            assert_eq!(both, all, "{range:?}");
        }
        let within = ClipRange(1..3).outside(&clips);
        assert_eq!(within.len(), 3, "before, after, and the other clip");
        assert!(Arc::ptr_eq(&within[2], &clips[1]), "a whole clip is still that clip");
        assert!(ClipRange(0..9).outside(&clips).is_empty());
        let tiny = [new(0..300), clip.clone(), new(0..300), clip.clone()];
        assert_eq!(ClipRange(0..100).inside(&tiny).len(), 2);
        assert_eq!(joined(&ClipRange(3..7).inside(&tiny)).len(), 4 * STEP);
        assert_eq!(ClipRange(3..7).outside(&tiny).len(), 4, "it stays");
        let placed = [Arc::new(clip.part(0..5 * STEP).at_song_position(Some(1000)))];
        let part = &ClipRange(2..4).inside(&placed)[0];
        assert_eq!(part.song_position(), Some(1000 + 2 * STEP as i64));
    }
}
