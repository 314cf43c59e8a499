//! What the audio thread and the worker report to the other threads, in atomics: written
//! without waiting, read by the window and by the parameters that display it.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, Weak};

use atomic_float::AtomicF32;

use super::held_notes::HeldNotes;
use crate::frames::Mode;
use crate::plugin::project::clip::Clip;
use crate::plugin::real_time::lock;
use crate::verdict::Verdict;

/// What the worker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum WorkerTask {
    Nothing,
    Learning,
    AdaptingRest,
}

/// Peak level per channel, with a decay.
#[derive(Default)]
pub struct Meter {
    peaks: [AtomicF32; 2],
}

impl Meter {
    /// Fraction of a peak that remains after a second.
    const FALL_A_SECOND: f32 = 0.05;

    /// Takes in a block of a channel that lasts `seconds`.
    pub fn observe(&self, channel: usize, samples: &[f32], seconds: f32) {
        let peak = samples.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
        let fallen = self.peak(channel) * Self::FALL_A_SECOND.powf(seconds);
        self.peaks[channel].store(peak.max(fallen), Ordering::Relaxed);
    }

    /// Linear.
    pub fn peak(&self, channel: usize) -> f32 {
        self.peaks[channel].load(Ordering::Relaxed)
    }
}

/// The present status of an instance.
pub struct Status {
    sample_rate_hz: AtomicU32,
    channels: AtomicU32,
    /// Mode and latency of the engine that plays.
    mode: AtomicU32,
    latency_samples: AtomicU32,
    /// Halves of the MIDI notes that are held.
    held_notes: [AtomicU64; 2],
    /// The user wants them released, for a note whose end never came.
    note_release: AtomicBool,
    pub offline: AtomicBool,
    pub input: Meter,
    pub side_chain: Meter,
    pub output: Meter,
    /// Linear gain that makes the bypassed input as loud as the output.
    pub match_gain: AtomicF32,
    /// CPU load: the fraction of the available time that the last blocks took.
    pub load: AtomicF32,
    /// The number of blocks that took nearly all of their time, or more.
    pub late_blocks: AtomicU32,
    pub recording: AtomicBool,
    /// Samples of the recording in progress.
    pub recorded_samples: AtomicU64,
    /// Samples per channel that can be added to the project's recordings.
    pub room_samples: AtomicU64,
    task: AtomicU32,
    /// Progress of the worker's task, 0 to 1.
    pub progress: AtomicF32,
    /// Seconds of input that the rest has been adapted to so far.
    pub rest_listened_s: AtomicU32,
    /// Never touched by the audio thread.
    messages: Mutex<Messages>,
    /// How well the instruments can be told apart. Never touched by the audio thread.
    verdicts: Mutex<Verdicts>,
}

/// The verdicts on instruments, by their numbers, and the clips that they were made from.
#[derive(Default)]
struct Verdicts {
    clips: Vec<Weak<Clip>>,
    verdicts: Vec<(usize, Verdict)>,
}

/// A message for the user.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub text: String,
    pub is_error: bool,
    /// Counts notes, so that the same text again is another note.
    pub number: u64,
}

/// Messages for the user.
#[derive(Default)]
struct Messages {
    /// Newest first.
    notes: Vec<Note>,
    /// The newest error, until it is dismissed: notes that follow it do not hide it.
    error: Option<String>,
    /// The number of notes so far.
    count: u64,
}

/// Maximum number of notes kept.
const NOTES: usize = 20;

impl Default for Status {
    fn default() -> Self {
        Self {
            sample_rate_hz: AtomicU32::new(44_100),
            channels: AtomicU32::new(2),
            mode: AtomicU32::new(0),
            latency_samples: AtomicU32::new(0),
            held_notes: Default::default(),
            note_release: AtomicBool::new(false),
            offline: AtomicBool::new(false),
            input: Meter::default(),
            side_chain: Meter::default(),
            output: Meter::default(),
            match_gain: AtomicF32::new(1.0),
            load: AtomicF32::new(0.0),
            late_blocks: AtomicU32::new(0),
            recording: AtomicBool::new(false),
            recorded_samples: AtomicU64::new(0),
            room_samples: AtomicU64::new(u64::MAX),
            task: AtomicU32::new(WorkerTask::Nothing as u32),
            progress: AtomicF32::new(0.0),
            rest_listened_s: AtomicU32::new(0),
            messages: Mutex::default(),
            verdicts: Mutex::default(),
        }
    }
}

