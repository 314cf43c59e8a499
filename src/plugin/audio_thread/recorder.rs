//! Takes down what the host plays, in the audio thread, into rings that were
//! reserved beforehand; the worker empties them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::Sender;
use rtrb::{Consumer, Producer, RingBuffer};

use super::controls::CaptureControls;
use super::engine::Stage;
use super::status::Status;
use super::triggers::{Trigger, Triggers};
use crate::plugin::choices::{CaptureFrom, CaptureHow};
use crate::plugin::project::clip::LONGEST_CAPTURE_S;

/// How much of what plays is kept for the worker, which looks in many times a
/// second.
const HEARD_S: usize = 30;

/// Captures that can wait for the worker.
pub const MARKS: usize = 256;

/// A sample of both channels; mono is in both.
pub type StereoSample = [f32; 2];

/// A capture that has ended: what it was for, and how many samples it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub slot: Option<usize>,
    pub how: CaptureHow,
    pub samples: usize,
    /// Whether it stopped because there was no more room.
    pub full: bool,
}

/// The worker's ends of the rings.
pub struct Tapes {
    pub captured: Consumer<StereoSample>,
    /// The main input, except while it is captured.
    pub heard: Consumer<StereoSample>,
    pub sample_rate_hz: u32,
    pub channels: usize,
}

/// The audio thread's half.
pub struct Recorder {
    status: Arc<Status>,
    triggers: Arc<Triggers>,
    captured: Producer<StereoSample>,
    heard: Producer<StereoSample>,
    marks: Sender<Mark>,
    limit_samples: usize,
    /// The capture under way.
    recording: Option<Recording>,
    /// Presses that have been answered.
    answered: u32,
}

struct Recording {
    controls: CaptureControls,
    samples: usize,
    full: bool,
}

impl Recorder {
    /// A recorder and the worker's ends of its rings. The memory is reserved
    /// here; the system provides it as it is written to.
    pub fn new(
        status: Arc<Status>,
        triggers: Arc<Triggers>,
        marks: Sender<Mark>,
        stage: Stage,
    ) -> (Self, Tapes) {
        let Stage { sample_rate_hz, channels, .. } = stage;
        let rate = sample_rate_hz as usize;
        let (capture_in, captured) = RingBuffer::new(LONGEST_CAPTURE_S * rate);
        let (heard_in, heard) = RingBuffer::new(HEARD_S * rate);
        let answered = triggers.count(Trigger::Capture);
        let recorder = Self {
            status,
            triggers,
            captured: capture_in,
            heard: heard_in,
            marks,
            limit_samples: LONGEST_CAPTURE_S * rate,
            recording: None,
            answered,
        };
        (recorder, Tapes { captured, heard, sample_rate_hz, channels })
    }

    /// Takes down a block. `side_chain` is empty where the host has none.
    pub fn write(
        &mut self,
        main: [&[f32]; 2],
        side_chain: Option<[&[f32]; 2]>,
        controls: &CaptureControls,
        playing: bool,
    ) {
        self.start_or_stop(controls);
        let mut taken = false;
        if let Some(recording) = &mut self.recording {
            taken = recording.controls.from == CaptureFrom::Main;
            let waits = recording.controls.only_while_playing && !playing;
            let source = match recording.controls.from {
                CaptureFrom::Main => Some(main),
                CaptureFrom::SideChain => side_chain,
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

    fn start_or_stop(&mut self, controls: &CaptureControls) {
        let pressed = self.triggers.count(Trigger::Capture);
        let held = self.triggers.is_held(Trigger::Capture);
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
        let mark = Mark {
            slot: recording.controls.to,
            how: recording.controls.how,
            samples: recording.samples,
            full: recording.full,
        };
        // There are far more places than captures between two looks of the
        // worker; without one the sound is joined to the next capture.
        let _ = self.marks.try_send(mark);
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
