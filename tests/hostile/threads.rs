//! Calls that a host may not make at the same time, at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::audio::{BLOCK, Buffers, MAX_BLOCK, SAMPLE_RATE_HZ, assert_plays_right, input, ready};
use crate::case::Cases;
use crate::host::{Event, Host, Subject};
use crate::stream::{Reader, Writer};

pub fn add(cases: &mut Cases) {
    cases.both("threads/set-while-processing", set);
    cases.both("threads/save-while-processing", save);
    cases.both("threads/load-while-processing", load);
    cases.both("threads/reset-while-processing", reset);
    cases.both("threads/restart-while-processing", restart);
    cases.both("threads/process-twice", process_twice);
}

/// How long the two threads run.
const DURATION: Duration = Duration::from_millis(1_500);

fn process_once(host: &dyn Host, subject: Subject) {
    let mut buffers = Buffers::new(subject, BLOCK);
    buffers.fill(&input(), 0);
    let mut block = buffers.block();
    let id = host.parameters()[0];
    block.events = vec![Event::Value { id, value: 0.0, time: 100 }];
    host.process(&block);
}

/// Calls `disturb` repeatedly while another thread processes; then the plugin plays right.
fn disturbed(subject: Subject, disturb: fn(&dyn Host, Subject)) {
    let host = subject.open();
    ready(&*host);
    let host = &*host;
    let ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let player = scope.spawn(|| {
            let mut blocks = 0;
            while !ends.load(Ordering::SeqCst) {
                process_once(host, subject);
                blocks += 1;
            }
            blocks
        });
        let began = Instant::now();
        while began.elapsed() < DURATION {
            disturb(host, subject);
        }
        ends.store(true, Ordering::SeqCst);
        assert!(player.join().expect("no panic") > 0);
    });
    host.answer();
    assert!(host.load(&subject.state(), Reader::CORRECT));
    assert_plays_right(host, subject);
}

fn set(subject: Subject) {
    disturbed(subject, |host, _| {
        for id in host.parameters() {
            host.set(id, host.value(id).expect("a value"));
        }
        host.answer();
    });
}

fn save(subject: Subject) {
    disturbed(subject, |host, _| assert!(host.save(Writer::CORRECT).is_some()));
}

fn load(subject: Subject) {
    disturbed(subject, |host, subject| {
        assert!(host.load(&subject.state(), Reader::CORRECT));
        host.answer();
    });
}

fn reset(subject: Subject) {
    disturbed(subject, |host, _| host.reset());
}

fn restart(subject: Subject) {
    disturbed(subject, |host, _| {
        host.stop();
        host.deactivate();
        host.activate(SAMPLE_RATE_HZ, MAX_BLOCK);
        host.start();
    });
}

fn process_twice(subject: Subject) {
    disturbed(subject, process_once);
}
