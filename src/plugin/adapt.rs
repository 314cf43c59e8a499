//! The rest, adapted to what plays: with solo clips alone nobody has shown what
//! else there is, so it is learned from the last seconds of the input (in the
//! spirit of Duan, Mysore & Smaragdis, "Online PLCA for real-time
//! semi-supervised source separation", 2012), a few times, and then kept: what is
//! bounced must be what was heard. Never while the host renders offline.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::hub::{Hub, lock};
use super::project::Rest;
use super::status::Doing;
use crate::audio::resample;
use crate::dictionary::Dictionary;
use crate::learn::{LearnError, RestSettings, add_rest};

/// Seconds of sound after which the rest is learned, and learned anew.
const HEARD_S: [u32; 4] = [4, 8, 16, 30];

/// Those after which there is a rest, and after which it stays as it is.
pub const FIRST_S: u32 = HEARD_S[0];
pub const LAST_S: u32 = HEARD_S[HEARD_S.len() - 1];

/// Quieter samples do not count as sound.
const SILENCE: f32 = 1e-4;

/// The last of what played.
#[derive(Default)]
pub struct Adapter {
    heard: [VecDeque<f32>; 2],
    /// Samples with sound since the last request.
    sounding_samples: u64,
}

impl Adapter {
    /// Forgets what was heard: what comes counts.
    pub fn start_anew(&mut self) {
        *self = Self::default();
    }

    /// The user wants the rest adapted to what plays from now on.
    pub fn ask(&mut self, hub: &Hub) {
        self.start_anew();
        if hub.project().dictionary.is_none() {
            hub.status.error("there is nothing to adapt yet: record an instrument and learn first");
            return;
        }
        hub.amend(|project| project.rest = Rest::Adapting { heard_s: 0 });
    }

    /// Takes in what has played; learns the rest when enough has. `look` is
    /// called often and answers "go on?".
    pub fn step(&mut self, hub: &Hub, look: &mut dyn FnMut(&Hub) -> bool) {
        let Some((rate, channels)) = self.collect(hub) else { return };
        let project = hub.project();
        let (Rest::Adapting { heard_s }, Some(dictionary)) = (project.rest, &project.dictionary)
        else {
            // Half a minute of sound is megabytes.
            self.start_anew();
            return;
        };
        let sounding_s = (self.sounding_samples / u64::from(rate)) as u32;
        hub.status.rest_heard_s.store(sounding_s, Ordering::Relaxed);
        if hub.status.offline.load(Ordering::SeqCst) {
            return;
        }
        let Some(due) = HEARD_S.into_iter().rev().find(|due| *due <= sounding_s) else { return };
        if due <= heard_s {
            return;
        }
        hub.status.set_doing(Doing::AdaptingRest);
        let adapted = self.adapt(dictionary, (rate, channels), &mut |share| {
            hub.status.progress.store(share, Ordering::Relaxed);
            look(hub) && !hub.status.offline.load(Ordering::SeqCst)
        });
        hub.status.set_doing(Doing::Nothing);
        let last = due == LAST_S;
        match adapted {
            Ok(adapted) => {
                let rest = if last { Rest::Learned } else { Rest::Adapting { heard_s: due } };
                hub.adapted(dictionary, &Arc::new(adapted), rest);
            }
            Err(LearnError::Cancelled(_)) => {}
            // Hardly anything sounds: more must be heard.
            Err(_) => hub.adapted(dictionary, dictionary, Rest::Adapting { heard_s: due }),
        }
    }

    fn adapt(
        &mut self,
        dictionary: &Dictionary,
        (rate, channels): (u32, usize),
        progress: &mut dyn FnMut(f32) -> bool,
    ) -> Result<Dictionary, LearnError> {
        let clip: Vec<Vec<f32>> =
            self.heard[..channels].iter().map(|heard| heard.iter().copied().collect()).collect();
        let learned_hz = dictionary.frames.sample_rate_hz;
        let clip = if rate == learned_hz { clip } else { resample(&clip, rate, learned_hz) };
        let mut adapted = dictionary.clone();
        let settings = RestSettings { seed: dictionary.provenance.seed, ..RestSettings::default() };
        add_rest(&mut adapted, &clip, &settings, progress)?;
        Ok(adapted)
    }

    /// Empties the ring; says at what rate and in how many channels it runs.
    fn collect(&mut self, hub: &Hub) -> Option<(u32, usize)> {
        let mut tapes = lock(&hub.tapes);
        let tapes = tapes.as_mut()?;
        let count = tapes.heard.slots();
        if let Ok(chunk) = tapes.heard.read_chunk(count) {
            for [left, right] in chunk {
                self.sounding_samples += u64::from(left.abs().max(right.abs()) > SILENCE);
                self.heard[0].push_back(left);
                self.heard[1].push_back(right);
            }
        }
        let longest = LAST_S as usize * tapes.sample_rate_hz as usize;
        for heard in &mut self.heard {
            let excess = heard.len().saturating_sub(longest);
            heard.drain(..excess);
        }
        Some((tapes.sample_rate_hz, tapes.channels))
    }
}
