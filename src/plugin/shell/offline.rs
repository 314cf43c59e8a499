//! Offline there is no deadline: rendering waits for what was requested, as long as the worker
//! gets on with it.

use std::time::{Duration, Instant};

use crate::plugin::hub::Hub;

/// Polls after which the worker is taken to fail at the same work again and again: a single
/// one does everything that was requested before it began.
const MAX_POLLS: u64 = 100;
const MAX_FAILED_POLLS: u64 = 2;

/// The longest time without a step; the worker takes many per second.
const MAX_STEP: Duration = Duration::from_secs(30);

/// Waiting for the worker before blocks are rendered offline.
#[derive(Default)]
pub struct OfflineWait {
    /// It stays so until the worker has nothing left to do, so that not every block waits.
    has_given_up: bool,
}

impl OfflineWait {
    /// Waits until the worker has nothing to do that would change the sound, or until it fails
    /// or stands still. Then what was learned before plays, and the user is informed.
    pub fn until_idle(&mut self, hub: &Hub) {
        self.until_idle_or(hub, MAX_STEP);
    }

    fn until_idle_or(&mut self, hub: &Hub, max_step: Duration) {
        if self.has_given_up {
            self.has_given_up = !hub.is_idle();
        } else if !gets_idle(hub, max_step) {
            self.has_given_up = true;
            hub.status.error(
                "rendering did not wait for learning, which failed or stands still: what was \
                 learned before plays; learn again and then render again",
            );
        }
    }
}

/// Waits for the worker; returns whether it has nothing left to do.
fn gets_idle(hub: &Hub, max_step: Duration) -> bool {
    let (polls_before, failed_before) = hub.worker.polls();
    let (mut steps, mut since) = (hub.worker.steps(), Instant::now());
    while !hub.is_idle() {
        let (polls, failed) = hub.worker.polls();
        if polls - polls_before > MAX_POLLS || failed - failed_before >= MAX_FAILED_POLLS {
            return false;
        }
        if hub.worker.steps() != steps {
            (steps, since) = (hub.worker.steps(), Instant::now());
        } else if since.elapsed() > max_step {
            return false;
        }
        hub.worker.wake();
        std::thread::sleep(Duration::from_millis(1));
    }
    true
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::audio;
    use crate::dictionary::Dictionary;
    use crate::frames::{FrameSettings, Mode};
    use crate::learn::{LearnSettings, SourceClips, learn_dictionary};
    use crate::plugin::audio_thread::engine::ProcessSetup;
    use crate::plugin::audio_thread::triggers::Trigger;
    use crate::plugin::params::PluginParams;
    use crate::plugin::worker::Worker;

    const RATE_HZ: u32 = 8_000;

    fn errors(hub: &Hub) -> usize {
        hub.status.notes().iter().filter(|note| note.is_error).count()
    }

    /// A worker that never takes a step.
    #[test]
    fn a_worker_that_stands_still_is_not_waited_for() {
        let hub = Hub::new();
        hub.worker.set_threads(vec![std::thread::current()]);
        hub.triggers.press(Trigger::Learn);
        let mut wait = OfflineWait::default();
        (0..5).for_each(|_| wait.until_idle_or(&hub, Duration::from_millis(20)));
        assert!(wait.has_given_up);
        assert_eq!(errors(&hub), 1);
        hub.triggers.give_up();
        wait.until_idle(&hub);
        assert!(!wait.has_given_up, "it waits again for what is requested next");
    }

    /// A worker that takes steps and fails every time.
    #[test]
    fn a_worker_that_always_fails_is_not_waited_for() {
        let hub = Hub::new();
        hub.triggers.press(Trigger::Learn);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let worker = scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    hub.worker.count_poll(true);
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
            hub.worker.set_threads(vec![worker.thread().clone()]);
            let mut wait = OfflineWait::default();
            (0..5).for_each(|_| wait.until_idle(&hub));
            stop.store(true, Ordering::SeqCst);
            assert!(wait.has_given_up);
        });
        assert_eq!(errors(&hub), 1);
    }

    /// A clip that learning panics at, because its channels differ in length.
    fn broken_clip() -> audio::AudioBuffer {
        audio::AudioBuffer {
            channels: vec![vec![0.1; 20_000], vec![0.2; 10]],
            sample_rate_hz: RATE_HZ,
        }
    }

    fn learned(frames: FrameSettings) -> Dictionary {
        let clip = [(0..20_000).map(|t| (t as f32 * 0.1).sin()).collect::<Vec<f32>>()];
        let clips = vec![SourceClips { name: "tone".to_string(), clips: vec![&clip[..]] }];
        let settings = LearnSettings { components: Some(2), ..LearnSettings::new(frames) };
        learn_dictionary(&clips, None, &settings, &mut |_| true).unwrap().0
    }

    /// The real worker fails at every attempt to learn, on request and for another mode.
    #[test]
    fn failing_learning_leaves_what_was_learned() {
        let hub = Hub::new();
        let setup = ProcessSetup { sample_rate_hz: RATE_HZ, channels: 1, buses: 1 };
        hub.status.set_host(RATE_HZ, 1);
        hub.engines.set_setup(Some(setup));
        hub.engines.request_mode(0);
        let before = learned(FrameSettings::new(Mode::ALL[0], RATE_HZ));
        hub.project.edit(|project| {
            project.instruments[0].clips.push(Arc::new(broken_clip().into()));
            project.set_learned(before.clone(), &[0]);
        });
        let worker = Worker::start(hub.clone(), Arc::new(PluginParams::new(&hub))).unwrap();
        let mut wait = OfflineWait::default();
        hub.triggers.press(Trigger::Learn);
        wait.until_idle(&hub);
        // Packing the clip, which a bounce does not wait for, may have failed by now, too.
        let notes = hub.status.notes();
        let of_learning = notes.iter().filter(|note| note.text.starts_with("learning failed"));
        assert!(!wait.has_given_up && of_learning.count() == 1, "{notes:?}");
        assert_eq!(hub.project.get().dictionary.as_deref(), Some(&before));
        hub.engines.request_mode(2);
        wait.until_idle(&hub);
        assert!(!wait.has_given_up);
        let now = hub.project.get().dictionary.clone().unwrap();
        assert_eq!(now.frames.mode, Mode::ALL[2]);
        drop(worker);
    }
}
