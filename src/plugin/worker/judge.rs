//! Judges, after learning and on a thread of its own, how well the instruments can be told
//! apart. Learning, recording and bouncing do not wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::learn::{LearnSettings, Recording};
use crate::plugin::hub::Hub;
use crate::plugin::priority::give_way;
use crate::plugin::project::Project;
use crate::verdict::{Solo, judge};

/// Runs at most once at a time; dropping it stops it and waits for it.
#[derive(Default)]
pub struct Judge {
    running: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Judge {
    /// Judges the project's instruments, in place of an earlier project's.
    pub fn start(&mut self, hub: &Arc<Hub>, settings: LearnSettings) {
        self.stop();
        let (hub, stop) = (hub.clone(), Arc::new(AtomicBool::new(false)));
        let stopped = stop.clone();
        let judge = move || {
            give_way();
            judge_project(&hub, &settings, &mut |_| !stopped.load(Ordering::SeqCst));
        };
        // Without a thread there is no verdict.
        let thread = std::thread::Builder::new().name("unbraid verdict".to_string()).spawn(judge);
        self.running = thread.ok().map(|thread| (stop, thread));
    }

    pub fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            stop.store(true, Ordering::SeqCst);
            let _ = thread.join();
        }
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        self.stop();
    }
}

fn judge_project(hub: &Hub, settings: &LearnSettings, go_on: &mut dyn FnMut(f32) -> bool) {
    let project: Arc<Project> = hub.project.get();
    let with_clips = || {
        let all = project.instruments.iter().enumerate();
        all.filter(|(_, instrument)| !instrument.clips.is_empty())
    };
    let solos: Vec<Solo> = with_clips()
        .map(|(_, instrument)| Solo {
            name: &instrument.name,
            recordings: instrument.clips.iter().map(|clip| &**clip as &dyn Recording).collect(),
        })
        .collect();
    let Ok(verdicts) = judge(&solos, settings, go_on) else { return };
    let places: Vec<usize> = with_clips().map(|(place, _)| place).collect();
    let texts: Vec<String> = verdicts
        .iter()
        .map(|verdict| format!("{}: {verdict}", solos[verdict.source].name))
        .collect();
    let verdicts = verdicts.into_iter().map(|verdict| (places[verdict.source], verdict)).collect();
    hub.status.set_verdicts(project.present_clips(), verdicts);
    if !texts.is_empty() {
        hub.status.note(texts.join("; "));
    }
}
