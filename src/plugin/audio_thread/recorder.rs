//! Takes down what the host plays, in the audio thread, into rings that were
//! reserved beforehand; the worker empties them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::Sender;
use rtrb::{Consumer, Producer, RingBuffer};

use super::controls::RecordControls;
use super::engine::ProcessSetup;
use super::status::Status;
use super::triggers::{Trigger, Triggers};
use crate::plugin::choices::{ExistingClips, RecordInput};
use crate::plugin::project::clip::LONGEST_CLIP_S;

/// How much of what plays is kept for the worker, which looks in many times a
/// second.
const HEARD_S: usize = 30;

/// Captures that can wait for the worker.
pub const RECORDING_ENDS: usize = 256;

/// A sample of both channels; mono is in both.
pub type StereoSample = [f32; 2];

/// A capture that has ended: what it was for, and how many samples it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingEnd {
    pub instrument: Option<usize>,
    pub how: ExistingClips,
    pub samples: usize,
    /// Whether it stopped because there was no more room.
    pub full: bool,
}

/// The worker's ends of the rings.
pub struct RecorderRings {
    pub recorded: Consumer<StereoSample>,
    /// The main input, except while it is captured.
    pub monitored: Consumer<StereoSample>,
    pub sample_rate_hz: u32,
    pub channels: usize,
}

/// The audio thread's half.
pub struct Recorder {
    status: Arc<Status>,
    triggers: Arc<Triggers>,
    captured: Producer<StereoSample>,
    heard: Producer<StereoSample>,
    recording_ends: Sender<RecordingEnd>,
    limit_samples: usize,
    /// The capture under way.
    recording: Option<Recording>,
    /// Presses that have been answered.
    answered: u32,
}

struct Recording {
    controls: RecordControls,
    samples: usize,
    full: bool,
}

impl Recorder {
    /// A recorder and the worker's ends of its rings. The memory is reserved
    /// here; the system provides it as it is written to.
    pub fn new(
        status: Arc<Status>,
        triggers: Arc<Triggers>,
        recording_ends: Sender<RecordingEnd>,
        setup: ProcessSetup,
    ) -> (Self, RecorderRings) {
        let ProcessSetup { sample_rate_hz, channels, .. } = setup;
        let rate = sample_rate_hz as usize;
        let (capture_in, captured) = RingBuffer::new(LONGEST_CLIP_S * rate);
        let (heard_in, heard) = RingBuffer::new(HEARD_S * rate);
        let answered = triggers.count(Trigger::Record);
        let recorder = Self {
            status,
            triggers,
            captured: capture_in,
            heard: heard_in,
            recording_ends,
            limit_samples: LONGEST_CLIP_S * rate,
            recording: None,
            answered,
        };
        (recorder, RecorderRings { recorded: captured, monitored: heard, sample_rate_hz, channels })
    }

    /// Takes down a block. `side_chain` is empty where the host has none.
    pub fn write(
        &mut self,
        main: [&[f32]; 2],
        side_chain: Option<[&[f32]; 2]>,
        controls: &RecordControls,
        playing: bool,
    ) {
        self.start_or_stop(controls);
        let mut taken = false;
        if let Some(recording) = &mut self.recording {
            taken = recording.controls.from == RecordInput::Main;
            let waits = recording.controls.only_while_playing && !playing;
            let source = match recording.controls.from {
                RecordInput::Main => Some(main),
                RecordInput::SideChain => side_chain,
            };
            if let Some(source) = source
                && !waits
                && !recording.full
            {
                let room = self.limit_samples - recording.samples;
                let wanted = source[0].len();
                let written = push(&mut self.captured, source, wanted.min(room));
                recording.samples += written;
                recording.full = written < wanted;
                self.status.recorded_samples.store(recording.samples as u64, Ordering::Relaxed);
            }
            if recording.full {
                self.finish();
            }
        }
        if !taken {
            push(&mut self.heard, main, main[0].len());
        }
    }

    fn start_or_stop(&mut self, controls: &RecordControls) {
        let pressed = self.triggers.count(Trigger::Record);
        let held = self.triggers.is_held(Trigger::Record);
        if self.recording.is_some() && (!held || pressed != self.answered) {
            self.finish();
        }
        if self.recording.is_none() && held && pressed != self.answered {
            self.answered = pressed;
            self.recording = Some(Recording { controls: *controls, samples: 0, full: false });
            self.status.recorded_samples.store(0, Ordering::Relaxed);
            self.status.recording.store(true, Ordering::Relaxed);
        }
    }

    /// Ends the capture under way, if there is one.
    pub fn finish(&mut self) {
        let Some(recording) = self.recording.take() else { return };
        self.status.recording.store(false, Ordering::Relaxed);
        let ended = RecordingEnd {
            instrument: recording.controls.to,
            how: recording.controls.how,
            samples: recording.samples,
            full: recording.full,
        };
        // There are far more places than captures between two looks of the
        // worker; without one the sound is joined to the next capture.
        let _ = self.recording_ends.try_send(ended);
    }
}

/// Writes the first `samples` of a block, as many as there is room for; says
/// how many.
fn push(ring: &mut Producer<StereoSample>, source: [&[f32]; 2], samples: usize) -> usize {
    let samples = samples.min(ring.slots());
    let Ok(chunk) = ring.write_chunk_uninit(samples) else { return 0 };
    let both = source[0].iter().zip(source[1]).map(|(left, right)| [*left, *right]);
    chunk.fill_from_iter(both.take(samples))
}
