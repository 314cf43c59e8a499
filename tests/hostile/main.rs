//! Hosts that break the rules of CLAP and VST3: wrong buses and buffers, wrong events, calls in
//! the wrong order or from the wrong thread, damaged states. Such a host gets silence, the
//! unprocessed input or an error of the format; it never makes the plugin crash or touch
//! memory outside the host's buffers, and a correct call afterwards gets the right audio.
//!
//! Every case runs in a process of its own, so that a crash or a hang is a failed test. The
//! plugin needs the patched framework for them (`patches/README.md`): without it, they are
//! ignored. [`docs/reliability.md`](../../docs/reliability.md) lists them.

mod audio;
mod buses;
mod calls;
mod case;
mod clap;
mod events;
mod framework;
mod host;
mod memory;
mod notes;
mod parameters;
mod states;
mod stream;
mod threads;
mod vst3;
mod windows;

use libtest_mimic::{Arguments, Trial};

use case::Cases;

fn main() {
    let mut cases = Cases::default();
    buses::add(&mut cases);
    events::add(&mut cases);
    notes::add(&mut cases);
    parameters::add(&mut cases);
    calls::add(&mut cases);
    threads::add(&mut cases);
    states::add(&mut cases);
    windows::add(&mut cases);
    framework::add(&mut cases);
    if let Some(name) = case::requested() {
        case::fail_on_panic();
        cases.run(&name);
        return;
    }
    let trials = cases.names().map(|name| {
        let name = name.to_string();
        Trial::test(name.clone(), move || case::run_in_own_process(&name).map_err(Into::into))
            .with_ignored_flag(!cfg!(patched_framework))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
