//! What another system computes and saves, beside the same on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::platform::Platform;
use crate::run::{self, Cargo, cargo};

/// How much alike the results have to be.
#[derive(Clone, Copy, PartialEq)]
pub enum Expected {
    /// The same bits.
    Same,
    /// Processors of another kind round otherwise: the difference is far below what can be heard.
    Close,
}

/// Level of the largest difference that counts as close, relative to the signal's peak.
const CLOSE_DB: f64 = -80.0;

/// The test that writes the demo into a folder: tests, as nothing has to be built for them again.
pub const DEMO: &str = "test --release --test cli -- --ignored demo_for_other_systems";

/// The same in builds without the plugin.
pub const COMMANDS_DEMO: &str = "test --release --no-default-features --features cli --test cli -- \
     --ignored demo_for_other_systems";

/// The test that saves a project into a folder and opens those that other systems saved there.
const STATES: &str = "test --release --test plugin -- --ignored other_systems";

/// Runs the demo here, and with `demo_there` on the platform: learned dictionaries and separated
/// sources have to be alike.
pub fn demo(platform: &Platform, demo_there: Cargo, expected: Expected) -> Result<()> {
    let folder = fresh_folder(platform, "demo")?;
    let [here, there] = ["here", "there"].map(|name| folder.join(name));
    let into = |cargo: Cargo, to: &Path| cargo.env("UNBRAID_DEMO", &to.display().to_string()).run();
    into(cargo(DEMO)?, &here)?;
    into(demo_there, &there)?;
    let files = sounds(&here)?;
    ensure!(!files.is_empty(), "{}: no sounds", here.display());
    let dictionary = Path::new("band.safetensors").to_path_buf();
    let is_same = |file: &PathBuf| -> Result<bool> {
        Ok(read(&here.join(file))? == read(&there.join(file))?)
    };
    let mut others = Vec::new();
    for file in files.iter().chain([&dictionary]) {
        if !is_same(file)? {
            others.push(file.display().to_string());
        }
    }
    if others.is_empty() {
        eprintln!("{}: the demo gives the same bits as here", platform.triple);
        return Ok(());
    }
    ensure!(expected == Expected::Close, "other bits than here: {}", others.join(", "));
    let mut largest_db = f64::NEG_INFINITY;
    for file in &files {
        largest_db = largest_db.max(difference_db(&here.join(file), &there.join(file))?);
    }
    eprintln!("{}: the demo differs by {largest_db:.0} dB at most", platform.triple);
    ensure!(largest_db <= CLOSE_DB, "the difference exceeds {CLOSE_DB} dB");
    Ok(())
}

/// A project that is saved on either system opens on the other, and sounds the same.
pub fn states(platform: &Platform) -> Result<()> {
    let folder = fresh_folder(platform, "states")?;
    let folder = folder.display().to_string();
    let test = |cargo: Cargo| cargo.env("UNBRAID_STATES", &folder).run();
    // This system saves; the other opens that and saves; this one opens that.
    test(cargo(STATES)?)?;
    test(platform.cargo(STATES)?)?;
    test(cargo(STATES)?)
}

fn fresh_folder(platform: &Platform, name: &str) -> Result<PathBuf> {
    let folder = run::target_folder()?.join("cross").join(platform.triple).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

/// The sounds that the demo computed, relative to its folder.
fn sounds(demo: &Path) -> Result<Vec<PathBuf>> {
    let folder = demo.join("separated");
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut sounds = Vec::new();
    for entry in entries {
        sounds.push(Path::new("separated").join(entry?.file_name()));
    }
    Ok(sounds)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}

fn difference_db(one: &Path, other: &Path) -> Result<f64> {
    let [one, other] = [samples(one)?, samples(other)?];
    ensure!(one.len() == other.len(), "{} samples, {} there", one.len(), other.len());
    let peak = |x: &mut dyn Iterator<Item = f32>| x.fold(0.0, |most: f32, x| most.max(x.abs()));
    let difference = peak(&mut one.iter().zip(&other).map(|(a, b)| a - b));
    let ratio = f64::from(difference) / f64::from(peak(&mut one.into_iter()));
    // Of two silent signals, 0 / 0 is not a number, which no limit would catch.
    ensure!(!ratio.is_nan() || difference == 0.0, "not a number");
    Ok(20.0 * ratio.max(f64::MIN_POSITIVE).log10())
}

fn samples(path: &Path) -> Result<Vec<f32>> {
    let reader = hound::WavReader::open(path).with_context(|| path.display().to_string())?;
    Ok(reader.into_samples::<f32>().collect::<Result<_, _>>()?)
}
