//! The audio for the measurements: the shipped demo, or noise shaped like music.

use std::path::Path;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use unbraid::audio;

pub const SAMPLE_RATE_HZ: u32 = 44_100;

/// Seconds of each clip, and of the mixture.
const CLIP_S: usize = 12;
const MIXTURE_S: usize = 10;

const SOURCES: usize = 4;

pub struct Material {
    pub origin: &'static str,
    /// One mono clip for each of four sources.
    pub clips: Vec<Vec<Vec<f32>>>,
    /// Two channels, with the sources in different positions.
    pub mixture: [Vec<f32>; 2],
}

impl Material {
    pub fn load() -> Self {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        let demo = read(&demo.join("train"), CLIP_S).zip(read(&demo.join("test"), MIXTURE_S));
        let (origin, (clips, stems)) = match demo {
            Some(demo) => ("the shipped demo", demo),
            None => {
                let tones = |seconds, seed| (0..SOURCES).map(|s| tones(s, seconds, seed)).collect();
                ("random tones", (tones(CLIP_S, 0), tones(MIXTURE_S, 1)))
            }
        };
        let mixture = [false, true].map(|right| {
            let gain = |s: usize| if right == (s % 2 == 1) { 0.9 } else { 0.4 };
            let at = |n| (0..SOURCES).map(|s| gain(s) * stems[s][n]).sum::<f32>();
            (0..MIXTURE_S * SAMPLE_RATE_HZ as usize).map(at).collect()
        });
        Self { origin, clips: clips.into_iter().map(|clip| vec![clip]).collect(), mixture }
    }
}

/// The first seconds of the first files in a folder, by name; `None` if they are too few, too
/// short or of another rate.
fn read(folder: &Path, seconds: usize) -> Option<Vec<Vec<f32>>> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let read = |path| {
        let clip = audio::read(path).ok().filter(|c| c.sample_rate_hz == SAMPLE_RATE_HZ)?;
        clip.mono().get(..seconds * SAMPLE_RATE_HZ as usize).map(<[f32]>::to_vec)
    };
    let clips: Vec<Vec<f32>> = paths.iter().take(SOURCES).filter_map(read).collect();
    (clips.len() == SOURCES).then_some(clips)
}

/// Four decaying notes per second with eight harmonics each, over some noise; each source in
/// its own octave.
fn tones(source: usize, seconds: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed * SOURCES as u64 + source as u64);
    let note = SAMPLE_RATE_HZ as usize / 4;
    let mut samples = Vec::new();
    for _ in 0..4 * seconds {
        let semitone = random.random_range(0..12);
        let pitch_hz = 110.0 * 2_f32.powf(source as f32 + semitone as f32 / 12.0);
        for n in 0..note {
            let phase = std::f32::consts::TAU * pitch_hz * n as f32 / SAMPLE_RATE_HZ as f32;
            let harmonics = (1..=8).map(|h| (h as f32 * phase).sin() / h as f32).sum::<f32>();
            let noise = random.random::<f32>() - 0.5;
            let fade = (-3.0 * n as f32 / note as f32).exp();
            samples.push(0.1 * fade * (harmonics + 0.2 * noise));
        }
    }
    samples
}