impl Status {
    pub fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz.load(Ordering::Relaxed)
    }

    pub fn channels(&self) -> usize {
        self.channels.load(Ordering::Relaxed) as usize
    }

    /// The host's rate and channels.
    pub fn set_host(&self, sample_rate_hz: u32, channels: usize) {
        self.sample_rate_hz.store(sample_rate_hz, Ordering::Relaxed);
        self.channels.store(channels as u32, Ordering::Relaxed);
    }

    pub fn held_notes(&self) -> HeldNotes {
        HeldNotes::from_halves(self.held_notes.each_ref().map(|half| half.load(Ordering::Relaxed)))
    }

    /// Releases all held MIDI notes with the next block.
    pub fn release_notes(&self) {
        self.note_release.store(true, Ordering::Relaxed);
    }

    /// Whether that was asked for since the last call.
    pub fn take_note_release(&self) -> bool {
        self.note_release.load(Ordering::Relaxed)
            && self.note_release.swap(false, Ordering::Relaxed)
    }

    pub fn set_held_notes(&self, notes: HeldNotes) {
        for (half, value) in self.held_notes.iter().zip(notes.halves()) {
            half.store(value, Ordering::Relaxed);
        }
    }

    /// The mode that plays, which may differ from the requested one for a moment.
    pub fn mode(&self) -> Mode {
        Mode::ALL[self.mode.load(Ordering::Relaxed) as usize]
    }

    pub fn latency_samples(&self) -> u32 {
        self.latency_samples.load(Ordering::Relaxed)
    }

    pub fn set_engine(&self, mode: Mode, latency_samples: usize) {
        let index = Mode::ALL.iter().position(|other| *other == mode).unwrap_or(0);
        self.mode.store(index as u32, Ordering::Relaxed);
        self.latency_samples.store(latency_samples as u32, Ordering::Relaxed);
    }

    pub fn task(&self) -> WorkerTask {
        match self.task.load(Ordering::SeqCst) {
            1 => WorkerTask::Learning,
            2 => WorkerTask::AdaptingRest,
            _ => WorkerTask::Nothing,
        }
    }

    pub fn set_task(&self, task: WorkerTask) {
        if task == WorkerTask::Learning {
            self.dismiss_error();
        }
        self.progress.store(0.0, Ordering::Relaxed);
        self.task.store(task as u32, Ordering::SeqCst);
    }

    /// Adds a message for the user.
    pub fn note(&self, text: impl Into<String>) {
        self.add_note(text.into(), false);
    }

    /// Reports an error to the user, with its remedy.
    pub fn error(&self, text: impl Into<String>) {
        self.add_note(text.into(), true);
    }

    /// The newest error, if it has not been dismissed.
    pub fn present_error(&self) -> Option<String> {
        lock(&self.messages).error.clone()
    }

    /// Clears the present error when the user starts something new.
    pub fn dismiss_error(&self) {
        let Messages { notes, error, .. } = &mut *lock(&self.messages);
        *error = None;
        if notes.first().is_some_and(|note| note.is_error) {
            // Otherwise an older message would appear to be new.
            notes.clear();
        }
    }

    fn add_note(&self, text: String, is_error: bool) {
        let Messages { notes, error, count } = &mut *lock(&self.messages);
        if is_error {
            *error = Some(text.clone());
        }
        *count += 1;
        let note = Note { text, is_error, number: *count };
        match notes.first_mut() {
            // One that is repeated does not push out the others.
            Some(last) if last.text == note.text && last.is_error == is_error => *last = note,
            _ => notes.insert(0, note),
        }
        notes.truncate(NOTES);
    }

    pub fn set_verdicts(&self, clips: Vec<Weak<Clip>>, verdicts: Vec<(usize, Verdict)>) {
        *lock(&self.verdicts) = Verdicts { clips, verdicts };
    }

    /// The verdict on an instrument, if it was made from these clips.
    pub fn verdict(&self, instrument: usize, clips: &[Weak<Clip>]) -> Option<String> {
        let judged = lock(&self.verdicts);
        if !judged.clips.iter().map(Weak::as_ptr).eq(clips.iter().map(Weak::as_ptr)) {
            return None;
        }
        let verdict = judged.verdicts.iter().find(|(place, _)| *place == instrument);
        verdict.map(|(_, verdict)| verdict.to_string())
    }

    /// Messages to the user, newest first.
    pub fn notes(&self) -> Vec<Note> {
        lock(&self.messages).notes.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stays_until_it_is_dismissed_or_replaced() {
        let status = Status::default();
        assert_eq!(status.present_error(), None);
        status.error("no file");
        status.note("loading");
        status.note("loaded");
        assert_eq!(status.present_error().as_deref(), Some("no file"));
        status.error("no room");
        assert_eq!(status.present_error().as_deref(), Some("no room"));
        status.note("done");
        status.dismiss_error();
        assert_eq!(status.present_error(), None);
        assert_eq!(status.notes()[0].text, "done", "which is not affected");
        status.error("no room");
        assert_eq!(status.present_error().as_deref(), Some("no room"), "once more");
    }

    #[test]
    fn the_same_note_again_is_another_one() {
        let status = Status::default();
        status.note("saved");
        let first = status.notes();
        status.note("saved");
        let again = status.notes();
        assert_eq!((first.len(), again.len()), (1, 1), "the list has it once");
        assert_ne!(first, again, "but the window can tell");
        assert_eq!(again[0].text, "saved");
        status.error("saved");
        assert_eq!(status.notes().len(), 2);
    }
}
