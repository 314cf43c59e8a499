//! Turns the contents of the recorder's rings into clips in the project.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::audio::AudioBuffer;
use crate::plugin::audio_thread::recorder::{
    RecorderRings, RecordingEnd, RecordingFormat, StereoSample,
};
use crate::plugin::audio_thread::status::Status;
use crate::plugin::choices::ExistingClips;
use crate::plugin::hub::Hub;
use crate::plugin::messages;
use crate::plugin::project::budget::SAVED_BYTES;
use crate::plugin::project::clip::{Clip, MAX_CLIP_S, NOTHING_DB, seconds_text};
use crate::plugin::real_time::lock;

/// Sound this far below the clip's peak is trimmed from the start and the end.
const SILENCE_DB: f32 = -60.0;

/// Clips with less sound than this can be learned from, but poorly.
pub const SHORT_S: f64 = 3.0;

/// Samples that are taken out of a ring under its lock.
const PIECE_SAMPLES: usize = 1 << 16;

/// What the collector found.
enum Collected {
    /// Samples, and there may be more.
    More,
    Ended(RecordingEnd, RecordingFormat),
    /// Nothing, from a recorder that no longer runs.
    Gone,
    Done,
}

/// Makes clips of recordings.
#[derive(Default)]
pub struct ClipCollector {
    /// The samples of the recording in progress that have arrived so far.
    samples: Vec<StereoSample>,
}

impl ClipCollector {
    /// Takes in what the recorders have written; makes clips of recordings that have ended.
    /// Returns early once `stop` is set.
    pub fn collect(&mut self, hub: &Hub, stop: &AtomicBool) {
        while !stop.load(Ordering::SeqCst) {
            let step = hub.recordings.with_oldest(|rings, has_newer| {
                // Looked for first: all samples before it are then in the ring.
                let has_end = !rings.ends.is_empty();
                if self.take_piece(hub, rings) {
                    return Collected::More;
                }
                match has_end.then(|| rings.ends.try_recv().ok()).flatten() {
                    Some(end) => Collected::Ended(end, rings.format),
                    None if has_newer => Collected::Gone,
                    None => Collected::Done,
                }
            });
            match step {
                Some(Collected::More) => {}
                Some(Collected::Ended(end, format)) => self.finish(hub, end, format, stop),
                // Its recorder is gone, and so is its unfinished recording.
                Some(Collected::Gone) => {
                    self.samples.clear();
                    hub.recordings.remove_oldest();
                }
                Some(Collected::Done) | None => return,
            }
        }
    }

    /// Takes a piece out of the ring; returns whether there may be more in it.
    fn take_piece(&mut self, hub: &Hub, rings: &mut RecorderRings) -> bool {
        let slots = rings.recorded.slots();
        let count = slots.min(PIECE_SAMPLES);
        if count == 0 {
            return false;
        }
        if let Ok(chunk) = rings.recorded.read_chunk(count) {
            let mut envelope = lock(&hub.recordings.envelope);
            for [left, right] in chunk {
                envelope.push(left.abs().max(right.abs()));
                self.samples.push([left, right]);
            }
        }
        slots > count
    }

    fn finish(&mut self, hub: &Hub, end: RecordingEnd, format: RecordingFormat, stop: &AtomicBool) {
        // Samples after these are the next recording's.
        let next = self.samples.split_off(end.samples.min(self.samples.len()));
        let taken = std::mem::replace(&mut self.samples, next);
        let channels = (0..format.channels).map(|c| taken.iter().map(|sample| sample[c]).collect());
        let audio =
            AudioBuffer { channels: channels.collect(), sample_rate_hz: format.sample_rate_hz };
        lock(&hub.recordings.envelope).clear();
        let is_longest = end.samples >= MAX_CLIP_S * format.sample_rate_hz as usize;
        if end.full && is_longest {
            hub.status.note("the recording reached its limit of five minutes");
        } else if end.full && end.samples == 0 {
            hub.status.error(no_room());
            return;
        } else if end.full {
            hub.status.note(no_room());
        }
        if !stop.load(Ordering::SeqCst) {
            let RecordingEnd { instrument, how, song_position, loads, .. } = end;
            let sound = NewSound { audio, song_position, from_file: false, name: None, loads };
            match add_clip(hub, instrument, how, sound) {
                Ok(()) => {}
                Err(NotAdded::Silent) => hub.status.error(SILENT),
                Err(NotAdded::ProjectLoaded) => hub.status.note(messages::PROJECT_LOADED),
            }
        }
    }
}

