//! The worker has two threads, of which one works at a time. While the host plays, it is one that
//! gives way to audio. While the host renders offline, rendering waits for the worker, so it must not
//! give way: on a busy machine, it would take ten times as long. A thread that has given way cannot
//! take that back, and neither can those that it starts.

use std::sync::atomic::Ordering;

use crate::plugin::hub::Hub;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Live,
    Offline,
}

impl Turn {
    pub const ALL: [Self; 2] = [Self::Live, Self::Offline];

    pub fn is_now(self, hub: &Hub) -> bool {
        let now = match hub.status.offline.load(Ordering::SeqCst) {
            false => Self::Live,
            true => Self::Offline,
        };
        self == now
    }

    /// Does something that may start threads, as urgently as it is in this turn.
    pub fn run<T: Send>(self, work: impl FnOnce() -> T + Send) -> T {
        if self == Self::Live {
            return work();
        }
        // The threads of the shared pool give way. These have ended when this returns, since the
        // host may then unload the plugin.
        let mut work = Some(work);
        let mut done = None;
        let run = |pool: &rayon::ThreadPool| {
            pool.install(|| done = work.take().map(|work| work()));
        };
        let built = rayon::ThreadPoolBuilder::new().build_scoped(|thread| thread.run(), run);
        match (built, done, work) {
            (_, Some(done), _) => done,
            (_, None, Some(work)) => work(),
            (_, None, None) => unreachable!("a panic has gone on through the pool"),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use nice_plug::prelude::Param;

    use super::*;
    use crate::audio::AudioBuffer;
    use crate::dictionary::Dictionary;
    use crate::plugin::audio_thread::engine::ProcessSetup;
    use crate::plugin::audio_thread::status::WorkerTask;
    use crate::plugin::audio_thread::triggers::Trigger;
    use crate::plugin::params::PluginParams;
    use crate::plugin::worker::Worker;

    const RATE_HZ: u32 = 8_000;

    /// Whether the host renders offline from the beginning, or only once learning has begun.
    #[derive(Clone, Copy, PartialEq)]
    enum Rendering {
        Never,
        FromTheStart,
        WhileLearning,
    }

    /// What is learned from a clip, and the niceness of the threads at work for the offline turn.
    fn learned(rendering: Rendering) -> (Arc<Dictionary>, Vec<i64>) {
        let hub = Hub::new();
        hub.status.set_host(RATE_HZ, 1);
        let setup = ProcessSetup { sample_rate_hz: RATE_HZ, channels: 1, buses: 1 };
        hub.engines.set_setup(Some(setup));
        hub.status.offline.store(rendering == Rendering::FromTheStart, Ordering::SeqCst);
        let tone = |t: u32| (t as f32 * (0.05 + (t / 4_000) as f32 * 0.01)).sin() * 0.3;
        let clip = AudioBuffer {
            channels: vec![(0..20 * RATE_HZ).map(tone).collect()],
            sample_rate_hz: RATE_HZ,
        };
        hub.project.edit(|project| project.instruments[0].clips.push(Arc::new(clip.into())));
        let params = Arc::new(PluginParams::new(&hub));
        let iterations = &params.learn.iterations;
        // SAFETY: the parameter is alive.
        unsafe {
            let value = iterations.preview_normalized(400);
            iterations.as_ptr()._internal_set_normalized_value(value);
        }
        let worker = Worker::start(hub.clone(), params).unwrap();
        hub.triggers.press(Trigger::Learn);
        hub.worker.wake();
        let began = Instant::now();
        let wait = |what: &str, until: &mut dyn FnMut() -> bool| {
            while !until() {
                assert!(began.elapsed() < Duration::from_secs(120), "{what}");
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        wait("learning begins", &mut || hub.status.task() == WorkerTask::Learning);
        if rendering == Rendering::WhileLearning {
            hub.status.offline.store(true, Ordering::SeqCst);
        }
        let mut niceness = Vec::new();
        wait("learning ends", &mut || {
            niceness.extend(niceness_of_threads("unbraid offline"));
            hub.worker.wake();
            hub.is_idle()
        });
        drop(worker);
        let dictionary = hub.project.get().dictionary.clone().unwrap();
        (dictionary, niceness)
    }

    /// Of all threads of this process with a name.
    fn niceness_of_threads(name: &str) -> Vec<i64> {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let niceness = |task: std::fs::DirEntry| {
            let stat = std::fs::read_to_string(task.path().join("stat")).ok()?;
            let (before, after) = stat.rsplit_once(") ")?;
            // The 19th field; the third one is the first behind the name.
            let niceness = after.split(' ').nth(16)?.parse().ok()?;
            before.ends_with(name).then_some(niceness)
        };
        tasks.filter_map(niceness).collect()
    }

    fn own_niceness() -> i64 {
        // SAFETY: it takes only numbers; 0 is the calling thread.
        i64::from(unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) })
    }

    #[test]
    fn work_of_a_bounce_has_threads_of_its_own_that_do_not_give_way() {
        let own = own_niceness();
        let (niceness, is_in_pool) = Turn::Offline.run(|| {
            (rayon::broadcast(|_| own_niceness()), rayon::current_thread_index().is_some())
        });
        assert!(is_in_pool, "not the pool that all share");
        assert!(niceness.iter().all(|nice| *nice == own), "{niceness:?}");
        let panics = std::panic::catch_unwind(|| Turn::Offline.run(|| panic!("as learning may")));
        assert!(panics.is_err());
    }

    #[test]
    fn learning_is_handed_over_and_does_not_give_way_offline() {
        let own = own_niceness();
        let (live, _) = learned(Rendering::Never);
        for rendering in [Rendering::FromTheStart, Rendering::WhileLearning] {
            let (dictionary, niceness) = learned(rendering);
            assert_eq!(dictionary, live, "the same is learned");
            assert!(!niceness.is_empty() && niceness.iter().all(|nice| *nice == own));
        }
    }
}
