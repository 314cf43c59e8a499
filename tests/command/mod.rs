//! Runs the `unbraid` command on files in a temporary folder.

#![allow(dead_code)] // Each test file uses its part.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A temporary folder in which commands run.
pub struct Place {
    dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes a float WAV.
    pub fn wav<C: AsRef<[f32]>>(&self, name: &str, sample_rate_hz: u32, channels: &[C]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let spec = hound::WavSpec {
            channels: channels.len() as u16,
            sample_rate: sample_rate_hz,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for frame in 0..channels[0].as_ref().len() {
            channels
                .iter()
                .for_each(|channel| writer.write_sample(channel.as_ref()[frame]).unwrap());
        }
        writer.finalize().unwrap();
    }

    /// The command, to be run here with these arguments.
    pub fn command(&self, words: &str) -> Command {
        // Programs for other processors need one that runs them.
        let runner = std::env::var("UNBRAID_RUNNER").unwrap_or_default();
        let mut parts = runner.split_whitespace().chain([env!("CARGO_BIN_EXE_unbraid")]);
        let mut command = Command::new(parts.next().unwrap());
        command.args(parts).args(words.split_whitespace()).current_dir(self.dir.path());
        command
    }

    /// Runs the command, which must succeed; returns its standard output.
    pub fn run(&self, words: &str) -> String {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "unbraid {words}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the command with `--json`.
    pub fn json(&self, words: &str) -> serde_json::Value {
        serde_json::from_str(&self.run(&format!("{words} --json"))).unwrap()
    }

    /// Every file with its bytes, and every folder.
    pub fn contents(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut all = BTreeMap::new();
        collect(self.dir.path(), &mut all);
        all
    }
}

fn collect(folder: &Path, all: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.insert(path.clone(), None);
            collect(&path, all);
        } else {
            all.insert(path.clone(), Some(fs::read(&path).unwrap()));
        }
    }
}

/// Standard error of a command that failed as it should: status 1 or 2, one line that names
/// the problem and, after a semicolon or a colon, a remedy. Paths in it are as [`with_slashes`].
pub fn refusal(output: &Output, what: &str) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(matches!(output.status.code(), Some(1 | 2)), "{what}: {output:?}");
    assert_eq!(text.lines().count(), 1, "{what}: {text}");
    assert!(text.starts_with("unbraid: "), "{what}: {text}");
    assert!(output.stdout.is_empty(), "{what}: {output:?}");
    with_slashes(text)
}

/// A text with the paths in it as they are on systems other than Windows.
pub fn with_slashes(text: String) -> String {
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

/// A sum of tones that fade in and out, different for each `number`.
pub fn tune(number: usize, sample_rate_hz: u32, seconds: f64) -> Vec<f32> {
    let rate = f64::from(sample_rate_hz);
    let sample = |n: usize| {
        let t = n as f64 / rate;
        let note = (t * 4.0) as usize;
        let hz = 110.0 * (1.0 + number as f64) * [1.0, 1.25, 1.5, 2.0][(note * 7 + number) % 4];
        let fade = (1.0 - (t * 4.0).fract()) * 0.2;
        let overtones =
            (1..4).map(|k| (std::f64::consts::TAU * hz * k as f64 * t).sin() / k as f64);
        (fade * overtones.sum::<f64>()) as f32
    };
    (0..(seconds * rate) as usize).map(sample).collect()
}