/// The project holds as many recordings as it can save.
fn no_room() -> String {
    format!(
        "the project's recordings have reached their limit of {} MB: delete some that are no \
         longer needed, or turn off 'Keep recordings in the project' in the settings",
        SAVED_BYTES >> 20
    )
}

const SILENT: &str = "the recording is silent: check that the track plays, and that 'from this track' or \
                       'from side-chain', beside Record, is where the instrument comes in";

/// Sound that is to become a clip.
pub struct NewSound {
    pub audio: AudioBuffer,
    /// Song position of its first sample, if known.
    pub song_position: Option<i64>,
    pub from_file: bool,
    /// The instrument's name from then on.
    pub name: Option<String>,
    /// How many projects had been loaded when it was begun: it does not belong into a later one.
    pub loads: u64,
}

/// Why sound does not become a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    Silent,
    /// It does not belong into the present project.
    ProjectLoaded,
}

/// Adds a clip to the project, trimmed of silence.
pub fn add_clip(
    hub: &Hub,
    instrument: Option<usize>,
    how: ExistingClips,
    sound: NewSound,
) -> Result<(), NotAdded> {
    let NewSound { audio, song_position, from_file, name, loads } = sound;
    let (audio, first) = trimmed(audio).ok_or(NotAdded::Silent)?;
    let song_position = song_position.map(|start| start.saturating_add(first as i64));
    let clip = Arc::new(Clip::from(audio).at_song_position(song_position));
    let tab = name.clone();
    let tab =
        tab.unwrap_or_else(|| hub.project.with(|project| project.tab_name(instrument).to_string()));
    let step = match from_file {
        true => format!("loading a file for {tab}"),
        false => format!("recording {tab}"),
    };
    let seconds = hub.project.edit_loaded(loads, step, |project| {
        let clips = project.clips_mut(instrument);
        if how == ExistingClips::Replace {
            clips.clear();
        }
        clips.push(clip);
        if let (Some(instrument), Some(name)) = (instrument, name) {
            project.instruments[instrument].name = name;
        }
        project.clips(instrument).iter().map(|clip| clip.seconds()).sum()
    });
    warn(&hub.status, seconds.ok_or(NotAdded::ProjectLoaded)?);
    Ok(())
}

/// Warns if all clips of an instrument together contain too little sound.
pub fn warn(status: &Status, seconds: f64) {
    if seconds < SHORT_S {
        let seconds = seconds_text(seconds);
        status.note(format!("{seconds} is short: record {SHORT_S} s or more, and varied playing"));
    }
}

