//! The cases, each of which runs in a process of its own.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::host::{Format, Subject, Variant};
use crate::memory::Side;

/// Names the case that a process is to run.
const CASE: &str = "UNBRAID_HOSTILE_CASE";

/// Far longer than any case takes on a slow machine, as it only ends cases that hang.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// Number of trials of the cases with random input; `cargo xtask hostile` sets more.
const ROUNDS: &str = "UNBRAID_HOSTILE_ROUNDS";

/// Lines of a failed case's output that are shown.
const SHOWN_LINES: usize = 30;

#[derive(Default)]
pub struct Cases(Vec<(String, Box<dyn Fn()>)>);

impl Cases {
    /// A case for both plugins in both formats.
    pub fn both(&mut self, name: &str, case: fn(Subject)) {
        self.clap(name, case);
        self.vst3(name, case);
    }

    pub fn clap(&mut self, name: &str, case: fn(Subject)) {
        self.add(Format::Clap, name, case, &[Side::End]);
    }

    pub fn vst3(&mut self, name: &str, case: fn(Subject)) {
        self.add(Format::Vst3, name, case, &[Side::End]);
    }

    /// A case for both plugins in both formats, with the buffers first at the end and then at
    /// the start of their memory.
    pub fn on_both_sides(&mut self, name: &str, case: fn(Subject)) {
        for format in [Format::Clap, Format::Vst3] {
            self.add(format, name, case, &[Side::End, Side::Start]);
        }
    }

    fn add(&mut self, format: Format, name: &str, case: fn(Subject), sides: &'static [Side]) {
        for variant in [Variant::Main, Variant::Multi] {
            let name = format!("{format:?}/{variant:?}/{name}").to_lowercase();
            let run = move || {
                for &side in sides {
                    eprintln!("buffers at the {side:?} of their memory");
                    case(Subject { format, variant, side });
                }
            };
            self.0.push((name, Box::new(run)));
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Runs a case in this process.
    pub fn run(&self, name: &str) {
        let (_, run) = self.0.iter().find(|(found, _)| found == name).expect("no such case");
        run();
    }
}

/// The case that this process is to run, if it was started for one.
pub fn requested() -> Option<String> {
    std::env::var(CASE).ok()
}

/// A panic in any thread, also one of the plugin's own, ends the process.
pub fn fail_on_panic() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        std::process::exit(101);
    }));
}

/// The number of trials of a case with random input: `short`, unless the environment has one.
pub fn rounds(short: usize) -> usize {
    let rounds = std::env::var(ROUNDS).ok();
    rounds.map_or(short, |rounds| rounds.parse().expect("a number of rounds"))
}

/// Runs a case in a new process; the error says how that ended, and shows its last output.
pub fn run_in_own_process(name: &str) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut child = Command::new(program)
        .env(CASE, name)
        .env_remove("DISPLAY")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut stderr = child.stderr.take().expect("piped");
    let output = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stderr.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let began = Instant::now();
    let ended = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => break how(status),
            None if began.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                break format!("hangs: ended after {} s", PATIENCE.as_secs());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let output = output.join().unwrap_or_default();
    let lines: Vec<&str> = output.lines().collect();
    let shown = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
    Err(format!("{ended}\n{shown}"))
}

fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return match signal {
            6 => "aborts (signal 6)".to_string(),
            7 | 11 => format!("touches memory outside the host's buffers (signal {signal})"),
            _ => format!("ended by signal {signal}"),
        };
    }
    format!("{status}")
}
