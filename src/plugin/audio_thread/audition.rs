//! Plays a clip to the user in place of the output. Never while the host renders offline.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};

/// Time in which a clip fades in and out.
const FADE_S: f32 = 0.01;

/// Clips that can wait to be freed.
const PLAYED: usize = 4;

/// A clip at the host's rate, one or two channels of equal length.
pub struct AuditionClip {
    pub channels: Vec<Vec<f32>>,
}

/// The side of every thread but the audio thread.
pub struct Audition {
    incoming: (Sender<Box<AuditionClip>>, Receiver<Box<AuditionClip>>),
    played: (Sender<Box<AuditionClip>>, Receiver<Box<AuditionClip>>),
    stop: AtomicBool,
    sounds: AtomicBool,
}

impl Default for Audition {
    fn default() -> Self {
        Self {
            incoming: bounded(1),
            played: bounded(PLAYED),
            stop: AtomicBool::new(false),
            sounds: AtomicBool::new(false),
        }
    }
}

impl Audition {
    /// Plays a clip, in place of one that is still waiting.
    pub fn play(&self, clip: AuditionClip) {
        if clip.channels.is_empty() {
            return;
        }
        self.forget_waiting();
        self.stop.store(false, Ordering::SeqCst);
        let _ = self.incoming.0.try_send(Box::new(clip));
    }

    pub fn stop(&self) {
        self.forget_waiting();
        self.stop.store(true, Ordering::SeqCst);
    }

    /// The host has stopped the plugin, and with it what was playing: nothing goes on, or begins,
    /// when it starts again.
    pub fn interrupt(&self) {
        self.forget_waiting();
        self.sounds.store(false, Ordering::Relaxed);
    }

    /// Whether a clip is playing, or waits to be played.
    pub fn sounds(&self) -> bool {
        self.sounds.load(Ordering::Relaxed) || !self.incoming.1.is_empty()
    }

    fn forget_waiting(&self) {
        while self.incoming.1.try_recv().is_ok() {}
    }

    /// Frees clips that were played.
    pub fn free(&self) {
        while self.played.1.try_recv().is_ok() {}
    }
}

/// The audio thread's side.
pub struct Auditioner {
    clip: Option<Box<AuditionClip>>,
    position: usize,
    gain: f32,
    step: f32,
}

impl Auditioner {
    pub fn new(sample_rate_hz: u32) -> Self {
        let step = 1.0 / (FADE_S * sample_rate_hz as f32);
        Self { clip: None, position: 0, gain: 0.0, step }
    }

    /// Crossfades the output to the clip, if one is playing.
    pub fn play(&mut self, audition: &Audition, output: &mut [&mut [f32]], range: Range<usize>) {
        if self.clip.is_none() && !audition.played.0.is_full() {
            self.clip = audition.incoming.1.try_recv().ok();
            self.position = 0;
        }
        let Some(clip) = &self.clip else { return };
        audition.sounds.store(true, Ordering::Relaxed);
        let stopped = audition.stop.load(Ordering::Relaxed);
        let length = clip.channels[0].len();
        for i in range {
            let on = !stopped && self.position < length;
            let change = if on { self.step } else { -self.step };
            self.gain = (self.gain + change).clamp(0.0, 1.0);
            for (c, out) in output.iter_mut().enumerate() {
                let channel = &clip.channels[c.min(clip.channels.len() - 1)];
                let sample = channel.get(self.position).copied().unwrap_or(0.0);
                out[i] += (sample - out[i]) * self.gain;
            }
            self.position += 1;
        }
        if self.gain == 0.0 && (stopped || self.position >= length) {
            audition.sounds.store(false, Ordering::Relaxed);
            // There is room: this was checked before the clip was received.
            if let Some(Err(full)) = self.clip.take().map(|clip| audition.played.0.try_send(clip)) {
                std::mem::forget(full.into_inner());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: usize = 64;

    /// A clip of one level, of a whole number of blocks.
    fn clip(level: f32) -> AuditionClip {
        AuditionClip { channels: vec![vec![level; 10 * BLOCK]] }
    }

    /// Plays a block over silence; returns its last sample.
    fn block(auditioner: &mut Auditioner, audition: &Audition) -> f32 {
        let mut output = [0.0; BLOCK];
        auditioner.play(audition, &mut [&mut output], 0..BLOCK);
        output[BLOCK - 1]
    }

    /// So short a fade that each block has its end.
    fn auditioner() -> Auditioner {
        Auditioner::new(1_000)
    }

    #[test]
    fn nothing_goes_on_when_the_host_starts_again() {
        let (audition, mut before) = (Audition::default(), auditioner());
        audition.play(clip(0.5));
        assert!(audition.sounds(), "it can be stopped before it begins");
        assert_eq!(block(&mut before, &audition), 0.5);
        audition.interrupt();
        assert!(!audition.sounds(), "the host has stopped");
        audition.play(clip(0.25));
        audition.interrupt();
        let mut after = auditioner();
        assert_eq!(block(&mut after, &audition), 0.0, "what waited does not begin by itself");
        assert!(!audition.sounds());
        audition.play(clip(0.125));
        assert_eq!(block(&mut after, &audition), 0.125);
    }

    #[test]
    fn of_what_waits_only_the_newest_is_played_and_stop_stops_it() {
        let (audition, mut auditioner) = (Audition::default(), auditioner());
        audition.play(clip(0.5));
        audition.play(clip(0.25));
        assert_eq!(block(&mut auditioner, &audition), 0.25);
        for _ in 0..20 {
            block(&mut auditioner, &audition);
        }
        assert!(!audition.sounds());
        audition.play(clip(0.5));
        audition.stop();
        assert_eq!((block(&mut auditioner, &audition), audition.sounds()), (0.0, false));
    }
}
