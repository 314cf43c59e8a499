//! A desktop session without a desktop: a message bus of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::reader::Reader;

pub struct Session {
    bus: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Session {
    /// Starts the bus, which ends with this. Call it before there are other threads.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let started = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .env("XDG_RUNTIME_DIR", folder.path())
            // The user's own settings stay as they are.
            .env("GSETTINGS_BACKEND", "memory")
            .env_remove("AT_SPI_BUS_ADDRESS")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut bus) = started else {
            panic!(
                "dbus-daemon is missing: run `cargo xtask test`, which installs it, or install \
                 the packages dbus and at-spi2-core"
            );
        };
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().to_string();
        // SAFETY: there are no threads yet that read the environment.
        unsafe {
            std::env::set_var("DBUS_SESSION_BUS_ADDRESS", &address);
            std::env::remove_var("AT_SPI_BUS_ADDRESS");
        }
        Self { bus, address, _folder: folder }
    }

    /// Does what a screen reader does when it starts.
    pub fn start_reader(&self) -> Reader {
        Reader::start(&self.address)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

/// Whether a thread of this process has that name.
pub fn has_thread(name: &str) -> bool {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    names.into_iter().any(|found| found.trim() == name)
}
