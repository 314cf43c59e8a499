//! Adapts the rest to the input. Solo clips do not show what else plays, so the rest is
//! learned from the last seconds of the input, a few times, and then kept, so that a bounce
//! matches live playback (in the spirit of Duan, Mysore & Smaragdis, "Online PLCA for
//! real-time semi-supervised source separation", 2012). It never adapts while the host
//! renders offline, nor to passages where only the instruments play.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::alone::Alone;
use crate::dictionary::Dictionary;
use crate::learn::{FactorizeError, InMemory, Mixture, RestSettings, is_rest_unlikely};
use crate::offline::add_rest;
use crate::plugin::audio_thread::recorder::RecordingFormat;
use crate::plugin::audio_thread::status::WorkerTask;
use crate::plugin::hub::Hub;
use crate::plugin::messages;
use crate::plugin::project::{Project, Rest};

/// Seconds of sound after which the rest is learned, and learned again.
const ADAPT_AT_S: [u32; 4] = [Rest::FIRST_S, 8, 16, Rest::LAST_S];

/// Quieter samples count as silence.
const SILENCE: f32 = 1e-4;

/// The last seconds of the input.
#[derive(Default)]
pub struct Adapter {
    rate_hz: u32,
    /// Input not judged yet.
    unjudged: StereoQueue,
    /// Seconds in which something other than the dictionary's instruments plays.
    kept: StereoQueue,
    dictionary: Option<Arc<Dictionary>>,
    /// Non-silent samples since the last request.
    sounding_samples: u64,
    alone: Option<Alone>,
}

/// Left and right.
type StereoQueue = [VecDeque<f32>; 2];

impl Adapter {
    /// Discards the input so far.
    fn restart(&mut self) {
        *self = Self::default();
    }

    /// Other instruments imply another rest: the buffered audio is judged again.
    fn follow(&mut self, dictionary: &Arc<Dictionary>) {
        if self.dictionary.as_ref().is_some_and(|known| Arc::ptr_eq(known, dictionary)) {
            return;
        }
        self.dictionary = Some(dictionary.clone());
        for (unjudged, mut kept) in self.unjudged.iter_mut().zip(std::mem::take(&mut self.kept)) {
            kept.append(unjudged);
            *unjudged = kept;
        }
        self.sounding_samples = 0;
        self.alone = None;
    }

    /// Starts adapting the rest to the input, at the user's request.
    pub fn ask(&mut self, hub: &Hub) {
        self.restart();
        if hub.project.get().dictionary.is_none() {
            hub.status.error("there is nothing to adapt yet: record an instrument and learn first");
            return;
        }
        hub.project.amend(|project| project.rest = Rest::Adapting { listened_s: 0 });
    }

    /// Takes in the input, and learns the rest once there is enough. Calls `go_on` often and
    /// stops when it returns false.
    pub fn step(&mut self, hub: &Hub, go_on: &mut dyn FnMut(&Hub) -> bool) {
        let Some(format) = self.collect(hub) else { return };
        let project = hub.project.get();
        let (Rest::Adapting { listened_s }, Some(dictionary)) = (project.rest, &project.dictionary)
        else {
            // Half a minute of sound is megabytes.
            self.restart();
            return;
        };
        if hub.status.offline.load(Ordering::SeqCst) {
            self.unjudged = StereoQueue::default();
            return;
        }
        self.follow(dictionary);
        let is_in_use = |project: &Project| {
            project.dictionary.as_ref().is_some_and(|now| Arc::ptr_eq(now, dictionary))
        };
        // What has become useless, or less urgent than what the user asks for, ends at once.
        let mut go_on = || {
            go_on(hub)
                && !hub.status.offline.load(Ordering::SeqCst)
                && !hub.triggers.are_pending()
                && hub.project.with(is_in_use)
        };
        self.judge(&project, dictionary, format, &mut go_on);
        let sounding_s = (self.sounding_samples / u64::from(format.sample_rate_hz)) as u32;
        hub.status.rest_listened_s.store(sounding_s, Ordering::Relaxed);
        let Some(due) = ADAPT_AT_S.into_iter().rev().find(|due| *due <= sounding_s) else { return };
        if due <= listened_s {
            return;
        }
        hub.status.set_task(WorkerTask::AdaptingRest);
        let adapted = self.adapt(dictionary, format, &mut |fraction| {
            hub.status.progress.store(fraction, Ordering::Relaxed);
            go_on()
        });
        hub.status.set_task(WorkerTask::Nothing);
        match adapted {
            Ok(adapted) => {
                let Some(adapted) = take(hub, dictionary, adapted, due) else { return };
                if let Some(alone) = &mut self.alone {
                    alone.follow(&adapted);
                }
                self.dictionary = Some(adapted);
            }
            Err(FactorizeError::Cancelled(_)) => {}
            // Nearly silent: more input is needed.
            Err(_) => {
                hub.project.set_adapted(dictionary, dictionary, Rest::Adapting { listened_s: due })
            }
        }
    }

