//! The cost of separating and learning, as Markdown tables:
//!
//! ```text
//! cargo bench                  # all but ten minutes
//! cargo bench -- engine        # or largest, learning, plugin, or ten-minutes
//! cargo bench -- profile live 2 40    # mode, channels and times: one engine, for a profiler
//! ```
//!
//! The engine is timed hop by hop over ten seconds of audio, on one thread, several times. A
//! hop does the same work each time, and other activity on the machine can only lengthen it,
//! so its shortest time counts. `docs/performance.md` explains the tables.

mod bound;
mod callbacks;
mod engine;
#[cfg(feature = "plugin")]
#[path = "../../tests/host/mod.rs"]
mod host;
mod learning;
mod material;
mod peer;
#[cfg(feature = "plugin")]
mod plugin;

use unbraid::dictionary::Dictionary;
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{LearnSettings, SourceClips, learn_dictionary};

use material::{Material, SAMPLE_RATE_HZ};

/// Everything is timed this many times, and the shortest time counts.
const RUNS: usize = 5;

fn main() {
    // Cargo itself passes flags.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let material = Material::load();
    println!("Audio: {}.\n", material.origin);
    if runs("engine") {
        engine::run(&material);
        callbacks::table(&material);
    }
    if wanted.iter().any(|word| word == "ten-minutes") {
        callbacks::ten_minutes(&material);
    }
    if let [word, mode, channels, times] = &wanted[..]
        && word == "profile"
    {
        let mode = mode.parse().expect("a mode: quality, balanced or live");
        let channels = channels.parse().expect("1 or 2 channels");
        engine::profile(&material, mode, channels, times.parse().expect("how many times"));
    }
    if runs("largest") {
        callbacks::largest(&material);
    }
    if runs("learning") {
        learning::tables(&material);
    }
    #[cfg(feature = "plugin")]
    if runs("plugin") {
        plugin::tables(&material);
    }
}

/// A dictionary of the first `sources` of the material.
fn learn(
    material: &Material,
    sources: usize,
    mode: Mode,
    transpose: u32,
    components: Option<usize>,
) -> Dictionary {
    let frames = FrameSettings::new(mode, SAMPLE_RATE_HZ);
    learn_at(material, sources, frames, transpose, components)
}

/// The same with other frames, for which the clips are taken to be at their sample rate. More
/// sources than there are clips get one several times.
fn learn_at(
    material: &Material,
    sources: usize,
    frames: FrameSettings,
    transpose: u32,
    components: Option<usize>,
) -> Dictionary {
    let settings = LearnSettings { transpose, components, ..LearnSettings::new(frames) };
    let clips: Vec<SourceClips> = (0..sources)
        .map(|s| SourceClips {
            name: format!("source {s}"),
            clips: vec![&material.clips[s % material.clips.len()][..]],
        })
        .collect();
    learn_dictionary(&clips, None, &settings, &mut |_| true).expect("the clips sound").0
}