/// The clip without silence at its start and end, and the number of samples before it; `None` if
/// it is all silence.
fn trimmed(mut clip: AudioBuffer) -> Option<(AudioBuffer, usize)> {
    let peak = clip.channels.iter().flatten().fold(0.0f32, |peak, x| peak.max(x.abs()));
    if peak < 10f32.powf(NOTHING_DB / 20.0) {
        return None;
    }
    let least = peak * 10f32.powf(SILENCE_DB / 20.0);
    let sounds = |i: &usize| clip.channels.iter().any(|channel| channel[*i].abs() >= least);
    let first = (0..clip.frames()).find(sounds)?;
    let last = (0..clip.frames()).rfind(sounds)?;
    for channel in &mut clip.channels {
        channel.truncate(last + 1);
        channel.drain(..first);
    }
    Some((clip, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::audio_thread::controls::RecordControls;
    use crate::plugin::audio_thread::engine::ProcessSetup;
    use crate::plugin::audio_thread::recorder::{Recorder, Transport};
    use crate::plugin::audio_thread::triggers::Trigger;
    use crate::plugin::choices::RecordInput;
    use crate::plugin::project::undo::UndoStack;

    const SAMPLES: usize = 100;

    fn recorder(hub: &Hub, setup: ProcessSetup) -> Recorder {
        let (status, triggers) = (hub.status.clone(), hub.triggers.clone());
        let (recorder, rings) = Recorder::new(status, triggers, hub.project.loads().clone(), setup);
        hub.recordings.add(rings);
        recorder
    }

    /// Records a clip of one level, in one block.
    fn record(hub: &Hub, recorder: &mut Recorder, level: f32) {
        let controls = RecordControls {
            to: Some(0),
            from: RecordInput::Main,
            how: ExistingClips::Append,
            only_while_playing: false,
        };
        hub.triggers.switched(Trigger::Record, true);
        recorder.write([&[level; SAMPLES]; 2], None, &controls, Transport::default());
        hub.triggers.switched(Trigger::Record, false);
        recorder.write([&[0.0]; 2], None, &controls, Transport::default());
    }

    /// More recordings end between two polls than the queue of ends has room for. Each is kept
    /// as it was, or does not begin; none holds samples of another.
    #[test]
    fn many_recordings_between_two_polls_stay_apart() {
        let hub = Hub::new();
        let setup = ProcessSetup { sample_rate_hz: 8_000, channels: 1, buses: 1 };
        let mut recorder = recorder(&hub, setup);
        let mut collector = ClipCollector::default();
        let level = |number: usize| (number + 1) as f32 / 1024.0;
        (0..300).for_each(|number| record(&hub, &mut recorder, level(number)));
        collector.collect(&hub, &AtomicBool::new(false));
        (300..600).for_each(|number| record(&hub, &mut recorder, level(number)));
        collector.collect(&hub, &AtomicBool::new(false));
        record(&hub, &mut recorder, level(600));
        collector.collect(&hub, &AtomicBool::new(false));
        let clips = hub.project.get().instruments[0].clips.clone();
        let levels: Vec<f32> = clips
            .iter()
            .map(|clip| {
                let samples = clip.channels().remove(0);
                assert!(samples.len() == SAMPLES && samples.iter().all(|x| *x == samples[0]));
                samples[0]
            })
            .collect();
        assert!(levels.is_sorted_by(|a, b| a < b) && levels.len() > 512, "{}", levels.len());
        assert_eq!((levels[0], levels[255]), (level(0), level(255)));
        assert_eq!(levels[levels.len() - 1], level(600));
    }

    /// A recording runs, or waits to be collected, when the host loads another project.
    #[test]
    fn a_recording_is_not_added_to_a_project_that_was_loaded_meanwhile() {
        let hub = Hub::new();
        let setup = ProcessSetup { sample_rate_hz: 8_000, channels: 1, buses: 1 };
        let mut recorder = recorder(&hub, setup);
        let mut collector = ClipCollector::default();
        let stop = AtomicBool::new(false);
        record(&hub, &mut recorder, 0.5);
        hub.project.replace(UndoStack::default());
        collector.collect(&hub, &stop);
        assert!(!hub.project.get().has_clips());
        assert_eq!(hub.status.notes()[0].text, messages::PROJECT_LOADED);
        record(&hub, &mut recorder, 0.25);
        collector.collect(&hub, &stop);
        let clips = hub.project.get().instruments[0].clips.clone();
        assert_eq!(clips.len(), 1, "the next one is kept");
        assert!(clips[0].channels()[0].iter().all(|x| (x - 0.25).abs() < 1e-3));
    }
}