    /// Keeps and counts the seconds that are neither silent nor from the instruments alone.
    fn judge(
        &mut self,
        project: &Project,
        dictionary: &Arc<Dictionary>,
        format: RecordingFormat,
        go_on: &mut dyn FnMut() -> bool,
    ) {
        let rate = format.sample_rate_hz;
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
            let channels = &played[..format.channels];
            let sound = InMemory { channels, sample_rate_hz: rate };
            if self.alone.as_ref().is_some_and(|alone| alone.are_alone_in(&sound, go_on)) {
                continue;
            }
            self.sounding_samples += sounding;
            for (kept, played) in self.kept.iter_mut().zip(&played) {
                kept.extend(played);
                keep_last(kept, rate);
            }
        }
    }

    fn adapt(
        &mut self,
        dictionary: &Dictionary,
        format: RecordingFormat,
        progress: &mut dyn FnMut(f32) -> bool,
    ) -> Result<Dictionary, FactorizeError> {
        let channels: Vec<Vec<f32>> = self.kept[..format.channels]
            .iter()
            .map(|kept| kept.iter().copied().collect())
            .collect();
        let sound = InMemory { channels: &channels, sample_rate_hz: format.sample_rate_hz };
        let mut adapted = dictionary.clone();
        let settings = RestSettings { seed: dictionary.provenance.seed, ..RestSettings::default() };
        add_rest(&mut adapted, &[Mixture::new(&sound)], &settings, progress)?;
        Ok(adapted)
    }

    /// Empties the ring of the main input; returns its format.
    fn collect(&mut self, hub: &Hub) -> Option<RecordingFormat> {
        hub.recordings.with_newest(|rings| {
            if std::mem::replace(&mut self.rate_hz, rings.format.sample_rate_hz)
                != rings.format.sample_rate_hz
            {
                *self = Self { rate_hz: rings.format.sample_rate_hz, ..Self::default() };
            }
            let count = rings.monitored.slots();
            if count > 0
                && let Ok(chunk) = rings.monitored.read_chunk(count)
            {
                for [left, right] in chunk {
                    self.unjudged[0].push_back(left);
                    self.unjudged[1].push_back(right);
                }
            }
            self.unjudged
                .iter_mut()
                .for_each(|channel| keep_last(channel, rings.format.sample_rate_hz));
            rings.format
        })
    }
}

/// Makes a dictionary with an adapted rest the one in use, unless it cannot be saved: the project
/// could not be opened again. Then the rest stays as it was.
fn take(
    hub: &Hub,
    was: &Arc<Dictionary>,
    adapted: Dictionary,
    listened_s: u32,
) -> Option<Arc<Dictionary>> {
    if let Err(problem) = adapted.check() {
        hub.project.set_adapted(was, was, Rest::Learned);
        hub.status.error(messages::no_room_for_rest(&problem));
        return None;
    }
    let is_last = listened_s == Rest::LAST_S;
    let rest = if is_last { Rest::Learned } else { Rest::Adapting { listened_s } };
    let adapted = Arc::new(adapted);
    hub.project.set_adapted(was, &adapted, rest);
    if is_last && is_rest_unlikely(&adapted) {
        hub.status.note(messages::NOTHING_ELSE);
    }
    Some(adapted)
}

