//! Captures on their way from the recorder's ring to the project.

use std::sync::Arc;

use crate::audio::Clip;
use crate::plugin::audio_thread::real_time::lock;
use crate::plugin::audio_thread::recorder::{RecorderRings, RecordingEnd, StereoSample};
use crate::plugin::audio_thread::status::Status;
use crate::plugin::choices::ExistingClips;
use crate::plugin::hub::Hub;
use crate::plugin::project::clip::seconds_text;

/// Quieter than this at the start and the end is not kept, below the clip's
/// peak.
const SILENCE_DB: f32 = -60.0;

/// Quieter clips hold nothing.
const NOTHING_DB: f32 = -90.0;

/// Clips with less sound than this are learned from, but badly.
pub const SHORT_S: f64 = 3.0;

/// What has come of captures that have not ended.
#[derive(Default)]
pub struct ClipCollector {
    samples: Vec<StereoSample>,
}

impl ClipCollector {
    /// Takes in what the recorder has written; makes clips of captures that have
    /// ended.
    pub fn collect(&mut self, hub: &Hub) {
        loop {
            // The mark first: all of its samples are then in the ring.
            let ended = hub.recording_ends.1.try_recv().ok();
            let form = {
                let mut rings = lock(&hub.rings);
                let Some(rings) = &mut *rings else { return };
                self.empty(hub, rings);
                (rings.channels, rings.sample_rate_hz)
            };
            let Some(ended) = ended else { return };
            self.finish(hub, ended, form);
        }
    }

    fn empty(&mut self, hub: &Hub, rings: &mut RecorderRings) {
        let count = rings.recorded.slots();
        if let Ok(chunk) = rings.recorded.read_chunk(count) {
            let mut growing = lock(&hub.growing);
            for [left, right] in chunk {
                growing.push(left.abs().max(right.abs()));
                self.samples.push([left, right]);
            }
        }
    }

    fn finish(&mut self, hub: &Hub, ended: RecordingEnd, (channels, sample_rate_hz): (usize, u32)) {
        // Samples after these are the next capture's.
        let next = self.samples.split_off(ended.samples.min(self.samples.len()));
        let taken = std::mem::replace(&mut self.samples, next);
        let channels = (0..channels).map(|c| taken.iter().map(|sample| sample[c]).collect());
        let clip = Clip { channels: channels.collect(), sample_rate_hz };
        lock(&hub.growing).clear();
        if ended.full {
            hub.status.note("the recording reached its limit of five minutes");
        }
        add_clip(hub, ended.instrument, ended.how, clip, UNHEARD);
    }
}

const UNHEARD: &str = "nothing was heard: check that the track plays, and that 'from this track' or \
                       'from side-chain', beside Record, is where the instrument comes in";

/// Adds a clip to the project, without silence around it, and tells the user if
/// it will not do.
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
    let seconds = hub.edit(|project| {
        let clips = project.clips_mut(instrument);
        if how == ExistingClips::Replace {
            clips.clear();
        }
        clips.push(Arc::new(clip.into()));
        clips.iter().map(|clip| clip.seconds()).sum()
    });
    warn(&hub.status, seconds);
}

/// Warns of too little sound in all clips of an instrument together.
fn warn(status: &Status, seconds: f64) {
    if seconds < SHORT_S {
        let seconds = seconds_text(seconds);
        status.note(format!("{seconds} is short: record {SHORT_S} s or more, and varied playing"));
    }
}

/// The clip without silence at its start and end; nothing if that is all it is.
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
