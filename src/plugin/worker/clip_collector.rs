//! Turns the contents of the recorder's rings into clips in the project.

use std::sync::Arc;

use crate::audio::Clip;
use crate::plugin::audio_thread::recorder::{Format, RecorderRings, RecordingEnd, StereoSample};
use crate::plugin::audio_thread::status::Status;
use crate::plugin::choices::ExistingClips;
use crate::plugin::hub::Hub;
use crate::plugin::project::clip::seconds_text;
use crate::plugin::real_time::lock;

/// Sound this far below the clip's peak is trimmed from the start and the end.
const SILENCE_DB: f32 = -60.0;

/// Clips with a lower peak than this count as empty.
const NOTHING_DB: f32 = -90.0;

/// Clips with less sound than this can be learned from, but poorly.
pub const SHORT_S: f64 = 3.0;

/// Makes clips of recordings.
#[derive(Default)]
pub struct ClipCollector {
    /// The samples of the recording in progress that have arrived so far.
    samples: Vec<StereoSample>,
}

impl ClipCollector {
    /// Takes in what the recorders have written; makes clips of recordings that have ended.
    pub fn collect(&mut self, hub: &Hub) {
        loop {
            let step = hub.recordings.with_oldest(|rings, has_newer| {
                // Read the end first: all samples before it are then in the ring.
                let end = rings.ends.try_recv().ok();
                self.empty(hub, rings);
                (end, has_newer, rings.format)
            });
            match step {
                Some((Some(end), _, format)) => self.finish(hub, end, format),
                // Its recorder is gone, and so is its unfinished recording.
                Some((None, true, _)) => {
                    self.samples.clear();
                    hub.recordings.remove_oldest();
                }
                Some((None, false, _)) | None => return,
            }
        }
    }

    fn empty(&mut self, hub: &Hub, rings: &mut RecorderRings) {
        let count = rings.recorded.slots();
        if count == 0 {
            return;
        }
        if let Ok(chunk) = rings.recorded.read_chunk(count) {
            let mut envelope = lock(&hub.recordings.envelope);
            for [left, right] in chunk {
                envelope.push(left.abs().max(right.abs()));
                self.samples.push([left, right]);
            }
        }
    }

    fn finish(&mut self, hub: &Hub, end: RecordingEnd, format: Format) {
        // Samples after these are the next recording's.
        let next = self.samples.split_off(end.samples.min(self.samples.len()));
        let taken = std::mem::replace(&mut self.samples, next);
        let channels = (0..format.channels).map(|c| taken.iter().map(|sample| sample[c]).collect());
        let clip = Clip { channels: channels.collect(), sample_rate_hz: format.sample_rate_hz };
        lock(&hub.recordings.envelope).clear();
        if end.full {
            hub.status.note("the recording reached its limit of five minutes");
        }
        add_clip(hub, end.instrument, end.how, clip, UNHEARD);
    }
}

const UNHEARD: &str = "the recording is silent: check that the track plays, and that 'from this track' or \
                       'from side-chain', beside Record, is where the instrument comes in";

/// Adds a clip to the project, trimmed of silence, and informs the user if it cannot be used.
pub fn add_clip(
    hub: &Hub,
    instrument: Option<usize>,
    how: ExistingClips,
    clip: Clip,
    if_silent: impl Into<String>,
) {
    let Some(clip) = trimmed(clip) else {
        hub.status.error(if_silent);
        return;
    };
    let seconds = hub.project.edit(|project| {
        let clips = project.clips_mut(instrument);
        if how == ExistingClips::Replace {
            clips.clear();
        }
        clips.push(Arc::new(clip.into()));
        clips.iter().map(|clip| clip.seconds()).sum()
    });
    warn(&hub.status, seconds);
}

/// Warns if all clips of an instrument together contain too little sound.
fn warn(status: &Status, seconds: f64) {
    if seconds < SHORT_S {
        let seconds = seconds_text(seconds);
        status.note(format!("{seconds} is short: record {SHORT_S} s or more, and varied playing"));
    }
}

/// The clip without silence at its start and end; `None` if it is all silence.
fn trimmed(clip: Clip) -> Option<Clip> {
    let peaks: Vec<f32> = (0..clip.frames())
        .map(|i| clip.channels.iter().fold(0.0f32, |peak, channel| peak.max(channel[i].abs())))
        .collect();
    let peak = peaks.iter().copied().fold(0.0, f32::max);
    if peak < 10f32.powf(NOTHING_DB / 20.0) {
        return None;
    }
    let least = peak * 10f32.powf(SILENCE_DB / 20.0);
    let first = peaks.iter().position(|x| *x >= least)?;
    let last = peaks.iter().rposition(|x| *x >= least)?;
    let channels = clip.channels.iter().map(|channel| channel[first..=last].to_vec()).collect();
    Some(Clip { channels, sample_rate_hz: clip.sample_rate_hz })
}