/// Drops everything older than the longest stretch that is learned from.
fn keep_last(channel: &mut VecDeque<f32>, rate_hz: u32) {
    let excess = channel.len().saturating_sub(Rest::LAST_S as usize * rate_hz as usize);
    channel.drain(..excess);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ndarray::Array2;
    use nice_plug::prelude::PluginState;

    use super::*;
    use crate::dictionary::Source;
    use crate::frames::{FrameSettings, Mode};
    use crate::plugin::params::{PluginParams, defaults};
    use crate::plugin::state;

    /// A dictionary of an instrument and an empty rest.
    fn dictionary(components: usize) -> Dictionary {
        let frames = FrameSettings::new(Mode::Live, 8_000);
        let w = Array2::ones((frames.bins(), components));
        let source = Source::new("piano", 0, (0..components).collect());
        let mut dictionary = Dictionary::from_spectra(w, vec![source], frames).unwrap();
        dictionary.add_empty_rest();
        dictionary
    }

    /// The same with a rest of this many components.
    fn adapted(before: &Dictionary, components: usize) -> Dictionary {
        let mut rest = dictionary(components);
        rest.keep_sources(&[0]);
        rest.sources[0].rest = true;
        rest.sources[0].name = before.sources[1].name.clone();
        let mut adapted = before.clone();
        adapted.take_rest_of(&rest);
        adapted
    }

    /// 4096 components are the most that a dictionary can have.
    #[test]
    fn a_rest_for_which_there_is_no_room_is_not_taken() {
        let hub = Hub::new();
        let params = PluginParams::new(&hub);
        params.project.set_params(&params);
        hub.project.edit(|project| {
            project.set_learned(dictionary(4_090), &[0]);
            project.rest = Rest::Adapting { listened_s: 0 };
        });
        let before = hub.project.get().dictionary.clone().unwrap();
        assert!(take(&hub, &before, adapted(&before, 7), Rest::FIRST_S).is_none());
        let project = hub.project.get();
        assert!(project.dictionary.as_ref().is_some_and(|now| Arc::ptr_eq(now, &before)));
        assert_eq!(project.rest, Rest::Learned, "it does not try again");
        assert!(hub.status.notes()[0].is_error);
        // What is saved can be opened.
        let fields = params.project.fields();
        let mut saved = PluginState { version: String::new(), params: BTreeMap::new(), fields };
        hub.project.replace(Default::default());
        state::check(&mut saved, |_| None, defaults);
        params.project.restore();
        assert_eq!(hub.project.get().dictionary.as_deref(), Some(&*before));
        let before = hub.project.get().dictionary.clone().unwrap();
        hub.project.amend(|project| project.rest = Rest::Adapting { listened_s: 0 });
        let taken = take(&hub, &before, adapted(&before, 6), Rest::FIRST_S).unwrap();
        assert_eq!(taken.components(), 4_096, "as many as there is room for");
        assert!(Arc::ptr_eq(&taken, hub.project.get().dictionary.as_ref().unwrap()));
    }

    /// The host would ask to save a project that it has just loaded.
    #[test]
    fn a_rest_that_comes_too_late_is_nothing_to_save() {
        let hub = Hub::new();
        let learn = || {
            hub.project.edit(|project| {
                project.set_learned(dictionary(8), &[0]);
                project.rest = Rest::Adapting { listened_s: 0 };
            });
            hub.project.get().dictionary.clone().unwrap()
        };
        let before = learn();
        assert!(hub.project.take_unsaved());
        take(&hub, &before, adapted(&before, 6), Rest::FIRST_S);
        assert!(hub.project.take_unsaved() && !hub.project.take_unsaved());
        let before = learn();
        hub.project.replace(Default::default());
        assert!(!hub.project.take_unsaved());
        take(&hub, &before, adapted(&before, 6), Rest::FIRST_S);
        assert!(!hub.project.take_unsaved());
    }
}
