//! An idle instance uses almost nothing: no allocations, few wake-ups.
#![cfg(all(feature = "plugin", target_os = "linux"))]

mod host;

use std::time::{Duration, Instant};

use host::guard::{Guarded, allocations};
use host::{Instance, Setup, UNBRAID};

#[global_allocator]
static ALLOCATOR: Guarded = Guarded;

/// The worker polls 20 times per second; a busy machine may add some.
const WAKE_UPS_PER_S: f64 = 30.0;

/// Number of wake-ups of the worker's thread so far.
fn wake_ups() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let is_worker = |task: &std::path::Path| {
        std::fs::read_to_string(task.join("comm"))
            .is_ok_and(|name| name.starts_with("unbraid work"))
    };
    let task = tasks.map(|task| task.unwrap().path()).find(|task| is_worker(task)).unwrap();
    let status = std::fs::read_to_string(task.join("status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn an_idle_instance_does_nothing() {
    let mut plugin = Instance::new(UNBRAID, Setup::default());
    plugin.play(&vec![vec![0.1; 44_100]; 2], 512);
    // Let the first polls set up what they need.
    std::thread::sleep(Duration::from_millis(500));
    let (began, woken, allocated) = (Instant::now(), wake_ups(), allocations());
    std::thread::sleep(Duration::from_secs(2));
    let allocated = allocations() - allocated;
    let per_s = (wake_ups() - woken) as f64 / began.elapsed().as_secs_f64();
    eprintln!("{per_s:.0} wake-ups per second, {allocated} allocations in two seconds");
    // Reading the counters above allocates a little itself.
    assert!(allocated < 100, "{allocated} allocations");
    assert!(per_s < WAKE_UPS_PER_S, "{per_s} wake-ups per second");
}
