//! The rest, adapted to what plays: with solo clips alone nobody has shown what
//! else there is, so it is learned from the last seconds of the input (in the
//! spirit of Duan, Mysore & Smaragdis, "Online PLCA for real-time
//! semi-supervised source separation", 2012), a few times, and then kept: what is
//! bounced must be what was heard. Never while the host renders offline, and not
//! from the instruments alone.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::alone::Alone;
use crate::audio::resample;
use crate::dictionary::Dictionary;
use crate::learn::{FactorizeError, RestSettings, add_rest};
use crate::plugin::audio_thread::real_time::lock;
use crate::plugin::audio_thread::status::WorkerTask;
use crate::plugin::hub::Hub;
use crate::plugin::project::{Project, Rest};

/// Seconds of sound after which the rest is learned, and learned again.
const HEARD_S: [u32; 4] = [Rest::FIRST_S, 8, 16, Rest::LAST_S];

/// Quieter samples do not count as sound.
const SILENCE: f32 = 1e-4;

/// The last of what played.
#[derive(Default)]
pub struct Adapter {
    rate_hz: u32,
    /// Of which nobody has said yet what sounds.
    unjudged: Sound,
    /// Seconds in which anything else sounds than the instruments of this dictionary.
    heard: Sound,
    dictionary: Option<Arc<Dictionary>>,
    /// Samples with sound in them since the last request.
    sounding_samples: u64,
    alone: Option<Alone>,
}

/// Left and right.
type Sound = [VecDeque<f32>; 2];

impl Adapter {
    /// Forgets what was heard: what comes counts.
    fn restart(&mut self) {
        *self = Self::default();
    }

    /// With other instruments, the buffered audio implies another rest.
    fn follow(&mut self, dictionary: &Arc<Dictionary>) {
        if self.dictionary.as_ref().is_some_and(|known| Arc::ptr_eq(known, dictionary)) {
            return;
        }
        self.dictionary = Some(dictionary.clone());
        for (unjudged, mut heard) in self.unjudged.iter_mut().zip(std::mem::take(&mut self.heard)) {
            heard.append(unjudged);
            *unjudged = heard;
        }
        self.sounding_samples = 0;
        self.alone = None;
    }

    /// The user wants the rest adapted to what plays from now on.
    pub fn ask(&mut self, hub: &Hub) {
        self.restart();
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
            self.restart();
            return;
        };
        if hub.status.offline.load(Ordering::SeqCst) {
            self.unjudged = Sound::default();
            return;
        }
        self.follow(dictionary);
        let mut go_on = || look(hub) && !hub.status.offline.load(Ordering::SeqCst);
        self.judge(&project, dictionary, (rate, channels), &mut go_on);
        let sounding_s = (self.sounding_samples / u64::from(rate)) as u32;
        hub.status.rest_heard_s.store(sounding_s, Ordering::Relaxed);
        let Some(due) = HEARD_S.into_iter().rev().find(|due| *due <= sounding_s) else { return };
        if due <= heard_s {
            return;
        }
        hub.status.set_task(WorkerTask::AdaptingRest);
        let adapted = self.adapt(dictionary, (rate, channels), &mut |share| {
            hub.status.progress.store(share, Ordering::Relaxed);
            go_on()
        });
        hub.status.set_task(WorkerTask::Nothing);
        let last = due == Rest::LAST_S;
        match adapted {
            Ok(adapted) => {
                let rest = if last { Rest::Learned } else { Rest::Adapting { heard_s: due } };
                let adapted = Arc::new(adapted);
                hub.adapted(dictionary, &adapted, rest);
                if let Some(alone) = &mut self.alone {
                    alone.follow(&adapted);
                }
                self.dictionary = Some(adapted);
            }
            Err(FactorizeError::Cancelled(_)) => {}
            // Hardly anything sounds: more must be heard.
            Err(_) => hub.adapted(dictionary, dictionary, Rest::Adapting { heard_s: due }),
        }
    }

    /// Keeps and counts the seconds in which anything sounds and it is not the
    /// instruments alone.
    fn judge(
        &mut self,
        project: &Project,
        dictionary: &Arc<Dictionary>,
        (rate, channels): (u32, usize),
        go_on: &mut dyn FnMut() -> bool,
    ) {
        let second = rate as usize;
        while self.unjudged[0].len() >= second && go_on() {
            let sounds =
                |i: &usize| self.unjudged.iter().any(|channel| channel[*i].abs() > SILENCE);
            let sounding = (0..second).filter(sounds).count() as u64;
            if sounding > 0 && !self.alone.as_ref().is_some_and(|alone| alone.is_for(dictionary)) {
                self.alone = Alone::new(project, dictionary, go_on);
                if self.alone.is_none() {
                    return;
                }
            }
            let played =
                self.unjudged.each_mut().map(|channel| channel.drain(..second).collect::<Vec<_>>());
            if sounding == 0 {
                continue;
            }
            let sound = played[..channels].to_vec();
            let sound = at_rate(sound, rate, dictionary.frames.sample_rate_hz);
            if self.alone.as_ref().is_some_and(|alone| alone.are_heard_in(&sound)) {
                continue;
            }
            self.sounding_samples += sounding;
            for (heard, played) in self.heard.iter_mut().zip(&played) {
                heard.extend(played);
                keep_last(heard, rate);
            }
        }
    }

    fn adapt(
        &mut self,
        dictionary: &Dictionary,
        (rate, channels): (u32, usize),
        progress: &mut dyn FnMut(f32) -> bool,
    ) -> Result<Dictionary, FactorizeError> {
        let clip: Vec<Vec<f32>> =
            self.heard[..channels].iter().map(|heard| heard.iter().copied().collect()).collect();
        let clip = at_rate(clip, rate, dictionary.frames.sample_rate_hz);
        let mut adapted = dictionary.clone();
        let settings = RestSettings { seed: dictionary.provenance.seed, ..RestSettings::default() };
        add_rest(&mut adapted, &clip, &settings, progress)?;
        Ok(adapted)
    }

    /// Empties the ring; says at what rate and in how many channels it runs.
    fn collect(&mut self, hub: &Hub) -> Option<(u32, usize)> {
        let mut rings = lock(&hub.rings);
        let rings = rings.as_mut()?;
        if std::mem::replace(&mut self.rate_hz, rings.sample_rate_hz) != rings.sample_rate_hz {
            *self = Self { rate_hz: rings.sample_rate_hz, ..Self::default() };
        }
        let count = rings.monitored.slots();
        if let Ok(chunk) = rings.monitored.read_chunk(count) {
            for [left, right] in chunk {
                self.unjudged[0].push_back(left);
                self.unjudged[1].push_back(right);
            }
        }
        self.unjudged.iter_mut().for_each(|channel| keep_last(channel, rings.sample_rate_hz));
        Some((rings.sample_rate_hz, rings.channels))
    }
}

/// More is never learned from.
fn keep_last(channel: &mut VecDeque<f32>, rate_hz: u32) {
    let excess = channel.len().saturating_sub(Rest::LAST_S as usize * rate_hz as usize);
    channel.drain(..excess);
}

fn at_rate(clip: Vec<Vec<f32>>, from_hz: u32, to_hz: u32) -> Vec<Vec<f32>> {
    if from_hz == to_hz { clip } else { resample(&clip, from_hz, to_hz) }
}
