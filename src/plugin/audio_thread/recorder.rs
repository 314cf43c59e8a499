//! Records the host's audio on the audio thread, into rings that are reserved in advance and
//! emptied by the worker.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, Sender, bounded};
use rtrb::{Consumer, Producer, RingBuffer};

use super::controls::RecordControls;
use super::engine::ProcessSetup;
use super::status::Status;
use super::triggers::{Trigger, Triggers};
use crate::plugin::choices::{ExistingClips, RecordInput};
use crate::plugin::project::clip::MAX_CLIP_S;
use crate::plugin::project::store::LoadCount;

/// Seconds of the main input that are kept for the worker, which polls many times per second.
const MONITORED_S: usize = 30;

/// Quieter samples count as silence.
const SILENCE: f32 = 1e-4;

/// Recordings that have ended and can wait for the worker.
const RECORDING_ENDS: usize = 256;

/// A sample of both channels; mono is in both.
pub type StereoSample = [f32; 2];

/// What the host's transport does at the start of a block.
#[derive(Clone, Copy, Debug, Default)]
pub struct Transport {
    pub rolling: bool,
    /// In samples, if the host states it and the transport rolls.
    pub song_position: Option<i64>,
}

/// A recording that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingEnd {
    /// The instrument that it is for; `None` for the mixture.
    pub instrument: Option<usize>,
    pub how: ExistingClips,
    pub samples: usize,
    /// Song position of its first sample, if known.
    pub song_position: Option<i64>,
    /// Whether it stopped for lack of room.
    pub full: bool,
    /// How many projects had been loaded when it began.
    pub loads: u64,
}

/// The worker's ends of the recorder's rings.
pub struct RecorderRings {
    pub recorded: Consumer<StereoSample>,
    /// The main input, except while it is being recorded.
    pub monitored: Consumer<StereoSample>,
    /// Recordings that have ended, in order.
    pub ends: Receiver<RecordingEnd>,
    pub format: RecordingFormat,
}

/// The format of recorded audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingFormat {
    pub sample_rate_hz: u32,
    pub channels: usize,
}

/// The audio thread's half.
pub struct Recorder {
    status: Arc<Status>,
    triggers: Arc<Triggers>,
    loads: Arc<LoadCount>,
    recorded: Producer<StereoSample>,
    monitored: Producer<StereoSample>,
    ends: Sender<RecordingEnd>,
    /// An end for which the queue had no room. No recording starts before it is sent:
    /// otherwise its samples would be joined to those of the next.
    unsent_end: Option<RecordingEnd>,
    /// Room of the ring: the longest recording.
    ring_samples: usize,
    /// Limit of the recording in progress.
    limit_samples: usize,
    /// The recording in progress.
    recording: Option<ActiveRecording>,
    /// Presses of the trigger that have been handled.
    handled: u32,
}

struct ActiveRecording {
    controls: RecordControls,
    samples: usize,
    song_position: Option<i64>,
    full: bool,
    loads: u64,
    /// Whether something has sounded while the song was rolling.
    is_located: bool,
}

impl ActiveRecording {
    /// Notes where the song is at the start of a block that is about to be recorded. Record is
    /// often pressed before the song starts, or is moved: what counts is where it is when the
    /// first sound comes from it.
    fn locate(&mut self, block: [&[f32]; 2], song_position: Option<i64>) {
        let Some(song_position) = song_position.filter(|_| !self.is_located) else { return };
        self.song_position = Some(song_position.saturating_sub(self.samples as i64));
        self.is_located = block.iter().any(|x| x.iter().any(|x| x.abs() > SILENCE));
    }
}

impl Recorder {
    /// A recorder and the worker's ends of its rings. The memory is reserved here; the system
    /// provides it as it is written to.
    pub fn new(
        status: Arc<Status>,
        triggers: Arc<Triggers>,
        loads: Arc<LoadCount>,
        setup: ProcessSetup,
    ) -> (Self, RecorderRings) {
        let ProcessSetup { sample_rate_hz, channels, .. } = setup;
        let rate = sample_rate_hz as usize;
        let (record_to, recorded) = RingBuffer::new(MAX_CLIP_S * rate);
        let (monitor_to, monitored) = RingBuffer::new(MONITORED_S * rate);
        let (ends_to, ends) = bounded(RECORDING_ENDS);
        let handled = triggers.count(Trigger::Record);
        let recorder = Self {
            status,
            triggers,
            loads,
            recorded: record_to,
            monitored: monitor_to,
            ends: ends_to,
            unsent_end: None,
            ring_samples: MAX_CLIP_S * rate,
            limit_samples: 0,
            recording: None,
            handled,
        };
        (
            recorder,
            RecorderRings {
                recorded,
                monitored,
                ends,
                format: RecordingFormat { sample_rate_hz, channels },
            },
        )
    }

