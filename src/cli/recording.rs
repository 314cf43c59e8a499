//! Recordings and results on the command line: a file, a pipe, or `-` for standard input and
//! output.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, anyhow};

use unbraid::atomic_file::AtomicFile;
use unbraid::audio::{AudioBuffer, AudioReader, Input};

use super::failure::usage;
use super::progress;

/// Whether a path stands for standard input or output.
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A recording that can be opened any number of times. A pipe is read to its end.
pub fn input(path: &Path) -> anyhow::Result<Input> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if !is_standard(path) {
        return Ok(Input::new(path)?);
    }
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Err(usage("-: standard input can be read only once; name a file for the others"));
    }
    Ok(Input::from_stream("standard input", std::io::stdin().lock())?)
}

/// Opens a recording, and notes what is unusual about it.
pub fn open(input: &Input) -> anyhow::Result<AudioReader> {
    let reader = input.open()?;
    if let Some(note) = reader.note() {
        progress::note(format_args!("{}: {note}", input.name().display()));
    }
    Ok(reader)
}

/// Reads all of a recording.
pub fn read(path: &Path) -> anyhow::Result<AudioBuffer> {
    Ok(open(&input(path)?)?.read_to_end()?)
}

/// Rejects `-` for an output of several files.
pub fn check_folder(output: &Path) -> anyhow::Result<()> {
    if is_standard(output) {
        return Err(usage("-o -: several files are written; name a folder, or ./- for this one"));
    }
    Ok(())
}

/// Whether a result can be written, before it is computed.
pub fn check_output(output: &Path) -> anyhow::Result<()> {
    if is_standard(output) {
        return match std::io::stdout().is_terminal() {
            true => Err(usage("-o -: standard output is a terminal; redirect it, or name a file")),
            false => Ok(()),
        };
    }
    // Removed at once.
    AtomicFile::create(output).map(drop).map_err(|error| {
        let output = output.display();
        anyhow!("{output}: cannot write: {error}; check the folder, or name another with -o")
    })
}

/// Has `write` write a file; for `-`, one that is then copied to standard output.
pub fn write_output(
    output: &Path,
    write: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if !is_standard(output) {
        return write(output);
    }
    check_output(output)?;
    let mut out = std::io::stdout().lock();
    let folder = tempfile::tempdir().context("cannot make a temporary folder; set TMPDIR")?;
    let path = folder.path().join("output");
    write(&path)?;
    let bytes = std::fs::read(&path).context("cannot read the temporary file; try again")?;
    out.write_all(&bytes)
        .and_then(|()| out.flush())
        .map_err(|error| anyhow!("standard output: cannot write: {error}; name a file instead"))
}