    /// Records a block. `side_chain` is `None` where the host has none.
    pub fn write(
        &mut self,
        main: [&[f32]; 2],
        side_chain: Option<[&[f32]; 2]>,
        controls: &RecordControls,
        transport: Transport,
    ) {
        self.start_or_stop(controls);
        let mut recorded_main = false;
        if let Some(recording) = &mut self.recording {
            recorded_main = recording.controls.from == RecordInput::Main;
            let waits = recording.controls.only_while_playing && !transport.rolling;
            let source = match recording.controls.from {
                RecordInput::Main => Some(main),
                RecordInput::SideChain => side_chain,
            };
            if let Some(source) = source
                && !waits
                && !recording.full
            {
                recording.locate(source, transport.song_position);
                let room = self.limit_samples - recording.samples;
                let wanted = source[0].len();
                let written = push(&mut self.recorded, source, wanted.min(room));
                recording.samples += written;
                recording.full = written < wanted;
                self.status.recorded_samples.store(recording.samples as u64, Ordering::Relaxed);
            }
            if recording.full {
                self.finish();
            }
        }
        if !recorded_main {
            push(&mut self.monitored, main, main[0].len());
        }
    }

    fn start_or_stop(&mut self, controls: &RecordControls) {
        let pressed = self.triggers.count(Trigger::Record);
        let held = self.triggers.is_held(Trigger::Record);
        if self.recording.is_some() && (!held || pressed != self.handled) {
            self.finish();
        }
        self.send_end();
        if self.recording.is_none() && self.unsent_end.is_none() && held && pressed != self.handled
        {
            self.handled = pressed;
            // What is in the ring is not yet in the project.
            let waiting = self.ring_samples - self.recorded.slots();
            let room = self.status.room_samples.load(Ordering::Relaxed);
            let room = usize::try_from(room).unwrap_or(usize::MAX).saturating_sub(waiting);
            self.limit_samples = room.min(self.ring_samples);
            self.recording = Some(ActiveRecording {
                controls: *controls,
                samples: 0,
                song_position: None,
                full: false,
                loads: self.loads.get(),
                is_located: false,
            });
            self.status.recorded_samples.store(0, Ordering::Relaxed);
            self.status.recording.store(true, Ordering::Relaxed);
        }
    }

    /// Ends the recording in progress, if there is one.
    pub fn finish(&mut self) {
        let Some(recording) = self.recording.take() else { return };
        self.unsent_end = Some(RecordingEnd {
            instrument: recording.controls.to,
            how: recording.controls.how,
            samples: recording.samples,
            song_position: recording.song_position,
            full: recording.full,
            loads: recording.loads,
        });
        self.send_end();
        // Last, so that any thread that reads false can see the end.
        self.status.recording.store(false, Ordering::Release);
    }

    fn send_end(&mut self) {
        if let Some(end) = self.unsent_end {
            self.unsent_end = self.ends.try_send(end).is_err().then_some(end);
        }
    }
}

/// Writes the first `samples` of a block, as far as there is room; returns the number
/// written.
fn push(ring: &mut Producer<StereoSample>, source: [&[f32]; 2], samples: usize) -> usize {
    let samples = samples.min(ring.slots());
    let Ok(chunk) = ring.write_chunk_uninit(samples) else { return 0 };
    let both = source[0].iter().zip(source[1]).map(|(left, right)| [*left, *right]);
    chunk.fill_from_iter(both.take(samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: usize = 64;

    /// Records blocks, each of one level with the song's position; returns the position of the
    /// recording's first sample.
    fn located(blocks: &[(f32, Option<i64>)]) -> Option<i64> {
        let triggers = Arc::<Triggers>::default();
        let setup = ProcessSetup { sample_rate_hz: 8_000, channels: 1, buses: 1 };
        let (mut recorder, rings) =
            Recorder::new(Arc::default(), triggers.clone(), Arc::default(), setup);
        let controls = RecordControls {
            to: Some(0),
            from: RecordInput::Main,
            how: ExistingClips::Append,
            only_while_playing: false,
        };
        triggers.switched(Trigger::Record, true);
        for (level, song_position) in blocks {
            let transport =
                Transport { rolling: song_position.is_some(), song_position: *song_position };
            recorder.write([&[*level; BLOCK]; 2], None, &controls, transport);
        }
        recorder.finish();
        rings.ends.try_recv().unwrap().song_position
    }

    #[test]
    fn a_recording_is_where_the_song_is_when_it_first_sounds() {
        let block = BLOCK as i64;
        assert_eq!(located(&[(0.5, Some(100)), (0.5, Some(100 + block))]), Some(100));
        assert_eq!(located(&[(0.5, None), (0.5, None)]), None);
        // Record before Play, with and without a sound from elsewhere.
        for level in [0.0, 0.5] {
            let blocks = [(level, None), (level, None), (0.5, Some(1_000))];
            assert_eq!(located(&blocks), Some(1_000 - 2 * block));
        }
        // A jump in silence, and one after a sound, which cannot be put right.
        let silent = [(0.0, Some(0)), (0.0, Some(block)), (0.5, Some(5_000)), (0.5, Some(9_000))];
        assert_eq!(located(&silent), Some(5_000 - 2 * block));
        let sounding = [(0.5, Some(0)), (0.0, Some(5_000)), (0.5, None)];
        assert_eq!(located(&sounding), Some(0));
        // The song may start before its beginning.
        assert_eq!(located(&[(0.0, None), (0.5, Some(-10))]), Some(-10 - block));
    }
}
